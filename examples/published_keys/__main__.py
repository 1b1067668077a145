"""Live channels, each with its key in Parameter Store and all an encoder asks for in Secrets Manager.

A rotation changes both, in the same `pulumi up`: encoders that read them before each broadcast need no hand.
"""

import pulumi
import pulumi_aws as aws

from ivs_channel import LiveChannel

for name in pulumi.Config().require_object("channels"):
    channel = LiveChannel(name)

    aws.ssm.Parameter(
        name,
        name=f"/live/{name}/stream-key",
        type="SecureString",
        value=channel.stream_key,
    )

    encoder = aws.secretsmanager.Secret(name, name=f"live/{name}/encoder", recovery_window_in_days=0)
    aws.secretsmanager.SecretVersion(
        name,
        secret_id=encoder.id,
        secret_string=pulumi.Output.json_dumps({"server": channel.ingest_url, "stream_key": channel.stream_key}),
    )

    pulumi.export(f"{name}-playback-url", channel.playback_url)
