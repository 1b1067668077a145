"""``aws:sns``: topics and their subscriptions."""

from __future__ import annotations

from typing import Any, Final

from rehearsal_aws.resources.table import Call, Table, Tagging, Update, flag, same_json

__all__ = ["TABLES"]

_TOPIC: Final = {"TopicArn": "{id}"}


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
