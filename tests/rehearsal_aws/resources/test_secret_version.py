from __future__ import annotations

import base64
import inspect
import json
from typing import Any

import pulumi_aws as aws
import pytest

from rehearsal import ProviderError
from rehearsal_aws.resources.secret_version import SecretVersion

REPLACED = ["create-replacement", "replace", "delete-replaced"]
CANARY = "c4n4ry-secret"


@pytest.fixture
def secret_arn(client: Any) -> str:
    return client("secretsmanager").create_secret(Name="live/key")["ARN"]


@pytest.fixture
def version(lifecycle: Any, secret_arn: str) -> Any:
    return lifecycle(lambda **given: aws.secretsmanager.SecretVersion("key", secret_id=secret_arn, **given))


def test_a_new_version_becomes_current(version: Any, client: Any, secret_arn: str) -> None:
    manager = client("secretsmanager")
    assert version.up(secret_string="one") == ["create"]
    first = version.outputs["versionId"]
    assert version.state["id"] == f"{secret_arn}|{first}"
    assert version.outputs["versionStages"] == ["AWSCURRENT"]
    assert version.up(secret_string="two") == REPLACED
    assert manager.get_secret_value(SecretId=secret_arn)["SecretString"] == "two"
    stages = {
        v["VersionId"]: v["VersionStages"] for v in manager.list_secret_version_ids(SecretId=secret_arn)["Versions"]
    }
    assert stages == {first: ["AWSPREVIOUS"], version.outputs["versionId"]: ["AWSCURRENT"]}
    version.destroy()


def test_the_value_is_secret_in_the_state(version: Any) -> None:
    version.up(secret_string=CANARY)
    state = version.stack.export()
    for resource in state["deployment"]["resources"]:
        for bag in ("inputs", "outputs"):
            wrapped = resource.get(bag, {}).pop("secretString", None)
            assert wrapped is None or "plaintext" in wrapped
    assert CANARY not in json.dumps(state)


def test_a_binary_value_is_base64(version: Any, client: Any, secret_arn: str) -> None:
    version.up(secret_binary=base64.b64encode(b"\x00\x01").decode())
    assert client("secretsmanager").get_secret_value(SecretId=secret_arn)["SecretBinary"] == b"\x00\x01"


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_stages_change_in_place(version: Any, client: Any, secret_arn: str) -> None:
    manager = client("secretsmanager")
    version.up(secret_string="one", version_stages=["AWSCURRENT", "blue"])
    assert version.up(secret_string="one", version_stages=["green", "AWSCURRENT"]) == ["update"]
    (found,) = manager.list_secret_version_ids(SecretId=secret_arn)["Versions"]
    assert sorted(found["VersionStages"]) == ["AWSCURRENT", "green"]
    version.destroy()
    (found,) = manager.list_secret_version_ids(SecretId=secret_arn)["Versions"]
    assert found["VersionStages"] == ["AWSCURRENT"]


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_version_of_a_deleted_secret_counts_as_deleted(version: Any, client: Any, secret_arn: str) -> None:
    version.up(secret_string="one")
    client("secretsmanager").delete_secret(SecretId=secret_arn)
    version.destroy()


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({}, "expected secretString or secretBinary"),
        ({"secret_string": "a", "secret_binary": "YQ=="}, "expected at most one of secretBinary, secretString"),
        ({"secret_binary": "no base64"}, "expected text in base64"),
        pytest.param(
            {"secret_string_wo": "a", "secret_string_wo_version": 1},
            "rehearsal does not model this argument",
            marks=pytest.mark.skipif(
                "secret_string_wo" not in inspect.signature(aws.secretsmanager.SecretVersion._internal_init).parameters,
                reason="older versions of pulumi-aws lack it",
            ),
        ),
    ],
)
def test_invalid_argument_values_are_refused_in_a_preview(version: Any, given: dict[str, Any], reason: str) -> None:
    assert reason in version.errors_of(**given)


def test_a_malformed_id_is_refused() -> None:
    with pytest.raises(ProviderError, match=r"id is SECRET\|VERSION, got 'live'"):
        SecretVersion().find(None, "live", {})
