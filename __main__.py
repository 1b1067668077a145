"""Live channels from the stack's config; what encoders and players need of them are the stack's outputs."""

import pulumi

from ivs_channel import LiveChannel

config = pulumi.Config()
tags = config.require_object("tags")
rotation = config.require("rotation")

channels: dict[str, LiveChannel] = {}
for given in config.require_object("channels"):
    settings = dict(given)
    name = settings.pop("name", None)
    if not name:
        raise pulumi.RunError(f"config channels: expected a name for each channel, got one with {sorted(given)}")
    channels[name] = LiveChannel(
        name,
        tags={**tags, **settings.pop("tags", {})},
        rotation_triggers={"rotation": settings.pop("rotation", rotation)},
        **settings,
    )

pulumi.export(
    "channels",
    {
        name: {
            "arn": channel.channel_arn,
            "ingest_url": channel.ingest_url,
            "playback_url": channel.playback_url,
            "stream_key_arn": channel.stream_key_arn,
            # A secret: `pulumi stack output channels --show-secrets` shows it.
            "stream_key": channel.stream_key,
        }
        for name, channel in channels.items()
    },
)
