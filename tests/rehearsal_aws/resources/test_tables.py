"""Each type with a table completes a lifecycle: create, no change, change, tags, replacement, drift, destroy."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from changes import changed
from rehearsal.made_up.declarations import resource_declaration
from rehearsal.state.urns import name_of
from rehearsal_aws.cloud import inventory

pytestmark = pytest.mark.filterwarnings("ignore:.*has been deprecated in favor of:DeprecationWarning")
REPLACED = ["create-replacement", "replace", "delete-replaced"]
ASSUME = json.dumps({"Version": "2012-10-17", "Statement": []})
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
PATTERN = json.dumps({"source": ["aws.ivs"]})
DENY = ALLOW.replace("Allow", "Deny")


class DependentTypes:
    """A program of resources that belong to others, such as a bucket's policy, with attributes that tests change."""

    def __init__(self) -> None:
        self.content, self.action, self.memory, self.code = "one", "s3:GetObject", 128, "def handler(*_): ..."

    def __call__(self) -> None:
        bucket = aws.s3.Bucket("files", force_destroy=True)
        aws.s3.BucketPublicAccessBlock("closed", bucket=bucket.id, block_public_acls=True)
        aws.s3.BucketVersioning("kept", bucket=bucket.id, versioning_configuration={"status": "Enabled"})
        statement = {"Sid": "A", "Effect": "Allow", "Principal": "*", "Action": self.action, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        aws.s3.BucketPolicy("policy", bucket=bucket.id, policy=document)
        aws.s3.BucketObject("page", bucket=bucket.id, key="index.html", content=self.content, content_type="text/html")
        queue, topic = aws.sqs.Queue("jobs"), aws.sns.Topic("news")
        aws.sqs.QueuePolicy("jobs", queue_url=queue.url, policy=document)
        aws.sns.TopicSubscription("jobs", topic=topic.arn, protocol="sqs", endpoint=queue.arn)
        assume = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role = aws.iam.Role("worker", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [assume]}))
        aws.iam.RolePolicy("own", role=role.name, policy=ALLOW)
        policy = aws.iam.Policy("shared", policy=ALLOW)
        aws.iam.RolePolicyAttachment("shared", role=role.name, policy_arn=policy.arn)
        function = aws.lambda_.Function(
            "worker",
            role=role.arn,
            runtime="python3.12",
            handler="main.handler",
            memory_size=self.memory,
            code=pulumi.AssetArchive({"main.py": pulumi.StringAsset(self.code)}),
            environment={"variables": {"TOPIC": topic.arn, "NOTHING": None}},
        )
        aws.lambda_.EventSourceMapping("jobs", event_source_arn=queue.arn, function_name=function.name)
        rule = aws.cloudwatch.EventRule("nightly", schedule_expression="rate(1 day)")
        aws.cloudwatch.EventTarget("nightly", rule=rule.name, arn=function.arn)
        aws.lambda_.Permission(
            "nightly",
            action="lambda:InvokeFunction",
            function=function.name,
            principal="events.amazonaws.com",
            source_arn=rule.arn,
        )
        key = aws.kms.Key("key", deletion_window_in_days=7)
        aws.kms.Alias("key", name="alias/key", target_key_id=key.key_id)
        pulumi.export("sha", function.code_sha256)
        pulumi.export("invoke", function.invoke_arn)


@pytest.mark.slow("21 resources of 8 services in 9 operations")
def test_dependent_types_complete_a_lifecycle_with_their_parent(stack_of: Any, client: Any) -> None:
    program = DependentTypes()
    stack = stack_of(program)
    first = stack.up()
    assert changed(first) == {"create": 21}
    assert changed(stack.preview()) == {}
    assert changed(stack.refresh()) == {}
    assert first.outputs["invoke"].endswith("/invocations")
    (bucket,) = client("s3").list_buckets()["Buckets"]
    program.content, program.action, program.memory, program.code = (
        "two",
        "s3:PutObject",
        256,
        "def handler(*_): return 1",
    )
    second = stack.up()
    assert changed(second) == {"update": 4}
    assert second.outputs["sha"] != first.outputs["sha"]
    assert client("s3").get_object(Bucket=bucket["Name"], Key="index.html")["Body"].read() == b"two"
    assert changed(stack.preview()) == {}
    assert changed(stack.refresh()) == {}
    client("s3").delete_bucket_policy(Bucket=bucket["Name"])
    assert changed(stack.refresh()) == {"delete": 1}
    assert changed(stack.up()) == {"create": 1}
    assert inventory.remaining() != []
    assert changed(stack.destroy()).keys() == {"delete"}
    assert inventory.remaining() == []


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_every_guaranteed_output_is_present(lifecycle: Any) -> None:
    topic = lifecycle(lambda: aws.sns.Topic("it"))
    topic.up()
    members = resource_declaration("aws:sns/topic:Topic").members
    assert [name for name, member in members.items() if not member.optional and name not in topic.outputs] == []


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_an_argument_missing_in_the_table_is_stored_and_can_be_removed(one: Any) -> None:
    topic = one(aws.sns.Topic)
    topic.up(http_failure_feedback_role_arn="arn:aws:iam::123456789012:role/r")
    assert topic.outputs["httpFailureFeedbackRoleArn"].endswith("role/r")
    assert topic.up() == ["update"]
    assert "httpFailureFeedbackRoleArn" not in topic.outputs


