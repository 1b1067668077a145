"""Live channels from the stack's config; what encoders and players need of them are the stack's outputs."""

import pulumi

from ivs_channel import LiveChannel

config = pulumi.Config()
tags = config.require_object("tags")
rotation = config.require("rotation")


def live_channel(settings: dict) -> LiveChannel:
    """Make one channel of the config `channels`; what its settings don't say is the same for all."""
    settings = dict(settings)
    if "name" not in settings:
        raise pulumi.RunError(f"config channels: expected each to have a name, got one with {sorted(settings)}")
    name = settings.pop("name")
    return LiveChannel(
        name,
        tags={**tags, **settings.pop("tags", {})},
        rotation_triggers={"rotation": settings.pop("rotation", rotation)},
        **settings,
    )


channels = {channel["name"]: live_channel(channel) for channel in config.require_object("channels")}

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
