"""``aws:iam``: roles, users, policies and access keys."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any, Final
from urllib.parse import unquote

from rehearsal_aws.argument_rules import matching
from rehearsal_aws.resources.table import Call, Table, Tagging, Update, json_at, same_json

__all__ = ["TABLES"]

_ROLE: Final = {"RoleName": "{id}"}
_USER: Final = {"UserName": "{id}"}
_ABSENT: Final = ("NoSuchEntity",)


def _time(path: str) -> Any:
    return lambda response, _: response[path].strftime("%Y-%m-%dT%H:%M:%SZ")


def _document(response: Any, _: Any) -> str:
    found = response["PolicyDocument"]
    return unquote(found) if isinstance(found, str) else json.dumps(found)


def _versioned(response: Any, properties: Any) -> str:
    version = properties["client"].get_policy_version(
        PolicyArn=properties["id"], VersionId=response["DefaultVersionId"]
    )
    return json.dumps(version["PolicyVersion"]["Document"])


def _new_version(properties: Any) -> str:
    client, arn = properties["client"], properties["id"]
    for version in client.list_policy_versions(PolicyArn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            client.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
    return str(properties["policy"])


def _split_id(id_: str) -> tuple[str, str]:
    first, _, second = id_.partition(":" if ":" in id_ and "arn:" not in id_ else "/")
    return first, second


def _if_listed(attached: list[dict[str, str]], arn: str) -> str | None:
    return arn if arn in [policy["PolicyArn"] for policy in attached] else None


def _without_versions(properties: Any) -> str:
    _new_version({"policy": "", **properties})
    return str(properties["id"])


def _owner(properties: Any) -> str:
    """Return the user of an access key, looked up for an import, which has only the key's id."""
    found = (
        properties.get("user")
        or properties["client"].get_access_key_last_used(AccessKeyId=properties["id"])["UserName"]
    )
    return str(found)


