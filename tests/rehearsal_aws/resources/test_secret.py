from __future__ import annotations

import json
from typing import Any

import pulumi_aws as aws
import pytest

REPLACED = ["create-replacement", "replace", "delete-replaced"]
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
            "Action": "secretsmanager:GetSecretValue",
            "Resource": "*",
        }
    ],
}


@pytest.fixture
def secret(lifecycle: Any) -> Any:
    return lifecycle(lambda **given: aws.secretsmanager.Secret("key", **given))


@pytest.mark.slow("a lifecycle")
def test_a_secret_completes_its_lifecycle(secret: Any, client: Any) -> None:
    manager = client("secretsmanager")
    assert secret.up(name="live/key", tags={"team": "video"}) == ["create"]
    arn = secret.state["id"]
    assert arn.startswith("arn:aws:secretsmanager:us-east-1:123456789012:secret:live/key-")
    assert secret.up(name="live/key", description="a key", tags={"shift": "night"}) == ["update"]
    found = manager.describe_secret(SecretId=arn)
    assert found["Description"] == "a key"
    assert found["Tags"] == [{"Key": "shift", "Value": "night"}]
    assert secret.up(name="live/key", description="a key", recovery_window_in_days=0) == ["update"]
    assert secret.outputs["recoveryWindowInDays"] == 0
    assert secret.up(name="live/other", recovery_window_in_days=0) == REPLACED
    secret.destroy()
    assert manager.list_secrets(IncludePlannedDeletion=True)["SecretList"] == []


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_deleted_secret_has_a_recovery_window_of_thirty_days_by_default(secret: Any, client: Any) -> None:
    secret.up(name="live/key")
    secret.destroy()
    assert client("secretsmanager").list_secrets()["SecretList"] == []
    (scheduled,) = client("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"]
    assert scheduled["Name"] == "live/key"
    secret.given = {"name": "live/key"}
    assert "scheduled for deletion; restore it or wait, and set recoveryWindowInDays" in secret.stack.up().errors[0]


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_secret_scheduled_for_deletion_counts_as_deleted(secret: Any, client: Any) -> None:
    secret.up()
    client("secretsmanager").delete_secret(SecretId=secret.state["id"])
    assert secret.ok(secret.stack.refresh()).changes == {"delete": 1, "same": 1}


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_name_prefix_gets_a_distinguishable_suffix(secret: Any) -> None:
    secret.up(name_prefix="live-")
    assert secret.outputs["namePrefix"] == "live-"
    assert len(secret.outputs["name"]) == len("live-") + 26


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_policy_is_set_changed_and_compared_semantically(secret: Any, client: Any) -> None:
    secret.up(policy=json.dumps(POLICY))
    assert secret.up(policy=json.dumps(POLICY, indent=2)) == ["same"]
    other = {**POLICY, "Statement": [{**POLICY["Statement"][0], "Effect": "Deny"}]}
    assert secret.up(policy=json.dumps(other)) == ["update"]
    found = client("secretsmanager").get_resource_policy(SecretId=secret.state["id"])
    assert json.loads(found["ResourcePolicy"]) == other
    assert secret.up(policy="{}") == ["update"]
    assert "ResourcePolicy" not in client("secretsmanager").get_resource_policy(SecretId=secret.state["id"])


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_drift_is_found_and_repaired(secret: Any, client: Any) -> None:
    secret.up(description="managed")
    client("secretsmanager").update_secret(SecretId=secret.state["id"], Description="drifted")
    assert secret.drift() == ["update"]
    assert client("secretsmanager").describe_secret(SecretId=secret.state["id"])["Description"] == "managed"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"name": "a", "name_prefix": "b"}, "expected at most one of name, namePrefix"),
        ({"name": "a b"}, "expected 1 to 512 letters"),
        ({"recovery_window_in_days": 5}, "expected a whole number from 7 to 30 or 0"),
        ({"policy": "{"}, "expected JSON"),
        ({"replicas": [{"region": "eu-west-1"}]}, "rehearsal does not model this argument of Secrets Manager Secret"),
    ],
)
def test_invalid_argument_values_are_refused_in_a_preview(secret: Any, given: dict[str, Any], reason: str) -> None:
    assert reason in secret.errors_of(**given)


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_secret_has_its_kms_key_and_an_empty_policy_removes_the_policy(secret: Any, client: Any) -> None:
    manager = client("secretsmanager")
    first, second = (client("kms").create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    given = {"name": "live/key", "recovery_window_in_days": 0}
    assert secret.up(**given, kms_key_id=first, policy=json.dumps(POLICY)) == ["create"]
    assert manager.describe_secret(SecretId="live/key")["KmsKeyId"] == first
    assert json.loads(manager.get_resource_policy(SecretId="live/key")["ResourcePolicy"]) == POLICY
    assert secret.up(**given, kms_key_id=second, policy="{}") == ["update"]
    assert manager.describe_secret(SecretId="live/key")["KmsKeyId"] == second
    assert "ResourcePolicy" not in manager.get_resource_policy(SecretId="live/key")
    secret.destroy()


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_the_name_of_a_secret_scheduled_for_deletion_is_refused_with_a_remedy(secret: Any, client: Any) -> None:
    manager = client("secretsmanager")
    manager.create_secret(Name="live/key", SecretString="x")
    secret.given = {"name": "live/key"}
    assert "ResourceExistsException" in secret.stack.up().errors[0]
    manager.delete_secret(SecretId="live/key")
    assert "a secret of this name is scheduled for deletion; restore it or wait" in secret.stack.up().errors[0]
