"""Policies of SNS topics."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pulumi_aws as aws
import pytest

from rehearsal_aws.cloud import inventory


def events_may_publish(topic: str) -> str:
    principal = {"Service": "events.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sns:Publish", "Resource": topic}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def topic_with_policy(policy: Callable[[str], str] | None = None) -> None:
    topic = aws.sns.Topic("news")
    if policy is not None:
        aws.sns.TopicPolicy("news", arn=topic.arn, policy=topic.arn.apply(policy))


@pytest.mark.slow("a topic with its policy and without")
def test_a_deleted_policy_is_replaced_by_the_default_of_aws(lifecycle: Any, client: Any) -> None:
    def policy() -> Any:
        return json.loads(client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])

    it = lifecycle(topic_with_policy)
    assert it.up() == ["create"]
    (topic,) = inventory.remaining()
    default = policy()
    assert it.up(policy=events_may_publish) == ["same", "create"]
    assert policy() == json.loads(events_may_publish(topic))
    assert it.errors_of(policy=lambda _: "all").endswith("has a problem: expected JSON")
    assert it.up() == ["same", "delete"]
    assert policy() == default
    it.destroy()
    assert inventory.remaining() == []
