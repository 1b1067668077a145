"""A fleet of live channels from a file, which says where the keys are published and how old they may get."""

from pathlib import Path

import pulumi

from ivs_channel import LiveChannels, ssm

config = pulumi.Config()
fleet = LiveChannels(
    "studios",
    Path(__file__).with_name("channels.yaml"),
    defaults={"publish_to": ssm("/live/{name}/key")},
    max_rotations_per_up=config.require_int("max_rotations_per_up"),
)

pulumi.export("watch", fleet.playback_urls)
pulumi.export("due", fleet.rotations_due_at)
