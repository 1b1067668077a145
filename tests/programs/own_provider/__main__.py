"""Channels with an entry in a directory of shows; the program defines the dynamic provider of the entries."""

import pulumi
import pulumi_aws as aws
from directory import Entry

from ivs_channel import LiveChannel
from ivs_stream_key import StreamKey

config = pulumi.Config()
round_ = config.get("round") or "1"
folder = config.require("directory")

shows = {"evening": "The evening show", "morning": "The morning show"}
for name, title in shows.items():
    live = LiveChannel(name, rotation_triggers={"round": round_})
    Entry(name, folder, f"{title}, round {round_}", live.playback_url)
    pulumi.export(name, live.playback_url)

channel = aws.ivs.Channel("test-card")
key = StreamKey("test-card", channel.arn, existing_key="adopt")
entry = Entry("test-card", folder, "Test card", channel.playback_url, pulumi.ResourceOptions(depends_on=[key]))
pulumi.export("test-card", entry.id)
