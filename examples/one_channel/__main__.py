"""One live channel, and what to type into its encoder."""

import pulumi

from ivs_channel import LiveChannel

config = pulumi.Config()
live = LiveChannel("live", latency_mode="LOW", srt=True, rotation_triggers={"rotation": config.require("rotation")})

pulumi.export("watch", live.playback_url)
# Secrets: `pulumi stack output encoder --show-secrets` shows them.
pulumi.export("encoder", live.encoder_settings)
