"""``aws:secretsmanager/secretVersion:SecretVersion``."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError

from rehearsal.provider import CheckFailure, PropertyMap, ProviderError
from rehearsal_aws.argument_rules import Rule, base64_text
from rehearsal_aws.errors import Absent
from rehearsal_aws.resources.resource import AwsResource

__all__ = ["SecretVersion"]

_CURRENT: Final = "AWSCURRENT"
_PREVIOUS: Final = "AWSPREVIOUS"
_VALUES: Final = frozenset({"secretBinary", "secretString"})


class SecretVersion(AwsResource):
    """A value of a secret, with the behaviour of Terraform's ``aws_secretsmanager_secret_version``.

    Its id is SECRET|VERSION. A changed value replaces the version. A delete removes the version's staging labels, but
    not AWSCURRENT, which AWS does not allow to remove.
    """

    title = "Secrets Manager Secret Version"
    service = "secretsmanager"
    arguments = ("secretBinary", "secretId", "secretString", "versionStages")
    unmodelled = frozenset({"secretStringWo", "secretStringWoVersion"})
    required = frozenset({"secretId"})
    kept = frozenset({"versionStages"})
    identity = frozenset({"secretBinary", "secretId", "secretString"})
    conflicts = (_VALUES,)
    rules: ClassVar[Mapping[str, Rule]] = {"secretBinary": base64_text}
    computed = ("arn", "hasSecretStringWo", "secretArn", "versionId")
    taggable = False

    def refuse(self, inputs: PropertyMap) -> Iterator[CheckFailure]:
        if not _VALUES & inputs.keys():
            yield CheckFailure("secretString", "expected secretString or secretBinary")

    def same(self, name: str, new: Any, old: Any) -> bool:
        if name == "versionStages" and isinstance(new, list) and isinstance(old, list):
            return set(new) == set(old)
        return super().same(name, new, old)

    def make(self, client: Any, inputs: PropertyMap, tags: Mapping[str, str]) -> str:
        del tags
        secret_id = inputs["secretId"]
        given: dict[str, Any] = {}
        if "secretBinary" in inputs:
            given["SecretBinary"] = base64.b64decode(inputs["secretBinary"])
        else:
            given["SecretString"] = inputs["secretString"]
        if inputs.get("versionStages"):
            given["VersionStages"] = inputs["versionStages"]
        return f"{secret_id}|{client.put_secret_value(SecretId=secret_id, **given)['VersionId']}"

    def find(self, client: Any, id: str, known: PropertyMap) -> PropertyMap:
        del known
        secret_id, version_id = _parts(id)
        try:
            version = client.get_secret_value(SecretId=secret_id, VersionId=version_id)
        except ClientError as error:
            said = error.response["Error"]
            if said.get("Code") == "InvalidRequestException" and "delet" in said.get("Message", ""):
                raise Absent(f"{self.title} ({id}): its secret is deleted") from None
            raise
        found = {
            "arn": version["ARN"],
            "hasSecretStringWo": False,
            "secretArn": version["ARN"],
            "secretId": secret_id,
            "versionId": version["VersionId"],
            "versionStages": sorted(version.get("VersionStages") or ()),
        }
        if "SecretBinary" in version:
            return found | {"secretBinary": base64.b64encode(version["SecretBinary"]).decode()}
        return found | {"secretString": version["SecretString"]}

    def change(self, client: Any, id: str, changed: frozenset[str], inputs: PropertyMap, olds: PropertyMap) -> None:
        del changed
        secret_id, version_id = _parts(id)
        before, after = set(olds.get("versionStages") or ()), set(inputs.get("versionStages") or ())
        for stage in sorted(after - before):
            holder = self._holder(client, secret_id, stage)
            moved = {"RemoveFromVersionId": holder} if holder else {}
            client.update_secret_version_stage(
                SecretId=secret_id, VersionStage=stage, MoveToVersionId=version_id, **moved
            )
        gone = before - after - {_CURRENT}
        if _CURRENT in after - before:
            # AWS has moved AWSPREVIOUS to the version that was current before.
            gone.discard(_PREVIOUS)
        for stage in sorted(gone):
            client.update_secret_version_stage(SecretId=secret_id, VersionStage=stage, RemoveFromVersionId=version_id)

    @staticmethod
    def _holder(client: Any, secret_id: str, stage: str) -> str:
        versions = client.list_secret_version_ids(SecretId=secret_id)["Versions"]
        return next((v["VersionId"] for v in versions if stage in v.get("VersionStages", ())), "")

    def remove(self, client: Any, id: str, known: PropertyMap) -> None:
        found = self.find(client, id, known)
        secret_id, version_id = _parts(id)
        for stage in found["versionStages"]:
            if stage not in {_CURRENT, _PREVIOUS}:
                client.update_secret_version_stage(
                    SecretId=secret_id, VersionStage=stage, RemoveFromVersionId=version_id
                )


def _parts(id: str) -> tuple[str, str]:
    secret_id, bar, version_id = id.rpartition("|")
    if not bar:
        raise ProviderError(f"a secret version's id is SECRET|VERSION, got {id!r}")
    return secret_id, version_id