def test_a_resource_can_be_imported(lifecycle: Any, client: Any) -> None:
    arn = client("sns").create_topic(Name="existing", Attributes={"DisplayName": "A"})["TopicArn"]
    options = pulumi.ResourceOptions(import_=arn)
    topic = lifecycle(lambda **given: aws.sns.Topic("it", name="existing", display_name="A", **given, opts=options))
    assert topic.stack.up().changes["import"] == 1
    assert topic.outputs["arn"] == arn
    assert set(topic.stack.preview().changes) == {"same"}


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_rule_of_another_bus_has_the_bus_in_its_id(lifecycle: Any, client: Any) -> None:
    client("events").create_event_bus(Name="shows")
    client("events").put_rule(Name="existing", EventBusName="shows", EventPattern=PATTERN)
    options = pulumi.ResourceOptions(import_="shows/existing")
    rule = lifecycle(
        lambda opts=options: aws.cloudwatch.EventRule(
            "it", name="existing", event_bus_name="shows", event_pattern=PATTERN, opts=opts
        )
    )
    assert rule.up() == ["import"]
    assert rule.state["id"] == "shows/existing"
    assert rule.up(opts=None) == ["same"]
    rule.destroy()
    assert rule.up(opts=None) == ["create"]
    assert rule.state["id"] == "shows/existing"
    client("events").delete_rule(Name="existing", EventBusName="shows")
    assert rule.drift() == ["create"]


IMPORT_IDS: dict[str, Callable[[Any], str]] = {
    "aws:cloudwatch/eventTarget:EventTarget": lambda o: f"{o['rule']}/{o['targetId']}",
    "aws:lambda/permission:Permission": lambda o: f"{o['function']}/{o['statementId']}",
}


@pytest.mark.slow("20 resources, created by one stack and imported by another")
def test_dependent_types_are_imported_by_their_compound_ids(stack_of: Any) -> None:
    original = stack_of(DependentTypes())
    changed(original.up())
    made = {(state["type"], name_of(state["urn"])): state for state in original.export()["deployment"]["resources"]}

    def importing_program() -> None:
        def add_import_id(args: Any) -> Any:
            state = made.get((args.type_, args.name))
            if state is None or not args.type_.startswith("aws:"):
                return None
            id_ = IMPORT_IDS.get(args.type_, lambda _: state["id"])(state["outputs"])
            names = {name: state["inputs"][name] for name in state["inputs"]["__defaults"]}
            opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(import_=id_))
            return pulumi.ResourceTransformationResult({**args.props, **names}, opts)

        pulumi.runtime.register_stack_transformation(add_import_id)
        DependentTypes()()

    importing = stack_of(importing_program, project="another")
    assert changed(importing.up())["import"] == 20
    ids = {
        (state["type"], name_of(state["urn"])): state.get("id")
        for state in importing.export()["deployment"]["resources"]
    }
    assert {key: ids[key] for key in made if key[0].startswith("aws:")} == {
        key: state["id"] for key, state in made.items() if key[0].startswith("aws:")
    }
    assert changed(importing.preview()) == {}
    assert changed(importing.refresh()) == {}
    assert changed(importing.destroy()).keys() == {"delete"}
    assert inventory.remaining() == []


@pytest.mark.slow("a lifecycle of two types, one of which is read by its name")
@pytest.mark.parametrize(
    ("cls", "before", "change"),
    [
        pytest.param(aws.sns.Topic, {}, {"display_name": "B"}, id="Topic"),
        pytest.param(
            aws.cloudwatch.EventRule,
            {"schedule_expression": "rate(1 day)"},
            {"description": "B"},
            id="EventRule",
        ),
    ],
)
def test_a_name_prefix_can_be_given(cls: Any, before: Any, change: Any, one: Any) -> None:
    it = one(cls, **before)
    assert it.up(name_prefix="shows-") == ["create"]
    name = it.outputs["name"]
    assert re.fullmatch(r"shows-\d{18}[0-9a-f]{8}", name)
    assert it.outputs["namePrefix"] == "shows-"
    assert it.up(name_prefix="shows-", **change) == ["update"]
    assert it.outputs["name"] == name
    assert it.up(name_prefix="news-", **change) == REPLACED
    assert it.outputs["name"].startswith("news-")
    assert it.up(**change) == REPLACED
    assert it.outputs["name"].startswith("it-")
    assert it.outputs["namePrefix"] == ""
    assert "expected at most one of name, namePrefix" in it.errors_of(name="a", name_prefix="b")
    it.destroy()


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
@pytest.mark.parametrize(
    ("cls", "fifo"), [(aws.sns.Topic, "fifo_topic"), (aws.sqs.Queue, "fifo_queue")], ids=["Topic", "Queue"]
)
def test_an_unnamed_fifo_gets_a_valid_name(cls: Any, fifo: str, one: Any) -> None:
    it = one(cls, **{fifo: True})
    assert it.up() == ["create"]
    assert re.fullmatch(r"it-[0-9a-f]{7}\.fifo", it.outputs["name"])
    assert it.up(name_prefix="shows-") == REPLACED
    assert re.fullmatch(r"shows-[0-9a-f]{26}\.fifo", it.outputs["name"])
    assert it.outputs["namePrefix"] == "shows-"
    it.destroy()


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_key_alias_has_the_prefix_alias(lifecycle: Any, client: Any) -> None:
    key = client("kms").create_key()["KeyMetadata"]["KeyId"]
    alias = lifecycle(lambda **given: aws.kms.Alias("it", target_key_id=key, **given))
    assert alias.up() == ["create"]
    assert re.fullmatch(r"alias/it-[0-9a-f]{7}", alias.outputs["name"])
    assert "expected alias/ and letters" in alias.errors_of(name="it")
    alias.destroy()
    client("kms").schedule_key_deletion(KeyId=key)


