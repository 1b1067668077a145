"""Live channels, each with its key in Parameter Store and all encoder settings in Secrets Manager.

A rotation changes both, in the same `pulumi up`: encoders that read them before each broadcast need no change.
"""

import pulumi

from ivs_channel import LiveChannel, secrets_manager, ssm

for name in pulumi.Config().require_object("channels"):
    channel = LiveChannel(
        name,
        publish_to=[ssm("/live/{name}/stream-key"), secrets_manager("live/{name}/encoder")],
    )
    pulumi.export(f"{name}-playback-url", channel.playback_url)
