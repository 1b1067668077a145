"""``aws:secretsmanager/secret:Secret``."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError

from rehearsal.provider import PropertyMap, ProviderError
from rehearsal_aws.argument_rules import Rule, a_number, json_text, matching
from rehearsal_aws.errors import Absent
from rehearsal_aws.resources.names import from_prefix, prefix_of
from rehearsal_aws.resources.resource import AwsResource

__all__ = ["Secret"]

_name: Final = matching(r"[0-9A-Za-z/_+=.@-]{1,512}", "1 to 512 letters, digits and any of /_+=.@-")
_NO_POLICY: Final = re.compile(r"\s*(\{\s*\})?\s*")


class Secret(AwsResource):
    """A secret without its value, with the behaviour of Terraform's ``aws_secretsmanager_secret``; its id is the ARN.

    The name of a deleted secret cannot be used again for `recoveryWindowInDays` days, unless that is 0.
    """

    title = "Secrets Manager Secret"
    service = "secretsmanager"
    arguments = (
        "description",
        "forceOverwriteReplicaSecret",
        "kmsKeyId",
        "name",
        "namePrefix",
        "policy",
        "recoveryWindowInDays",
    )
    unmodelled = frozenset({"replicas", "type"})
    kept = frozenset({"name", "namePrefix", "policy"})
    identity = frozenset({"name", "namePrefix"})
    local = frozenset({"forceOverwriteReplicaSecret", "recoveryWindowInDays"})
    conflicts = (frozenset({"name", "namePrefix"}),)
    defaults: ClassVar[Mapping[str, Any]] = {"forceOverwriteReplicaSecret": False, "recoveryWindowInDays": 30}
    rules: ClassVar[Mapping[str, Rule]] = {
        "name": _name,
        "namePrefix": _name,
        "policy": lambda value: None if value == "" else json_text(value),
        "recoveryWindowInDays": a_number(7, 30, 0),
    }
    computed = ("arn", "replicas")
    auto_named = "name"
    prefix = "namePrefix"

    def same(self, name: str, new: Any, old: Any) -> bool:
        if name == "policy" and isinstance(new, str) and isinstance(old, str):
            return bool(_document(new) == _document(old))
        return super().same(name, new, old)

    def make(self, client: Any, inputs: PropertyMap, tags: Mapping[str, str]) -> str:
        given = {"Description": inputs.get("description", "")}
        if inputs.get("kmsKeyId"):
            given["KmsKeyId"] = inputs["kmsKeyId"]
        name = inputs.get("name") or from_prefix(inputs["namePrefix"])
        listed = [{"Key": key, "Value": value} for key, value in tags.items()]
        try:
            made: str = client.create_secret(Name=name, Tags=listed, **given)["ARN"]
        except ClientError:
            if _is_scheduled_for_deletion(client, name):
                raise ProviderError(
                    f"creating {self.title} ({name}): a secret of this name is scheduled for deletion; restore it or "
                    "wait, and set recoveryWindowInDays to 0 for secrets that come and go"
                ) from None
            raise
        if _document(inputs.get("policy", "")):
            client.put_resource_policy(SecretId=made, ResourcePolicy=inputs["policy"])
        return made

    def find(self, client: Any, id: str, known: PropertyMap) -> PropertyMap:
        secret = client.describe_secret(SecretId=id)
        if secret.get("DeletedDate"):
            raise Absent(f"{self.title} ({id}) is scheduled for deletion")
        policy = client.get_resource_policy(SecretId=id).get("ResourcePolicy") or ""
        said = known.get("policy")
        return {
            "arn": secret["ARN"],
            "description": secret.get("Description", ""),
            "kmsKeyId": secret.get("KmsKeyId", ""),
            "name": secret["Name"],
            "namePrefix": prefix_of(secret["Name"]),
            "policy": said if isinstance(said, str) and self.same("policy", said, policy) else policy,
            "replicas": [],
            "tags": {tag["Key"]: tag["Value"] for tag in secret.get("Tags", ())},
        }

    def change(self, client: Any, id: str, changed: frozenset[str], inputs: PropertyMap, olds: PropertyMap) -> None:
        del olds
        if changed & {"description", "kmsKeyId"}:
            key = {"KmsKeyId": inputs["kmsKeyId"]} if inputs.get("kmsKeyId") else {}
            client.update_secret(SecretId=id, Description=inputs.get("description", ""), **key)
        if "policy" in changed:
            if _document(inputs["policy"]):
                client.put_resource_policy(SecretId=id, ResourcePolicy=inputs["policy"])
            else:
                client.delete_resource_policy(SecretId=id)

    def retag(self, client: Any, outputs: PropertyMap, gone: list[str], new: Mapping[str, str]) -> None:
        if gone:
            client.untag_resource(SecretId=outputs["id"], TagKeys=gone)
        if new:
            tags = [{"Key": key, "Value": value} for key, value in new.items()]
            client.tag_resource(SecretId=outputs["id"], Tags=tags)

    def remove(self, client: Any, id: str, known: PropertyMap) -> None:
        days = known.get("recoveryWindowInDays", self.defaults["recoveryWindowInDays"])
        if days == 0:
            client.delete_secret(SecretId=id, ForceDeleteWithoutRecovery=True)
        else:
            client.delete_secret(SecretId=id, RecoveryWindowInDays=days)


def _is_scheduled_for_deletion(client: Any, name: str) -> bool:
    try:
        return bool(client.describe_secret(SecretId=name).get("DeletedDate"))
    except ClientError:
        return False


def _document(policy: str) -> Any:
    return None if _NO_POLICY.fullmatch(policy) else json.loads(policy)
