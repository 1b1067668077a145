"""Resources of an imported state whose types have a table are recreated, unless AWS generates their ids."""

from __future__ import annotations

import json
import re
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from changes import changed
from rehearsal.provider import ExistingResource
from rehearsal.state.urns import name_of
from rehearsal_aws.cloud import inventory, memory
from rehearsal_aws.resources.recreated import is_of_a_table, recreate

pytestmark = pytest.mark.filterwarnings("ignore:.*has been deprecated in favor of:DeprecationWarning")
ASSUME = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})

PATTERN = json.dumps({"source": ["aws.ivs"]})


GENERATED = "AWS generates its id, which would be another one here"


def program() -> None:
    document = json.dumps({"Version": "2012-10-17", "Statement": [ASSUME]})
    role = aws.iam.Role("worker", assume_role_policy=document, tags={"team": "video"})
    aws.iam.RolePolicy("own", role=role.name, policy=ALLOW)
    policy = aws.iam.Policy("shared", policy=ALLOW)
    aws.iam.RolePolicyAttachment("shared", role=role.name, policy_arn=policy.arn)
    aws.sns.Topic("news", display_name="News")
    aws.cloudwatch.LogGroup("logs", retention_in_days=7)
    code = pulumi.AssetArchive({"main.py": pulumi.StringAsset("def handler(*_): ...")})
    function = aws.lambda_.Function("f", role=role.arn, runtime="python3.12", handler="main.handler", code=code)
    rule = aws.cloudwatch.EventRule("nightly", schedule_expression="rate(1 day)")
    aws.cloudwatch.EventTarget("nightly", rule=rule.name, arn=function.arn)
    aws.kms.Key("key", description="for secrets")
    zone = aws.route53.Zone("zone", name="example.com")
    aws.route53.Record("www", zone_id=zone.zone_id, name="www", type="A", ttl=60, records=["192.0.2.1"])


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_stack_continues_with_recreated_resources(stack_of: Any) -> None:
    stack = stack_of(program)
    assert changed(stack.up()) == {"create": 13}
    existing = [
        ExistingResource(state["urn"], state["type"], state["id"], state["outputs"])
        for state in stack.export()["deployment"]["resources"]
        if state["type"].startswith("aws:")
    ]
    assert all(map(is_of_a_table, existing))
    before = [arn for arn in inventory.remaining() if not re.search(":kms:|example.com", arn)]
    memory.forget()
    for _ in range(2):
        errors = {name_of(urn): reason for urn, reason in recreate(existing).items()}
        generated = [name for name, reason in errors.items() if reason == GENERATED]
        assert sorted(generated) == ["key", "zone"]
        # A record can't be recreated without its zone.
        assert errors.keys() - set(generated) == {"www"}
        assert "No hosted zone found" in errors["www"]
        assert inventory.remaining() == before
    assert changed(stack.refresh()) == {"delete": 3}
    assert changed(stack.up()) == {"create": 3}
    stack.destroy()
    assert inventory.remaining() == []


@pytest.mark.usefixtures("shared_cloud")
def test_resources_that_cannot_be_recreated_are_reported() -> None:
    without_policy = ExistingResource("urn:role", "aws:iam/role:Role", "worker", {"name": "worker"})
    invalid_name = ExistingResource("urn:topic", "aws:sns/topic:Topic", "t", {"name": "not a name"})
    without_bus = ExistingResource(
        "urn:rule",
        "aws:cloudwatch/eventRule:EventRule",
        "r",
        {"name": "r", "eventPattern": PATTERN, "eventBusName": "no"},
    )
    errors = recreate([without_policy, invalid_name, without_bus])
    assert errors["urn:role"] == "the state does not hold all that it takes: assumeRolePolicy"
    assert errors["urn:topic"].startswith("it can't be made again: ")
    assert "Event bus no does not exist" in errors["urn:rule"]
    assert inventory.remaining() == []
    assert not is_of_a_table(ExistingResource("urn:channel", "aws:ivs/channel:Channel", "c", {}))


@pytest.mark.usefixtures("shared_cloud")
@pytest.mark.parametrize("tags", [["x"], "x", 5, [[]]])
def test_tags_of_another_form_are_reported(tags: Any) -> None:
    topic = ExistingResource("urn:topic", "aws:sns/topic:Topic", "t", {"name": "news", "tagsAll": tags})
    assert recreate([topic])["urn:topic"].startswith("it is not as the cloud expects it (")
    assert inventory.remaining() == []
