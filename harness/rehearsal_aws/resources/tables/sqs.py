"""``aws:sqs``: queues and their policies."""

from __future__ import annotations

from typing import Any, Final

from rehearsal_aws.resources.table import Call, Table, Tagging, Update, flag, number, same_json

__all__ = ["TABLES"]

_QUEUE: Final = {"QueueUrl": "{id}"}
_NUMBERS: Final = {
    "delaySeconds": ("DelaySeconds", 0),
    "maxMessageSize": ("MaximumMessageSize", 262144),
    "messageRetentionSeconds": ("MessageRetentionPeriod", 345600),
    "receiveWaitTimeSeconds": ("ReceiveMessageWaitTimeSeconds", 0),
    "visibilityTimeoutSeconds": ("VisibilityTimeout", 30),
}
_TEXTS: Final = {"policy": "Policy", "redrivePolicy": "RedrivePolicy", "kmsMasterKeyId": "KmsMasterKeyId"}


def _number(argument: str) -> Any:
    return lambda p: None if p.get(argument) is None else str(p[argument])


def _attributes(arguments: dict[str, Any]) -> tuple[Update, ...]:
    return tuple(
        Update((argument,), (Call("set_queue_attributes", {**_QUEUE, f"Attributes.{name}": value}),))
        for argument, (name, value) in arguments.items()
    )


TABLES: Final = (
    Table(
        type="aws:sqs/queue:Queue",
        title="SQS Queue",
        service="sqs",
        arguments=("name", "fifoQueue", "contentBasedDeduplication", *_NUMBERS, *_TEXTS),
        identity=("name", "fifoQueue"),
        auto_named="name",
        longest_name=80,
        full_name=lambda name, p: f"{name}.fifo" if p.get("fifoQueue") else name,
        kept=("policy", "redrivePolicy"),
        defaults={name: default for name, (_, default) in _NUMBERS.items()},
        create=(
            Call(
                "create_queue",
                {
                    "QueueName": "{name}",
                    "Attributes.FifoQueue": lambda p: "true" if p.get("fifoQueue") else None,
                    "Attributes.ContentBasedDeduplication": lambda p: (
                        "true" if p.get("contentBasedDeduplication") else None
                    ),
                    **{f"Attributes.{name}": _number(argument) for argument, (name, _) in _NUMBERS.items()},
                    **{f"Attributes.{name}": f"{{{argument}}}" for argument, name in _TEXTS.items()},
                },
            ),
        ),
        tags_at_create="tags",
        id="{QueueUrl}",
        read=Call("get_queue_attributes", {**_QUEUE, "AttributeNames": ["All"]}),
        found="Attributes",
        outputs={
            "arn": "QueueArn",
            "url": "{id}",
            "name": lambda _, p: p["id"].rpartition("/")[2],
            "fifoQueue": flag("FifoQueue"),
            "contentBasedDeduplication": flag("ContentBasedDeduplication"),
            **{argument: number(name) for argument, (name, _) in _NUMBERS.items()},
            **_TEXTS,
        },
        same={"policy": same_json, "redrivePolicy": same_json},
        updates=_attributes(
            {argument: (name, _number(argument)) for argument, (name, _) in _NUMBERS.items()}
            | {argument: (name, lambda p, a=argument: p.get(a) or "") for argument, name in _TEXTS.items()}
        ),
        delete=(Call("delete_queue", _QUEUE),),
        tagging=Tagging(
            read=Call("list_queue_tags", _QUEUE),
            found="Tags",
            add="tag_queue",
            remove="untag_queue",
            resource=_QUEUE,
            as_mapping=True,
        ),
        absent=("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
    ),
    Table(
        type="aws:sqs/queuePolicy:QueuePolicy",
        title="SQS Queue Policy",
        service="sqs",
        arguments=("queueUrl", "policy"),
        required=("queueUrl", "policy"),
        identity=("queueUrl",),
        create=(Call("set_queue_attributes", {"QueueUrl": "{queueUrl}", "Attributes.Policy": "{policy}"}),),
        id="{queueUrl}",
        read=Call("get_queue_attributes", {**_QUEUE, "AttributeNames": ["Policy"]}),
        found="Attributes",
        outputs={"queueUrl": "{id}", "policy": "Policy"},
        same={"policy": same_json},
        updates=(Update(("policy",), (Call("set_queue_attributes", {**_QUEUE, "Attributes.Policy": "{policy}"}),)),),
        delete=(Call("set_queue_attributes", {**_QUEUE, "Attributes.Policy": ""}),),
        absent=("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
    ),
)
