"""``aws:kinesis``: streams."""

from __future__ import annotations

from typing import Any, Final

from rehearsal_aws.resources.table import Call, Table, Tagging, Update

__all__ = ["TABLES"]

_STREAM: Final = {"StreamName": "{name}"}
_DEFAULT_HOURS: Final = 24


def _hours(more: bool) -> Any:
    def changes(properties: Any) -> bool:
        before = properties.get("olds", {}).get("retentionPeriod", _DEFAULT_HOURS)
        now = properties.get("retentionPeriod") or _DEFAULT_HOURS
        return bool(now > before if more else now < before)

    return changes


_MORE: Final = Call(
    "increase_stream_retention_period",
    {**_STREAM, "RetentionPeriodHours": "{retentionPeriod}"},
    when=_hours(more=True),
)
_LESS: Final = Call(
    "decrease_stream_retention_period",
    {**_STREAM, "RetentionPeriodHours": "{retentionPeriod}"},
    when=_hours(more=False),
)

TABLES: Final = (
    Table(
        type="aws:kinesis/stream:Stream",
        title="Kinesis Stream",
        service="kinesis",
        arguments=("name", "shardCount", "retentionPeriod"),
        identity=("name",),
        defaults={"retentionPeriod": _DEFAULT_HOURS},
        kept=("shardCount",),
        auto_named="name",
        longest_name=128,
        create=(
            Call("create_stream", {**_STREAM, "ShardCount": lambda p: p.get("shardCount") or 1}),
            _MORE,
        ),
        id=lambda p: f"arn:aws:kinesis:{p['region']}:{p['account']}:stream/{p['name']}",
        import_id=lambda id_: {"name": id_.rpartition("/")[2]},
        read=Call("describe_stream_summary", _STREAM),
        found="StreamDescriptionSummary",
        outputs={
            "arn": "StreamARN",
            "name": "StreamName",
            "shardCount": "OpenShardCount",
            "retentionPeriod": "RetentionPeriodHours",
        },
        updates=(
            Update(
                ("shardCount",),
                (
                    Call(
                        "update_shard_count",
                        {**_STREAM, "TargetShardCount": "{shardCount}", "ScalingType": "UNIFORM_SCALING"},
                    ),
                ),
            ),
            Update(("retentionPeriod",), (_MORE, _LESS)),
        ),
        delete=(Call("delete_stream", {**_STREAM, "EnforceConsumerDeletion": True}),),
        tagging=Tagging(
            read=Call("list_tags_for_stream", _STREAM),
            found="Tags",
            add="add_tags_to_stream",
            remove="remove_tags_from_stream",
            resource=_STREAM,
            as_mapping=True,
        ),
    ),
)
