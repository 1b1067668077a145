"""``aws:lambda``: functions (which never run), permissions and event source mappings."""

from __future__ import annotations

import json
from typing import Any, Final

from rehearsal_aws.assets import zipped
from rehearsal_aws.resources.table import Call, Table, Tagging, Update

__all__ = ["TABLES"]

_FUNCTION: Final = {"FunctionName": "{id}"}
_SETTINGS: Final = {
    "description": "Description",
    "handler": "Handler",
    "memorySize": "MemorySize",
    "role": "Role",
    "runtime": "Runtime",
    "timeout": "Timeout",
}


def _variables(properties: Any) -> dict[str, Any] | None:
    given = properties.get("environment") or {}
    variables = {name: value for name, value in (given.get("variables") or {}).items() if value is not None}
    return {"Variables": variables} if given else None


def _same_environment(new: Any, old: Any) -> bool:
    """Whether two environments are the same. A null variable counts as missing."""
    return (_variables({"environment": new}) or {}) == (_variables({"environment": old}) or {})


def _code(properties: Any) -> dict[str, Any]:
    if properties.get("imageUri"):
        return {"ImageUri": properties["imageUri"]}
    if properties.get("s3Bucket"):
        return {"S3Bucket": properties["s3Bucket"], "S3Key": properties.get("s3Key")}
    return {"ZipFile": zipped(properties.get("code"))}


def _environment(response: Any, _: Any) -> Any:
    variables = (response.get("Environment") or {}).get("Variables")
    return {"variables": variables} if variables else None


def _invoke_arn(response: Any, properties: Any) -> str:
    return (
        f"arn:aws:apigateway:{properties['region']}:lambda:path/2015-03-31/functions/"
        f"{_unversioned(response['FunctionArn'])}/invocations"
    )


def _unversioned(arn: str) -> str:
    return ":".join(arn.split(":")[:7])


def _statement(response: Any, properties: Any) -> Any:
    statements = json.loads(response["Policy"])["Statement"]
    return next((one for one in statements if one["Sid"] == properties["statementId"]), None)


def _principal(response: Any, _: Any) -> Any:
    found = response["Principal"]
    return found if isinstance(found, str) else next(iter(found.values()))


def _condition(test: str, key: str) -> Any:
    return lambda response, _: ((response.get("Condition") or {}).get(test) or {}).get(key)


def _bare_name(function: str) -> str:
    """Return the name of a function, from its name or its ARN."""
    return function.partition(":function:")[2] or function


def _function_name(properties: Any) -> str:
    return str(properties["function"])


