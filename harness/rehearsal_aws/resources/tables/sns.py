"""``aws:sns``: topics, their policies and subscriptions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from rehearsal_aws.argument_rules import json_text
from rehearsal_aws.resources.table import Call, Table, Tagging, Update, flag, same_json

__all__ = ["TABLES"]

_TOPIC: Final = {"TopicArn": "{id}"}
_OF_THE_OWNER: Final = (
    "GetTopicAttributes",
    "SetTopicAttributes",
    "AddPermission",
    "RemovePermission",
    "DeleteTopic",
    "Subscribe",
    "ListSubscriptionsByTopic",
    "Publish",
)


def _attribute(argument: str, name: str) -> Update:
    value = lambda p: _text(p.get(argument))  # noqa: E731
    return Update(
        (argument,),
        (Call("set_topic_attributes", {**_TOPIC, "AttributeName": name, "AttributeValue": value}),),
    )


def _subscription_attribute(argument: str, name: str) -> Update:
    value = lambda p: _text(p.get(argument))  # noqa: E731
    where = {"SubscriptionArn": "{id}", "AttributeName": name, "AttributeValue": value}
    return Update((argument,), (Call("set_subscription_attributes", where),))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value or "")


def _given(argument: str) -> Any:
    return lambda p: None if p.get(argument) is None else _text(p[argument])


def _default_policy(p: Mapping[str, Any]) -> str:
    """Return the policy of a new topic. pulumi-aws sets it in place of a deleted one: AWS refuses an empty policy."""
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in _OF_THE_OWNER],
        "Resource": p["id"],
        "Condition": {"StringEquals": {"AWS:SourceOwner": p["id"].split(":")[4]}},
    }
    return json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})


def _policy(topic: str, policy: Any) -> Call:
    where = {"TopicArn": topic, "AttributeName": "Policy", "AttributeValue": policy}
    return Call("set_topic_attributes", where)


TABLES: Final = (
    Table(
        type="aws:sns/topic:Topic",
        title="SNS Topic",
        service="sns",
        arguments=("name", "displayName", "fifoTopic", "policy", "kmsMasterKeyId", "deliveryPolicy"),
        identity=("name", "fifoTopic"),
        auto_named="name",
        longest_name=256,
        full_name=lambda name, p: f"{name}.fifo" if p.get("fifoTopic") else name,
        kept=("policy",),
        create=(
            Call(
                "create_topic",
                {
                    "Name": "{name}",
                    "Attributes.DisplayName": _given("displayName"),
                    "Attributes.FifoTopic": lambda p: "true" if p.get("fifoTopic") else None,
                    "Attributes.Policy": "{policy}",
                    "Attributes.KmsMasterKeyId": "{kmsMasterKeyId}",
                    "Attributes.DeliveryPolicy": "{deliveryPolicy}",
                },
            ),
        ),
        tags_at_create="Tags",
        id="{TopicArn}",
        read=Call("get_topic_attributes", _TOPIC),
        found="Attributes",
        outputs={
            "arn": "{id}",
            "name": lambda _, p: p["id"].rpartition(":")[2],
            "displayName": "DisplayName",
            "fifoTopic": flag("FifoTopic"),
            "policy": "Policy",
            "kmsMasterKeyId": "KmsMasterKeyId",
            "deliveryPolicy": "DeliveryPolicy",
            "owner": "Owner",
        },
        same={"policy": same_json, "deliveryPolicy": same_json},
        updates=(
            _attribute("displayName", "DisplayName"),
            _attribute("policy", "Policy"),
            _attribute("kmsMasterKeyId", "KmsMasterKeyId"),
            _attribute("deliveryPolicy", "DeliveryPolicy"),
        ),
        delete=(Call("delete_topic", _TOPIC),),
        tagging=Tagging(
            read=Call("list_tags_for_resource", {"ResourceArn": "{id}"}),
            found="Tags",
            add="tag_resource",
            remove="untag_resource",
            resource={"ResourceArn": "{id}"},
        ),
        absent=("NotFound", "NotFoundException"),
    ),
    Table(
        type="aws:sns/topicPolicy:TopicPolicy",
        title="SNS Topic Policy",
        service="sns",
        arguments=("arn", "policy"),
        required=("arn", "policy"),
        identity=("arn",),
        create=(_policy("{arn}", "{policy}"),),
        id="{arn}",
        read=Call("get_topic_attributes", _TOPIC),
        found="Attributes",
        outputs={"arn": "{id}", "policy": "Policy", "owner": "Owner"},
        rules={"policy": json_text},
        same={"policy": same_json},
        updates=(Update(("policy",), (_policy("{id}", "{policy}"),)),),
        delete=(_policy("{id}", _default_policy),),
        absent=("NotFound", "NotFoundException"),
    ),
    Table(
        type="aws:sns/topicSubscription:TopicSubscription",
        title="SNS Topic Subscription",
        service="sns",
        arguments=("topic", "protocol", "endpoint", "filterPolicy", "rawMessageDelivery", "redrivePolicy"),
        required=("topic", "protocol", "endpoint"),
        identity=("topic", "protocol", "endpoint"),
        create=(
            Call(
                "subscribe",
                {
                    "TopicArn": "{topic}",
                    "Protocol": "{protocol}",
                    "Endpoint": "{endpoint}",
                    "Attributes.FilterPolicy": "{filterPolicy}",
                    "Attributes.RawMessageDelivery": _given("rawMessageDelivery"),
                    "Attributes.RedrivePolicy": "{redrivePolicy}",
                    "ReturnSubscriptionArn": True,
                },
            ),
        ),
        id="{SubscriptionArn}",
        read=Call("get_subscription_attributes", {"SubscriptionArn": "{id}"}),
        found="Attributes",
        outputs={
            "arn": "{id}",
            "topic": "TopicArn",
            "protocol": "Protocol",
            "endpoint": "Endpoint",
            "filterPolicy": "FilterPolicy",
            "rawMessageDelivery": flag("RawMessageDelivery"),
            "redrivePolicy": "RedrivePolicy",
            "ownerId": "Owner",
            "pendingConfirmation": flag("PendingConfirmation"),
        },
        same={"filterPolicy": same_json, "redrivePolicy": same_json},
        updates=(
            _subscription_attribute("filterPolicy", "FilterPolicy"),
            _subscription_attribute("rawMessageDelivery", "RawMessageDelivery"),
            _subscription_attribute("redrivePolicy", "RedrivePolicy"),
        ),
        delete=(Call("unsubscribe", {"SubscriptionArn": "{id}"}),),
        absent=("NotFound", "NotFoundException"),
    ),
)
