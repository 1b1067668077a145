"""The public types of ivs_channel: mypy checks this file, which is never run."""

from collections.abc import Mapping
from typing import assert_type

import pulumi
from pulumi_aws import ivs

import ivs_channel
from ivs_channel import (
    LiveChannel,
    LiveChannelArgs,
    LiveChannels,
    PlaybackRestriction,
    Recording,
    secrets_manager,
    ssm,
)
from ivs_stream_key import RecordingConfiguration, StreamKey


def by_name(text: pulumi.Output[str], options: pulumi.ResourceOptions) -> None:
    assert_type(LiveChannel("live"), LiveChannel)
    LiveChannel(
        "live",
        authorized=True,
        latency_mode="LOW",
        name=text,
        recording_configuration_arn=text,
        region="eu-west-1",
        tags={"team": "live", "channel": text},
        type="STANDARD",
        rotation_triggers={"season": 1, "leak": text},
        existing_key="adopt",
        deletion_protection=True,
        opts=options,
    )
    LiveChannel("live", publish_to=[ssm("/live/{name}", key_id=text), secrets_manager("live/{name}", format="plain")])
    LiveChannel("live", publish_to={"own": lambda key, opts: key.stream_key})
    LiveChannel("live", publish_to=ssm("/live/{name}"))
    LiveChannel("live", publish_to="/live/{name}")  # type: ignore[arg-type]
    secrets_manager("live/{name}", format="xml")  # type: ignore[arg-type]
    LiveChannel("live", options, name="live")
    LiveChannel("live", tags=pulumi.Output.from_input({"team": "live"}), existing_key=text)
    LiveChannel("live", tags={"team": 1})  # type: ignore[dict-item]
    LiveChannel("live", latencymode="LOW")  # type: ignore[call-overload]
    LiveChannel("live", "the name")  # type: ignore[call-overload]
    LiveChannel()  # type: ignore[call-overload]


def fleet(text: pulumi.Output[str]) -> None:
    studios = LiveChannels("studios", {"north": {"name": text}, "south": LiveChannelArgs()}, defaults={"type": "BASIC"})
    LiveChannels("studios", "channels.yaml", max_rotations_per_up=3)
    LiveChannels("studios", [])  # type: ignore[arg-type]
    assert_type(studios.channels, Mapping[str, LiveChannel])
    assert_type(studios.stream_keys, Mapping[str, pulumi.Output[str]])
    LiveChannel("live", recording=Recording(bucket="b"), playback_authorization=True)
    LiveChannel("live", playback_restriction=PlaybackRestriction(allowed_countries=["CH", text]))
    LiveChannel("live", recording=RecordingConfiguration("shared", text), key_options=pulumi.ResourceOptions())


def as_an_object(text: pulumi.Output[str], options: pulumi.ResourceOptions) -> None:
    args = LiveChannelArgs(name=text, tags={"team": text}, rotation_triggers={"season": 1}, existing_key="adopt")
    assert_type(args, LiveChannelArgs)
    args.name = "live"
    LiveChannel("live", args)
    LiveChannel("live", args, options)
    LiveChannel("live", args=args, opts=options)
    LiveChannel("live", args, name="live")  # type: ignore[call-overload]
    LiveChannel("live", {"name": "live"})  # type: ignore[call-overload]
    LiveChannelArgs("live")  # type: ignore[arg-type, call-arg]
    LiveChannelArgs(latencymode="LOW")  # type: ignore[call-arg]
    LiveChannelArgs(name=1)  # type: ignore[arg-type]


def outputs(live: LiveChannel) -> None:
    assert_type(live.channel_arn, pulumi.Output[str])
    assert_type(live.playback_url, pulumi.Output[str])
    assert_type(live.ingest_endpoint, pulumi.Output[str])
    assert_type(live.ingest_url, pulumi.Output[str])
    assert_type(live.stream_key_arn, pulumi.Output[str])
    assert_type(live.stream_key, pulumi.Output[str])
    assert_type(live.published, pulumi.Output[Mapping[str, str]])
    assert_type(live.channel, ivs.Channel)
    assert_type(live.key, StreamKey)
    assert_type(ivs_channel.__all__, list[str])
