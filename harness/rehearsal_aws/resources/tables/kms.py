"""``aws:kms``: keys and their aliases."""

from __future__ import annotations

from typing import Any, Final

from rehearsal_aws.argument_rules import matching
from rehearsal_aws.resources.table import Call, Table, Tagging, Update, same_json

__all__ = ["TABLES"]

_KEY: Final = {"KeyId": "{id}"}


def _policy(_: Any, properties: Any) -> Any:
    return properties["client"].get_key_policy(KeyId=properties["id"], PolicyName="default")["Policy"]


def _rotates(_: Any, properties: Any) -> bool:
    return bool(properties["client"].get_key_rotation_status(KeyId=properties["id"])["KeyRotationEnabled"])


def _there(response: Any, _: Any) -> Any:
    # A key with a scheduled deletion does not exist, as in pulumi-aws.
    return None if response["KeyState"] == "PendingDeletion" else response["KeyId"]


def _alias(response: Any, properties: Any) -> Any:
    return next((one for one in response["Aliases"] if one["AliasName"] == properties["id"]), None)


TABLES: Final = (
    Table(
        type="aws:kms/key:Key",
        title="KMS Key",
        service="kms",
        arguments=("description", "keyUsage", "customerMasterKeySpec", "multiRegion", "policy", "enableKeyRotation"),
        identity=("keyUsage", "customerMasterKeySpec", "multiRegion"),
        defaults={"keyUsage": "ENCRYPT_DECRYPT", "customerMasterKeySpec": "SYMMETRIC_DEFAULT"},
        kept=("policy", "multiRegion", "description"),
        local=("deletionWindowInDays", "bypassPolicyLockoutSafetyCheck"),
        create=(
            Call(
                "create_key",
                {
                    "Description": "{description}",
                    "KeyUsage": "{keyUsage}",
                    "KeySpec": "{customerMasterKeySpec}",
                    "MultiRegion": "{multiRegion}",
                    "Policy": "{policy}",
                },
            ),
            Call("enable_key_rotation", _KEY, when=lambda p: bool(p.get("enableKeyRotation"))),
        ),
        tags_at_create="Tags",
        id="{KeyId}",
        read=Call("describe_key", _KEY),
        found="KeyMetadata",
        # A key with a scheduled deletion does not exist, as in pulumi-aws.
        pick=lambda key, _: None if key["KeyState"].startswith("Pending") else key,
        outputs={
            "arn": "Arn",
            "keyId": _there,
            "description": "Description",
            "keyUsage": "KeyUsage",
            "customerMasterKeySpec": "KeySpec",
            "multiRegion": "MultiRegion",
            "policy": _policy,
            "enableKeyRotation": _rotates,
        },
        same={"policy": same_json},
        updates=(
            Update(
                ("description",),
                (Call("update_key_description", {**_KEY, "Description": lambda p: p.get("description") or ""}),),
            ),
            Update(("policy",), (Call("put_key_policy", {**_KEY, "PolicyName": "default", "Policy": "{policy}"}),)),
            Update(
                ("enableKeyRotation",),
                (
                    Call("enable_key_rotation", _KEY, when=lambda p: bool(p.get("enableKeyRotation"))),
                    Call("disable_key_rotation", _KEY, when=lambda p: not p.get("enableKeyRotation")),
                ),
            ),
        ),
        delete=(
            Call(
                "schedule_key_deletion",
                {**_KEY, "PendingWindowInDays": lambda p: p.get("deletionWindowInDays") or 30},
            ),
        ),
        tagging=Tagging(
            read=Call("list_resource_tags", _KEY),
            found="Tags",
            add="tag_resource",
            remove="untag_resource",
            resource=_KEY,
            key="TagKey",
            value="TagValue",
        ),
        absent=("NotFoundException",),
    ),
    Table(
        type="aws:kms/alias:Alias",
        title="KMS Alias",
        service="kms",
        arguments=("name", "targetKeyId"),
        required=("targetKeyId",),
        identity=("name",),
        auto_named="name",
        full_name=lambda name, _: name if name.startswith("alias/") else f"alias/{name}",
        rules={"name": matching(r"alias/[0-9A-Za-z/_-]+", "alias/ and letters, digits, and any of /_-")},
        create=(Call("create_alias", {"AliasName": "{name}", "TargetKeyId": "{targetKeyId}"}),),
        id="{name}",
        read=Call("list_aliases", {}),
        found="",
        pick=_alias,
        outputs={
            "arn": "AliasArn",
            "name": "AliasName",
            "targetKeyId": "TargetKeyId",
            "targetKeyArn": lambda response, p: p["client"].describe_key(KeyId=response["TargetKeyId"])["KeyMetadata"][
                "Arn"
            ],
        },
        same={"targetKeyId": lambda new, old: new.rpartition("/")[2] == old.rpartition("/")[2]},
        updates=(
            Update(("targetKeyId",), (Call("update_alias", {"AliasName": "{id}", "TargetKeyId": "{targetKeyId}"}),)),
        ),
        delete=(Call("delete_alias", {"AliasName": "{id}"}),),
        absent=("NotFoundException",),
    ),
)
