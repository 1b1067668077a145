"""IAM access keys: AWS returns the secret access key only once, and the state keeps it as a secret."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from rehearsal.state.property_values import Secret
from rehearsal_aws.cloud import inventory

pytestmark = pytest.mark.filterwarnings("ignore:.*has been deprecated in favor of:DeprecationWarning")


@pytest.fixture
def key(lifecycle: Any, client: Any) -> Any:
    client("iam").create_user(UserName="encoder")
    return lifecycle(lambda **given: aws.iam.AccessKey("it", user="encoder", **given))


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_an_access_key_completes_its_lifecycle(key: Any, client: Any) -> None:
    assert key.up() == ["create"]
    first = key.state
    assert first["id"].startswith("AKIA")
    assert len(first["outputs"]["secret"]["plaintext"]) > 40
    assert first["outputs"]["createDate"].endswith("Z")
    assert "encryptedSecret" not in first["outputs"]
    assert key.up(status="Inactive") == ["update"]
    assert key.state["outputs"]["secret"] == first["outputs"]["secret"]
    assert key.state["outputs"]["sesSmtpPasswordV4"] == first["outputs"]["sesSmtpPasswordV4"]
    client("iam").update_access_key(UserName="encoder", AccessKeyId=first["id"], Status="Active")
    assert key.drift() == ["update"]
    client("iam").delete_access_key(UserName="encoder", AccessKeyId=first["id"])
    assert key.drift() == ["create"]
    assert key.state["outputs"]["secret"] != first["outputs"]["secret"]
    key.destroy()
    client("iam").delete_user(UserName="encoder")
    assert inventory.remaining() == []


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_the_secret_access_key_is_secret_and_unknown_before_the_create(stack_of: Any) -> None:
    seen: list[Any] = []

    def program() -> None:
        user = aws.iam.User("encoder")
        made = aws.iam.AccessKey("it", user=user.name)
        made.secret.apply(seen.append)
        pulumi.export("secret", made.secret)

    stack = stack_of(program)
    assert stack.preview().ok
    assert seen == []
    up = stack.up()
    assert up.outputs["secret"] == Secret(seen[0])
    assert seen[0] in inventory.secrets()
    stack.destroy()


def test_an_imported_key_has_no_secret(client: Any, lifecycle: Any) -> None:
    client("iam").create_user(UserName="encoder")
    existing = client("iam").create_access_key(UserName="encoder")["AccessKey"]
    options = pulumi.ResourceOptions(import_=existing["AccessKeyId"])
    key = lifecycle(lambda: aws.iam.AccessKey("it", user="encoder", opts=options))
    assert key.stack.up().changes["import"] == 1
    assert "secret" not in key.state["outputs"]
    assert set(key.stack.preview().changes) == {"same"}