def _smtp_password(secret: str, region: str) -> str:
    """Return the SMTP password of Amazon SES that is derived from the secret of an access key."""
    key = f"AWS4{secret}".encode()
    for part in ("11111111", region, "ses", "aws4_request", "SendRawEmail"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return base64.b64encode(b"\x04" + key).decode()


def _smtp_password_there(response: Any, properties: Any) -> str | None:
    del response
    secret = properties.get("secret")
    return _smtp_password(secret, properties["region"]) if secret else None


TABLES: Final = (
    Table(
        type="aws:iam/accessKey:AccessKey",
        title="IAM Access Key",
        service="iam",
        arguments=("user", "status"),
        required=("user",),
        identity=("user", "pgpKey"),
        rules={"status": matching("Active|Inactive", "Active or Inactive")},
        defaults={"status": "Active"},
        create=(
            Call("create_access_key", {"UserName": "{user}"}),
            Call(
                "update_access_key",
                {"UserName": "{user}", "AccessKeyId": "{id}", "Status": "{status}"},
                when=lambda p: p["status"] != "Active",
            ),
        ),
        id="{AccessKeyId}",
        create_only_outputs={"secret": "SecretAccessKey"},
        read=Call("list_access_keys", {"UserName": _owner}),
        found="AccessKeyMetadata",
        pick=lambda keys, p: next((key for key in keys if key["AccessKeyId"] == p["id"]), None),
        outputs={
            "createDate": _time("CreateDate"),
            "sesSmtpPasswordV4": _smtp_password_there,
            "status": "Status",
            "user": "UserName",
        },
        omitted_outputs=("encryptedSecret", "encryptedSesSmtpPasswordV4", "keyFingerprint"),
        updates=(
            Update(
                ("status",),
                (Call("update_access_key", {"UserName": "{user}", "AccessKeyId": "{id}", "Status": "{status}"}),),
            ),
        ),
        delete=(Call("delete_access_key", {"UserName": "{user}", "AccessKeyId": "{id}"}),),
        absent=_ABSENT,
    ),
    Table(
        type="aws:iam/role:Role",
        title="IAM Role",
        service="iam",
        arguments=("name", "assumeRolePolicy", "description", "maxSessionDuration", "path", "permissionsBoundary"),
        required=("assumeRolePolicy",),
        identity=("name", "path"),
        defaults={"path": "/", "maxSessionDuration": 3600},
        auto_named="name",
        longest_name=64,
        local=("forceDetachPolicies",),
        create=(
            Call(
                "create_role",
                {
                    "RoleName": "{name}",
                    "AssumeRolePolicyDocument": "{assumeRolePolicy}",
                    "Description": "{description}",
                    "MaxSessionDuration": "{maxSessionDuration}",
                    "Path": "{path}",
                    "PermissionsBoundary": "{permissionsBoundary}",
                },
            ),
        ),
        tags_at_create="Tags",
        id="{name}",
        read=Call("get_role", _ROLE),
        found="Role",
        outputs={
            "arn": "Arn",
            "name": "RoleName",
            "uniqueId": "RoleId",
            "createDate": _time("CreateDate"),
            "assumeRolePolicy": json_at("AssumeRolePolicyDocument"),
            "description": "Description",
            "maxSessionDuration": "MaxSessionDuration",
            "path": "Path",
            "permissionsBoundary": "PermissionsBoundary.PermissionsBoundaryArn",
        },
        same={"assumeRolePolicy": same_json},
        updates=(
            Update(
                ("assumeRolePolicy",),
                (Call("update_assume_role_policy", {**_ROLE, "PolicyDocument": "{assumeRolePolicy}"}),),
            ),
            Update(
                ("description", "maxSessionDuration"),
                (
                    Call(
                        "update_role",
                        {
                            **_ROLE,
                            "Description": lambda p: p.get("description") or "",
                            "MaxSessionDuration": "{maxSessionDuration}",
                        },
                    ),
                ),
            ),
            Update(
                ("permissionsBoundary",),
                (
                    Call(
                        "put_role_permissions_boundary",
                        {**_ROLE, "PermissionsBoundary": "{permissionsBoundary}"},
                        when=lambda p: bool(p.get("permissionsBoundary")),
                    ),
                    Call("delete_role_permissions_boundary", _ROLE, when=lambda p: not p.get("permissionsBoundary")),
                ),
            ),
        ),
        delete=(Call("delete_role", _ROLE),),
        tagging=Tagging(
            read=Call("list_role_tags", _ROLE),
            found="Tags",
            add="tag_role",
            remove="untag_role",
            resource=_ROLE,
        ),
        absent=_ABSENT,
    ),
    Table(
        type="aws:iam/rolePolicy:RolePolicy",
        title="IAM Role Policy",
        service="iam",
        arguments=("name", "role", "policy"),
        required=("role", "policy"),
        identity=("name", "role"),
        auto_named="name",
        create=(Call("put_role_policy", {"RoleName": "{role}", "PolicyName": "{name}", "PolicyDocument": "{policy}"}),),
        id="{role}:{name}",
        import_id=lambda id_: dict(zip(("role", "name"), halves, strict=True)) if (halves := _split_id(id_))[1] else {},
        import_form="ROLE:POLICY",
        read=Call("get_role_policy", {"RoleName": "{role}", "PolicyName": "{name}"}),
        found="",
        outputs={"role": "RoleName", "name": "PolicyName", "policy": _document},
        same={"policy": same_json},
        updates=(
            Update(
                ("policy",),
                (
                    Call(
                        "put_role_policy", {"RoleName": "{role}", "PolicyName": "{name}", "PolicyDocument": "{policy}"}
                    ),
                ),
            ),
        ),
        delete=(Call("delete_role_policy", {"RoleName": "{role}", "PolicyName": "{name}"}),),
        absent=_ABSENT,
    ),
    Table(
        type="aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        title="IAM Role Policy Attachment",
        service="iam",
        arguments=("role", "policyArn"),
        required=("role", "policyArn"),
        identity=("role", "policyArn"),
        create=(Call("attach_role_policy", {"RoleName": "{role}", "PolicyArn": "{policyArn}"}),),
        id="{role}/{policyArn}",
        import_id=lambda id_: dict(zip(("role", "policyArn"), id_.split("/", 1), strict=True)),
        import_form="ROLE/POLICY_ARN",
        read=Call("list_attached_role_policies", {"RoleName": "{role}"}),
        found="",
        outputs={
            "role": "{role}",
            "policyArn": lambda response, p: _if_listed(response["AttachedPolicies"], p["policyArn"]),
        },
        delete=(Call("detach_role_policy", {"RoleName": "{role}", "PolicyArn": "{policyArn}"}),),
        absent=_ABSENT,
    ),
    Table(
        type="aws:iam/policy:Policy",
        title="IAM Policy",
        service="iam",
        arguments=("name", "policy", "description", "path"),
        required=("policy",),
        identity=("name", "description", "path"),
        defaults={"path": "/"},
        auto_named="name",
        create=(
            Call(
                "create_policy",
                {
                    "PolicyName": "{name}",
                    "PolicyDocument": "{policy}",
                    "Description": "{description}",
                    "Path": "{path}",
                },
            ),
        ),
        tags_at_create="Tags",
        id="{Arn}",
        read=Call("get_policy", {"PolicyArn": "{id}"}),
        found="Policy",
        outputs={
            "arn": "Arn",
            "name": "PolicyName",
            "policyId": "PolicyId",
            "attachmentCount": "AttachmentCount",
            "description": "Description",
            "path": "Path",
            "policy": _versioned,
        },
        same={"policy": same_json},
        updates=(
            Update(
                ("policy",),
                (
                    Call(
                        "create_policy_version",
                        {"PolicyArn": "{id}", "PolicyDocument": _new_version, "SetAsDefault": True},
                    ),
                ),
            ),
        ),
        delete=(Call("delete_policy", {"PolicyArn": _without_versions}),),
        tagging=Tagging(
            read=Call("list_policy_tags", {"PolicyArn": "{id}"}),
            found="Tags",
            add="tag_policy",
            remove="untag_policy",
            resource={"PolicyArn": "{id}"},
        ),
        absent=_ABSENT,
    ),
    Table(
        type="aws:iam/user:User",
        title="IAM User",
        service="iam",
        arguments=("name", "path", "permissionsBoundary"),
        identity=("name",),
        defaults={"path": "/"},
        auto_named="name",
        longest_name=64,
        local=("forceDestroy",),
        create=(
            Call(
                "create_user", {"UserName": "{name}", "Path": "{path}", "PermissionsBoundary": "{permissionsBoundary}"}
            ),
        ),
        tags_at_create="Tags",
        id="{name}",
        read=Call("get_user", _USER),
        found="User",
        outputs={"arn": "Arn", "name": "UserName", "path": "Path", "uniqueId": "UserId"},
        updates=(Update(("path",), (Call("update_user", {**_USER, "NewPath": "{path}"}),)),),
        delete=(Call("delete_user", _USER),),
        tagging=Tagging(
            read=Call("list_user_tags", _USER),
            found="Tags",
            add="tag_user",
            remove="untag_user",
            resource=_USER,
        ),
        absent=_ABSENT,
    ),
)