def test_tags_are_sent_to_aws_as_strings(one: Any) -> None:
    topic = one(aws.sns.Topic)
    assert topic.up(tags={"number": 1, "flag": True, "none": None}) == ["create"]
    assert topic.outputs["tags"] == {"number": "1", "flag": "true"}
    assert topic.up(tags={"number": "1", "flag": "true"}) == ["same"]
    topic.destroy()


def test_omitted_arguments_are_false_or_empty(one: Any) -> None:
    role = one(aws.iam.Role)
    role.up(assume_role_policy=ASSUME)
    assert role.outputs["forceDetachPolicies"] is False
    assert (role.outputs["inlinePolicies"], role.outputs["managedPolicyArns"]) == ([], [])


@pytest.fixture
def one(lifecycle: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that starts the lifecycle of a resource of a class."""
    return lambda cls, **before: lifecycle(lambda **given: cls("it", **before, **given))


# (class, arguments, arguments that update it in place, arguments that replace it)
LIFECYCLES: list[Any] = [
    (aws.sns.Topic, {"display_name": "A"}, {"display_name": "B"}, {"name": "another"}),
    (aws.sqs.Queue, {"delay_seconds": 5}, {"delay_seconds": 6}, {"name": "another"}),
    (aws.iam.Role, {"assume_role_policy": ASSUME}, {"description": "B"}, {"name": "another"}),
    (aws.iam.Policy, {"policy": ALLOW}, {"policy": DENY}, {"path": "/p/"}),
    (aws.iam.User, {"path": "/a/"}, {"path": "/b/"}, {"name": "another"}),
    (aws.kms.Key, {"description": "A"}, {"enable_key_rotation": True}, {"multi_region": True}),
    (
        aws.dynamodb.Table,
        {"attributes": [{"name": "id", "type": "S"}], "hash_key": "id", "billing_mode": "PAY_PER_REQUEST"},
        {"stream_enabled": True},
        {"name": "another"},
    ),
    (aws.kinesis.Stream, {"shard_count": 1}, {"retention_period": 48}, {"name": "another"}),
    (aws.cloudwatch.LogGroup, {"retention_in_days": 7}, {"retention_in_days": 0}, {"name": "another"}),
    (
        aws.cloudwatch.EventRule,
        {"schedule_expression": "rate(1 day)"},
        {"schedule_expression": "rate(2 days)"},
        {"name": "another"},
    ),
    (
        aws.cloudwatch.MetricAlarm,
        {
            "comparison_operator": "GreaterThanThreshold",
            "evaluation_periods": 1,
            "metric_name": "Errors",
            "namespace": "AWS/Lambda",
            "period": 60,
            "statistic": "Sum",
            "threshold": 1,
        },
        {"threshold": 2},
        {"name": "another"},
    ),
]


@pytest.mark.slow("a lifecycle of each type")
@pytest.mark.parametrize(
    ("cls", "given", "change", "replace"), LIFECYCLES, ids=[case[0].__name__ for case in LIFECYCLES]
)
def test_a_type_completes_its_lifecycle(cls: Any, given: Any, change: Any, replace: Any, one: Any) -> None:
    it = one(cls)
    assert it.up(**given) == ["create"]
    first = it.state["id"]
    if "arn" in it.outputs:
        assert it.outputs["arn"].startswith("arn:aws:")
    assert it.up(**given, tags={"team": "video"}) == ["update"]
    assert it.outputs["tags"] == {"team": "video"}
    assert it.up(**{**given, **change}) == ["update"]
    assert it.state["id"] == first
    assert it.up(**{**given, **change, **replace}) == REPLACED
    assert inventory.remaining() != []
    it.destroy()
    assert inventory.remaining() == []
