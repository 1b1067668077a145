"""The public types of ivs_stream_key: mypy checks this file, which is never run."""

from collections.abc import Mapping
from typing import Any, assert_type

import pulumi
import pulumi.dynamic

import ivs_stream_key
from ivs_stream_key import Connection, StreamKey, StreamKeyError, errors
from ivs_stream_key.provider import StreamKeyProvider


def resource(arn: pulumi.Output[str], choice: pulumi.Output[str]) -> None:
    key = StreamKey("live", "arn:…")
    assert_type(key, StreamKey)
    StreamKey("live", arn)
    StreamKey(
        "live",
        channel_arn=arn,
        tags={"team": "live", "channel": arn},
        rotation_triggers={"season": 1, "leak": arn, "all": [1, {"b": True}]},
        rotation_days=30,
        existing_key="adopt",
        when_live="stop",
        deletion_protection=True,
        opts=pulumi.ResourceOptions(protect=True),
    )
    StreamKey("live", arn, tags=pulumi.Output.from_input({"team": "live"}), existing_key=choice)
    StreamKey("live", arn, {"team": "live"})  # type: ignore[call-arg]  # only the channel is positional
    StreamKey("live", arn, rotation_days="30")  # type: ignore[arg-type]
    StreamKey("live", 1)  # type: ignore[arg-type]
    StreamKey("live", arn, tags={"team": 1})  # type: ignore[dict-item]
    StreamKey("live")  # type: ignore[call-arg]

    StreamKey("vod", arn, connection=Connection(profile="vod", assume_roles=[{"role_arn": arn, "duration": "1h"}]))
    StreamKey("vod", arn, connection={"max_retries": 3, "endpoints": [{"ivs": "https://…"}]})
    settings = {"profile": "vod", "max_retries": 3}
    StreamKey("vod", arn, connection=settings)
    StreamKey("vod", arn, connection=pulumi.Output.from_input(settings))
    Connection(retries=3)  # type: ignore[typeddict-unknown-key]
    Connection(profile=1)  # type: ignore[typeddict-item]

    assert_type(key.arn, pulumi.Output[str])
    assert_type(key.id, pulumi.Output[str])
    assert_type(key.value, pulumi.Output[str])
    assert_type(key.channel_arn, pulumi.Output[str])
    assert_type(key.tags, pulumi.Output[Mapping[str, str]])
    assert_type(key.tags_all, pulumi.Output[Mapping[str, str]])
    assert_type(key.connection, pulumi.Output[Mapping[str, Any] | None])
    assert_type(key.created_at, pulumi.Output[str | None])
    assert_type(key.rotation_triggers, pulumi.Output[Mapping[str, Any] | None])
    assert_type(key.existing_key, pulumi.Output[str | None])
    assert_type(key.rotation_days, pulumi.Output[float | None])
    assert_type(key.rotation_due_at, pulumi.Output[str | None])
    assert_type(key.when_live, pulumi.Output[str | None])
    assert_type(key.deletion_protection, pulumi.Output[bool | None])


def existing(arn: pulumi.Output[str]) -> None:
    assert_type(StreamKey.get("existing", arn), StreamKey)
    assert_type(StreamKey.get("existing", "arn:…", pulumi.ResourceOptions()), StreamKey)
    assert_type(StreamKey.get("existing", arn, connection={"profile": "vod"}), StreamKey)


def failure(error: StreamKeyError) -> None:
    assert_type(error.summary, str)
    assert_type(error.remedy, str)
    assert_type(error.resource, str | None)
    assert_type(error.aws, errors.AwsAnswer | None)
    assert_type(error.expected, str | None)
    assert_type(error.got, str | None)
    assert_type(error.aftermath, str | None)
    assert_type(errors.AwsAnswer("CreateStreamKey", "ValidationException", "…", "…").code, str)


def provider() -> None:
    provider: pulumi.dynamic.ResourceProvider = StreamKeyProvider()
    StreamKeyProvider("argument")  # type: ignore[call-arg]
    assert_type(provider.serialize_as_secret_always, bool)
    assert_type(ivs_stream_key.__all__, list[str])
