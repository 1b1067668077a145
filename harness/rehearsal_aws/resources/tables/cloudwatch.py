"""``aws:cloudwatch``: rules of EventBridge and their targets, log groups, alarms."""

from __future__ import annotations

from typing import Any, Final

from rehearsal_aws.resources.table import Call, Table, Tagging, Update, same_json

__all__ = ["TABLES"]

_RULE: Final = {"Name": "{name}", "EventBusName": lambda p: p.get("eventBusName") or "default"}
_BY_ARN: Final = Tagging(
    read=Call("list_tags_for_resource", {"ResourceARN": "{arn}"}),
    found="Tags",
    add="tag_resource",
    remove="untag_resource",
    resource={"ResourceARN": "{arn}"},
)
_PUT_RULE: Final = Call(
    "put_rule",
    {
        **_RULE,
        "Description": "{description}",
        "ScheduleExpression": "{scheduleExpression}",
        "EventPattern": "{eventPattern}",
        "RoleArn": "{roleArn}",
        "State": lambda p: p.get("state") or "ENABLED",
    },
)
_TARGET: Final = {"Rule": "{rule}", "EventBusName": lambda p: p.get("eventBusName") or "default"}


def _target(properties: Any) -> list[dict[str, Any]]:
    names = {"Arn": "arn", "Input": "input", "InputPath": "inputPath", "RoleArn": "roleArn"}
    given = {name: properties[argument] for name, argument in names.items() if properties.get(argument)}
    return [{"Id": properties["targetId"], **given}]


def _named(kind: str) -> Any:
    return lambda response, p: next((one for one in response[kind] if one.get("Id") == p["targetId"]), None)


_ALARM: Final = {
    "alarmActions": "AlarmActions",
    "alarmDescription": "AlarmDescription",
    "actionsEnabled": "ActionsEnabled",
    "comparisonOperator": "ComparisonOperator",
    "datapointsToAlarm": "DatapointsToAlarm",
    "evaluationPeriods": "EvaluationPeriods",
    "insufficientDataActions": "InsufficientDataActions",
    "metricName": "MetricName",
    "namespace": "Namespace",
    "okActions": "OKActions",
    "period": "Period",
    "statistic": "Statistic",
    "threshold": "Threshold",
    "treatMissingData": "TreatMissingData",
    "unit": "Unit",
}
_PUT_ALARM: Final = Call(
    "put_metric_alarm",
    {
        "AlarmName": "{name}",
        "Dimensions": lambda p: [{"Name": k, "Value": v} for k, v in (p.get("dimensions") or {}).items()],
        **{name: f"{{{argument}}}" for argument, name in _ALARM.items()},
    },
)


def _logs_arn(response: Any, _: Any) -> str:
    return str(response["arn"]).removesuffix(":*")


def _rule_of(id_: str) -> dict[str, str]:
    """Parse the id ``RULE`` or ``BUS/RULE``."""
    bus, _, rule = id_.rpartition("/")
    return {"name": rule, "eventBusName": bus or "default"}


def _target_of(id_: str) -> dict[str, str]:
    """Parse the id ``RULE/TARGET`` or ``BUS/RULE/TARGET``."""
    *bus, rule, target = id_.split("/") if "/" in id_ else ("", "")
    return {"rule": rule, "targetId": target} | ({"eventBusName": "/".join(bus)} if bus else {}) if target else {}


