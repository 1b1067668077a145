"""A fleet of live channels from the stack's config: how they are set, where their keys go, and when they rotate."""

import pulumi

from ivs_channel import LiveChannels, secrets_manager, ssm

PLACES = {"ssm": ssm, "secrets_manager": secrets_manager}

config = pulumi.Config()
rotation = config.require("rotation")
places = config.get_object("publish_to") or {}
unknown = places.keys() - PLACES.keys()
if unknown:
    raise pulumi.RunError(f"config publish_to: expected {' and '.join(PLACES)}, got {', '.join(sorted(unknown))}")

channels = {}
for given in config.require_object("channels"):
    settings = dict(given)
    name = settings.pop("name", None)
    if not name:
        raise pulumi.RunError(f"config channels: expected a name for each channel, got one with {sorted(given)}")
    channels[name] = {"rotation_triggers": {"rotation": settings.pop("rotation", rotation)}, **settings}

fleet = LiveChannels(
    "channels",
    channels,
    defaults={
        "tags": config.require_object("tags"),
        "publish_to": [PLACES[kind](path) for kind, path in places.items()],
    },
    max_rotations_per_up=config.get_int("max_rotations_per_up"),
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
            "published": channel.published,
        }
        for name, channel in fleet.channels.items()
    },
)