TABLES: Final = (
    Table(
        type="aws:lambda/function:Function",
        title="Lambda Function",
        service="lambda",
        arguments=("name", "environment", "layers", "packageType", "publish", *_SETTINGS),
        required=("role",),
        identity=("name", "packageType"),
        defaults={"memorySize": 128, "timeout": 3, "packageType": "Zip", "publish": False},
        auto_named="name",
        longest_name=64,
        local=("code", "imageUri", "s3Bucket", "s3Key", "sourceCodeHash", "skipDestroy"),
        create=(
            Call(
                "create_function",
                {
                    "FunctionName": "{name}",
                    "Code": _code,
                    "PackageType": "{packageType}",
                    "Publish": "{publish}",
                    "Environment": _variables,
                    "Layers": "{layers}",
                    **{name: f"{{{argument}}}" for argument, name in _SETTINGS.items()},
                },
            ),
        ),
        tags_at_create="Tags",
        id="{name}",
        read=Call("get_function_configuration", _FUNCTION),
        found="",
        outputs={
            "arn": lambda response, _: _unversioned(response["FunctionArn"]),
            "name": "FunctionName",
            "invokeArn": _invoke_arn,
            "qualifiedArn": lambda response, _: f"{_unversioned(response['FunctionArn'])}:{response['Version']}",
            "version": "Version",
            "codeSha256": "CodeSha256",
            "sourceCodeSize": "CodeSize",
            "lastModified": "LastModified",
            "environment": _environment,
            "layers": lambda response, _: [one["Arn"] for one in response.get("Layers") or ()] or None,
            "packageType": lambda response, _: response.get("PackageType") or "Zip",
            "publish": lambda _, p: bool(p.get("publish")),
            **_SETTINGS,
        },
        same={"environment": _same_environment},
        volatile=("codeSha256", "lastModified", "sourceCodeSize", "version", "qualifiedArn"),
        updates=(
            Update(
                ("environment", "layers", *_SETTINGS),
                (
                    Call(
                        "update_function_configuration",
                        {
                            **_FUNCTION,
                            "Environment": lambda p: _variables(p) or {"Variables": {}},
                            "Layers": lambda p: p.get("layers") or None,
                            **{name: f"{{{argument}}}" for argument, name in _SETTINGS.items()},
                        },
                    ),
                ),
            ),
        ),
        write_only_updates=(
            ("code", "imageUri", "s3Bucket", "s3Key", "sourceCodeHash"),
            (Call("update_function_code", {**_FUNCTION, "ZipFile": lambda p: _code(p).get("ZipFile")}),),
        ),
        delete=(Call("delete_function", _FUNCTION),),
        tagging=Tagging(
            read=Call("list_tags", {"Resource": "{arn}"}),
            found="Tags",
            add="tag_resource",
            remove="untag_resource",
            resource={"Resource": "{arn}"},
            as_mapping=True,
        ),
    ),
    Table(
        type="aws:lambda/permission:Permission",
        title="Lambda Permission",
        service="lambda",
        arguments=("action", "function", "principal", "statementId", "sourceArn", "sourceAccount"),
        required=("action", "function", "principal"),
        identity=("action", "function", "principal", "statementId", "sourceArn", "sourceAccount"),
        auto_named="statementId",
        longest_name=100,
        create=(
            Call(
                "add_permission",
                {
                    "FunctionName": "{function}",
                    "StatementId": "{statementId}",
                    "Action": "{action}",
                    "Principal": "{principal}",
                    "SourceArn": "{sourceArn}",
                    "SourceAccount": "{sourceAccount}",
                },
            ),
        ),
        id="{statementId}",
        import_id=lambda id_: (
            dict(zip(("function", "statementId"), id_.rsplit("/", 1), strict=True)) if "/" in id_ else {}
        ),
        import_form="FUNCTION/STATEMENT",
        read=Call("get_policy", {"FunctionName": _function_name}),
        found="",
        pick=_statement,
        outputs={
            "action": "Action",
            "function": "{function}",
            "principal": lambda response, p: p.get("principal") or _principal(response, p),
            "statementId": "Sid",
            "sourceArn": _condition("ArnLike", "AWS:SourceArn"),
            "sourceAccount": _condition("StringEquals", "AWS:SourceAccount"),
        },
        delete=(Call("remove_permission", {"FunctionName": "{function}", "StatementId": "{statementId}"}),),
    ),
    Table(
        type="aws:lambda/eventSourceMapping:EventSourceMapping",
        title="Lambda Event Source Mapping",
        service="lambda",
        arguments=("eventSourceArn", "functionName", "batchSize", "enabled"),
        required=("functionName",),
        identity=("eventSourceArn",),
        defaults={"enabled": True},
        kept=("batchSize",),
        create=(
            Call(
                "create_event_source_mapping",
                {
                    "EventSourceArn": "{eventSourceArn}",
                    "FunctionName": "{functionName}",
                    "BatchSize": "{batchSize}",
                    "Enabled": "{enabled}",
                    "StartingPosition": "{startingPosition}",
                },
            ),
        ),
        id="{UUID}",
        read=Call("get_event_source_mapping", {"UUID": "{id}"}),
        found="",
        outputs={
            "uuid": "{id}",
            "eventSourceArn": "EventSourceArn",
            "functionArn": "FunctionArn",
            "functionName": lambda response, p: p.get("functionName") or response["FunctionArn"],
            "batchSize": "BatchSize",
            "enabled": lambda response, _: response["State"] in {"Enabled", "Creating", "Enabling"},
            "state": "State",
        },
        volatile=("state",),
        same={"functionName": lambda new, old: _bare_name(new) == _bare_name(old)},
        updates=(
            Update(
                ("batchSize", "enabled", "functionName"),
                (
                    Call(
                        "update_event_source_mapping",
                        {
                            "UUID": "{id}",
                            "BatchSize": "{batchSize}",
                            "Enabled": "{enabled}",
                            "FunctionName": "{functionName}",
                        },
                    ),
                ),
            ),
        ),
        delete=(Call("delete_event_source_mapping", {"UUID": "{id}"}),),
    ),
)