TABLES: Final = (
    Table(
        type="aws:cloudwatch/eventBus:EventBus",
        title="EventBridge Bus",
        service="events",
        arguments=("name",),
        identity=("name",),
        auto_named="name",
        create=(Call("create_event_bus", {"Name": "{name}"}),),
        tags_at_create="Tags",
        id="{name}",
        read=Call("describe_event_bus", {"Name": "{id}"}),
        found="",
        outputs={"arn": "Arn", "name": "Name"},
        delete=(Call("delete_event_bus", {"Name": "{id}"}),),
        tagging=_BY_ARN,
    ),
    Table(
        type="aws:cloudwatch/eventRule:EventRule",
        title="EventBridge Rule",
        service="events",
        arguments=("name", "description", "scheduleExpression", "eventPattern", "roleArn", "state", "eventBusName"),
        identity=("name", "eventBusName"),
        defaults={"eventBusName": "default"},
        auto_named="name",
        longest_name=64,
        kept=("state",),
        create=(_PUT_RULE,),
        tags_at_create="Tags",
        id=lambda p: p["name"] if p["eventBusName"] == "default" else f"{p['eventBusName']}/{p['name']}",
        import_id=_rule_of,
        read=Call("describe_rule", _RULE),
        found="",
        outputs={
            "arn": "Arn",
            "name": "Name",
            "description": "Description",
            "scheduleExpression": "ScheduleExpression",
            "eventPattern": "EventPattern",
            "roleArn": "RoleArn",
            "state": "State",
            "eventBusName": "EventBusName",
        },
        same={"eventPattern": same_json},
        updates=(Update(("description", "scheduleExpression", "eventPattern", "roleArn", "state"), (_PUT_RULE,)),),
        delete=(Call("delete_rule", _RULE),),
        tagging=_BY_ARN,
    ),
    Table(
        type="aws:cloudwatch/eventTarget:EventTarget",
        title="EventBridge Target",
        service="events",
        arguments=("rule", "arn", "targetId", "eventBusName", "input", "inputPath", "roleArn"),
        required=("rule", "arn"),
        identity=("rule", "targetId", "eventBusName"),
        defaults={"eventBusName": "default"},
        auto_named="targetId",
        longest_name=64,
        create=(Call("put_targets", {**_TARGET, "Targets": _target}),),
        id=lambda p: "-".join(
            part for part in (p["eventBusName"], p["rule"], p["targetId"]) if part not in {"", "default"}
        ),
        import_id=_target_of,
        import_form="RULE/TARGET or BUS/RULE/TARGET",
        read=Call("list_targets_by_rule", _TARGET),
        found="",
        pick=_named("Targets"),
        outputs={
            "rule": "{rule}",
            "eventBusName": lambda _, p: p.get("eventBusName") or "default",
            "arn": "Arn",
            "targetId": "Id",
            "input": "Input",
            "inputPath": "InputPath",
            "roleArn": "RoleArn",
        },
        updates=(
            Update(("arn", "input", "inputPath", "roleArn"), (Call("put_targets", {**_TARGET, "Targets": _target}),)),
        ),
        delete=(Call("remove_targets", {**_TARGET, "Ids": lambda p: [p["targetId"]]}),),
    ),
    Table(
        type="aws:cloudwatch/logGroup:LogGroup",
        title="CloudWatch Log Group",
        service="logs",
        arguments=("name", "kmsKeyId", "retentionInDays", "logGroupClass"),
        identity=("name", "logGroupClass"),
        defaults={"retentionInDays": 0, "logGroupClass": "STANDARD"},
        auto_named="name",
        longest_name=512,
        local=("skipDestroy",),
        create=(
            Call("create_log_group", {"logGroupName": "{name}", "kmsKeyId": "{kmsKeyId}"}),
            Call(
                "put_retention_policy",
                {"logGroupName": "{name}", "retentionInDays": "{retentionInDays}"},
                when=lambda p: bool(p.get("retentionInDays")),
            ),
        ),
        tags_at_create="tags",
        id="{name}",
        read=Call("describe_log_groups", {"logGroupNamePrefix": "{id}"}),
        found="",
        pick=lambda response, p: next((one for one in response["logGroups"] if one["logGroupName"] == p["id"]), None),
        outputs={
            "arn": _logs_arn,
            "name": "logGroupName",
            "kmsKeyId": "kmsKeyId",
            "retentionInDays": lambda response, _: response.get("retentionInDays", 0),
            "logGroupClass": lambda response, p: response.get("logGroupClass") or p.get("logGroupClass") or "STANDARD",
        },
        updates=(
            Update(
                ("retentionInDays",),
                (
                    Call(
                        "put_retention_policy",
                        {"logGroupName": "{id}", "retentionInDays": "{retentionInDays}"},
                        when=lambda p: bool(p.get("retentionInDays")),
                    ),
                    Call(
                        "delete_retention_policy",
                        {"logGroupName": "{id}"},
                        when=lambda p: not p.get("retentionInDays"),
                    ),
                ),
            ),
        ),
        delete=(Call("delete_log_group", {"logGroupName": "{id}"}),),
        tagging=Tagging(
            read=Call("list_tags_for_resource", {"resourceArn": "{arn}"}),
            found="tags",
            add="tag_resource",
            remove="untag_resource",
            resource={"resourceArn": "{arn}"},
            tags="tags",
            keys="tagKeys",
            as_mapping=True,
        ),
    ),
    Table(
        type="aws:cloudwatch/metricAlarm:MetricAlarm",
        title="CloudWatch Metric Alarm",
        service="cloudwatch",
        arguments=("name", "dimensions", *_ALARM),
        required=("comparisonOperator", "evaluationPeriods"),
        identity=("name",),
        defaults={"actionsEnabled": True, "treatMissingData": "missing"},
        auto_named="name",
        create=(_PUT_ALARM,),
        tags_at_create="Tags",
        id="{name}",
        read=Call("describe_alarms", {"AlarmNames": lambda p: [p["id"]]}),
        found="MetricAlarms",
        outputs={
            "arn": "AlarmArn",
            "name": "AlarmName",
            **_ALARM,
            "dimensions": lambda response, _: {one["Name"]: one["Value"] for one in response.get("Dimensions") or ()},
        },
        updates=(Update(("dimensions", *_ALARM), (_PUT_ALARM,)),),
        delete=(Call("delete_alarms", {"AlarmNames": lambda p: [p["id"]]}),),
        tagging=_BY_ARN,
    ),
)
