"""``aws:scheduler``: schedules, such as one that rotates a key each night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from rehearsal_aws.argument_rules import a_time, one_of_enum
from rehearsal_aws.resources.table import Call, Table, Update

__all__ = ["TABLES"]

_DEFAULT_GROUP: Final = "default"
_NAME_ARGUMENTS: Final = {
    "Name": lambda p: p["id"].rpartition("/")[2],
    "GroupName": lambda p: p["id"].rpartition("/")[0],
}
# Members whose names in pulumi-aws differ from AWS's in more than the case of the first letter.
_SPECIAL_NAMES: Final = {
    "securityGroups": "SecurityGroups",
    "subnets": "Subnets",
    "placementConstraints": "PlacementConstraints",
    "placementStrategies": "PlacementStrategy",
    "pipelineParameters": "PipelineParameterList",
    "capacityProviderStrategies": "capacityProviderStrategy",
}
_SAME_NAMES: Final = frozenset({"base", "capacityProvider", "weight", "expression", "type", "field"})


def _with_aws_names(value: Any) -> Any:
    """Return a nested value with AWS's names for its members."""
    if isinstance(value, dict):
        return {_aws_name(name): _with_aws_names(item) for name, item in value.items() if item is not None}
    return [_with_aws_names(item) for item in value] if isinstance(value, list) else value


def _aws_name(name: str) -> str:
    return name if name in _SAME_NAMES else _SPECIAL_NAMES.get(name, name[:1].upper() + name[1:])


def _target(properties: Mapping[str, Any]) -> dict[str, Any]:
    target: dict[str, Any] = _with_aws_names(properties["target"])
    ecs = target.get("EcsParameters", {})
    if "NetworkConfiguration" in ecs:
        network = ecs["NetworkConfiguration"]
        if "AssignPublicIp" in network:
            network["AssignPublicIp"] = "ENABLED" if network["AssignPublicIp"] else "DISABLED"
        ecs["NetworkConfiguration"] = {"awsvpcConfiguration": network}
    return target


def _read_target(response: Mapping[str, Any], properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the target in pulumi-aws's form: the program's members, with AWS's values where moto returns them."""
    found = response["Target"]
    told = {
        "arn": found["Arn"],
        "roleArn": found["RoleArn"],
        "input": found.get("Input"),
        "retryPolicy": {
            "maximumEventAgeInSeconds": found["RetryPolicy"]["MaximumEventAgeInSeconds"],
            "maximumRetryAttempts": found["RetryPolicy"]["MaximumRetryAttempts"],
        }
        if "RetryPolicy" in found
        else None,
        "deadLetterConfig": {"arn": found["DeadLetterConfig"]["Arn"]} if "DeadLetterConfig" in found else None,
    }
    said = properties.get("target") or {}
    return {name: value for name, value in {**said, **told}.items() if value is not None}


def _same_target(new: Mapping[str, Any], old: Mapping[str, Any]) -> bool:
    # Compared separately: AWS adds a retry policy if the program gives none.
    def plain(target: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in target.items() if value is not None and name != "retryPolicy"}

    retries = new.get("retryPolicy")
    return plain(new) == plain(old) and (not retries or retries.items() <= (old.get("retryPolicy") or {}).items())


def _window(response: Mapping[str, Any], _: Any) -> dict[str, Any]:
    found = response["FlexibleTimeWindow"]
    window = {"mode": found["Mode"], "maximumWindowInMinutes": found.get("MaximumWindowInMinutes")}
    return {name: value for name, value in window.items() if value is not None}


def _time(name: str) -> Any:
    return lambda p: dt.datetime.fromisoformat(p[name]) if p.get(name) else None


def _read_time(name: str) -> Any:
    def read(response: Mapping[str, Any], _: Any) -> str | None:
        return response[name].astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if response.get(name) else None

    return read


def _same_time(new: Any, old: Any) -> bool:
    return dt.datetime.fromisoformat(new) == dt.datetime.fromisoformat(old)


_SETTINGS: Final = {
    "ActionAfterCompletion": "{actionAfterCompletion}",
    "Description": "{description}",
    "EndDate": _time("endDate"),
    "FlexibleTimeWindow": lambda p: _with_aws_names(p["flexibleTimeWindow"]),
    "KmsKeyArn": "{kmsKeyArn}",
    "ScheduleExpression": "{scheduleExpression}",
    "ScheduleExpressionTimezone": "{scheduleExpressionTimezone}",
    "StartDate": _time("startDate"),
    "State": "{state}",
    "Target": _target,
}
_CHANGEABLE: Final = (
    "actionAfterCompletion",
    "description",
    "endDate",
    "flexibleTimeWindow",
    "kmsKeyArn",
    "scheduleExpression",
    "scheduleExpressionTimezone",
    "startDate",
    "state",
    "target",
)

TABLES: Final = (
    Table(
        type="aws:scheduler/schedule:Schedule",
        title="EventBridge Scheduler Schedule",
        service="scheduler",
        arguments=("groupName", "name", *_CHANGEABLE),
        required=("flexibleTimeWindow", "scheduleExpression", "target"),
        identity=("groupName", "name"),
        defaults={
            "actionAfterCompletion": "NONE",
            "groupName": _DEFAULT_GROUP,
            "scheduleExpressionTimezone": "UTC",
            "state": "ENABLED",
        },
        rules={
            "actionAfterCompletion": one_of_enum("scheduler", "ActionAfterCompletion"),
            "endDate": a_time,
            "startDate": a_time,
            "state": one_of_enum("scheduler", "ScheduleState"),
        },
        auto_named="name",
        longest_name=64,
        create=(Call("create_schedule", {"Name": "{name}", "GroupName": "{groupName}", **_SETTINGS}),),
        id="{groupName}/{name}",
        read=Call("get_schedule", _NAME_ARGUMENTS),
        found="",
        outputs={
            "actionAfterCompletion": lambda response, _: response.get("ActionAfterCompletion", "NONE"),
            "arn": "Arn",
            "description": "Description",
            "endDate": _read_time("EndDate"),
            "flexibleTimeWindow": _window,
            "groupName": "GroupName",
            "kmsKeyArn": "KmsKeyArn",
            "name": "Name",
            "scheduleExpression": "ScheduleExpression",
            "scheduleExpressionTimezone": "ScheduleExpressionTimezone",
            "startDate": _read_time("StartDate"),
            "state": "State",
            "target": _read_target,
        },
        same={"target": _same_target, "endDate": _same_time, "startDate": _same_time},
        updates=(Update(_CHANGEABLE, (Call("update_schedule", {**_NAME_ARGUMENTS, **_SETTINGS}),)),),
        delete=(Call("delete_schedule", _NAME_ARGUMENTS),),
    ),
)
