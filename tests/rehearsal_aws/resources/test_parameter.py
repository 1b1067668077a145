from __future__ import annotations

import json
from typing import Any

import pulumi_aws as aws
import pytest

REPLACED = ["create-replacement", "replace", "delete-replaced"]
CANARY = "c4n4ry-value"


@pytest.fixture
def parameter(lifecycle: Any) -> Any:
    return lifecycle(lambda **given: aws.ssm.Parameter("key", **{"type": "SecureString", **given}))


def value_of(client: Any, name: str) -> str:
    return client("ssm").get_parameter(Name=name, WithDecryption=True)["Parameter"]["Value"]


def tags_of(client: Any, name: str) -> dict[str, str]:
    tags = client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    return {tag["Key"]: tag["Value"] for tag in tags}


@pytest.mark.slow("a lifecycle")
def test_a_parameter_completes_its_lifecycle(parameter: Any, client: Any) -> None:
    assert parameter.up(name="/live/key", value="one", tags={"team": "video"}) == ["create"]
    assert parameter.state["id"] == "/live/key"
    assert parameter.outputs["arn"] == "arn:aws:ssm:us-east-1:123456789012:parameter/live/key"
    assert tags_of(client, "/live/key") == {"team": "video"}
    assert parameter.up(name="/live/key", value="two", description="a key", tags={"shift": "night"}) == ["update"]
    assert value_of(client, "/live/key") == "two"
    assert tags_of(client, "/live/key") == {"shift": "night"}
    assert parameter.outputs["version"] == 2
    assert parameter.up(name="/live/key", value="two") == ["update"]
    assert "description" not in parameter.outputs or not parameter.outputs["description"]
    assert parameter.up(name="/live/other", value="two") == REPLACED
    assert [p["Name"] for p in client("ssm").describe_parameters()["Parameters"]] == ["/live/other"]
    parameter.destroy()
    assert client("ssm").describe_parameters()["Parameters"] == []


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_the_value_is_secret_in_the_state_after_every_operation(parameter: Any) -> None:
    parameter.up(value=CANARY)
    for given in ({"value": CANARY + "2"}, {"value": CANARY + "2", "description": "x"}):
        parameter.up(**given)
        for bag in ("inputs", "outputs"):
            wrapped = parameter.state[bag].pop("value")
            assert wrapped.keys() == {"4dabf18193072939515e22adb298388d", "plaintext"}
        state = parameter.stack.export()
        for resource in state["deployment"]["resources"]:
            for bag in ("inputs", "outputs"):
                resource.get(bag, {}).pop("value", None)
        assert CANARY not in json.dumps(state)


def test_an_unnamed_parameter_gets_the_resource_name_with_a_suffix(parameter: Any) -> None:
    parameter.up(value="x")
    assert parameter.state["id"].startswith("key-")


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_an_insecure_value_is_plain(parameter: Any, client: Any) -> None:
    assert parameter.up(name="size", type="String", insecure_value="large") == ["create"]
    assert parameter.outputs["insecureValue"] == "large"
    assert parameter.up(name="size", type="String", insecure_value="small") == ["update"]
    assert value_of(client, "size") == "small"


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_an_advanced_parameter_is_replaced_by_a_standard_one(parameter: Any) -> None:
    parameter.up(name="p", value="x", tier="Standard")
    assert parameter.up(name="p", value="x", tier="Advanced") == ["update"]
    assert parameter.up(name="p", value="x", tier="Intelligent-Tiering") == ["same"]
    parameter.given = {"name": "p", "value": "x", "tier": "Standard"}
    plan = parameter.stack.preview()
    assert [s.keys for s in plan.steps if s.op.value == "replace"] == [("tier",)]


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_an_existing_parameter_is_adopted_only_with_overwrite(parameter: Any, client: Any) -> None:
    client("ssm").put_parameter(Name="p", Value="unmanaged", Type="SecureString")
    parameter.given = {"name": "p", "value": "managed"}
    report = parameter.stack.up()
    assert "creating SSM Parameter (p): PutParameter: ParameterAlreadyExists" in report.errors[0]
    assert value_of(client, "p") == "unmanaged"
    assert parameter.up(name="p", value="managed", overwrite=True, tags={"team": "video"}) == ["create"]
    assert value_of(client, "p") == "managed"
    assert tags_of(client, "p") == {"team": "video"}


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_drift_is_found_and_repaired(parameter: Any, client: Any) -> None:
    parameter.up(name="p", value="managed")
    client("ssm").put_parameter(Name="p", Value="drifted", Type="SecureString", Overwrite=True)
    assert parameter.drift() == ["update"]
    assert value_of(client, "p") == "managed"
    client("ssm").delete_parameter(Name="p")
    assert parameter.drift() == ["create"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "expected value or insecureValue"),
        ({"value": "a", "insecure_value": "b"}, "expected at most one of insecureValue, value"),
        ({"insecure_value": "b"}, "a parameter of type SecureString has a value, no insecureValue"),
        ({"value": "a", "type": "Text"}, "expected one of String, StringList, SecureString"),
        ({"value": "a", "tier": "Grand"}, "expected one of Standard, Advanced, Intelligent-Tiering"),
        ({"value": "a", "data_type": "blob"}, "expected one of aws:ec2:image, aws:ssm:integration, text"),
        ({"value": "a", "description": "x" * 1025}, "expected text of 0 to 1024 characters"),
        pytest.param(
            {"value_wo": "a", "value_wo_version": 1},
            "rehearsal does not model this argument of SSM Parameter",
            marks=pytest.mark.skipif(
                not hasattr(aws.ssm.Parameter, "value_wo"), reason="this pulumi-aws has no value_wo"
            ),
        ),
    ],
)
def test_invalid_argument_values_are_refused_in_a_preview(parameter: Any, given: dict[str, Any], reason: str) -> None:
    refusal = parameter.errors_of(**given)
    assert reason in refusal
    assert "value {a}" not in refusal
