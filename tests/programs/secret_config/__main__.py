"""Publishes the stream key with secrets from config and from pulumi-random, for an encoder to read."""

import pulumi
import pulumi_aws as aws

from ivs_channel import LiveChannel
from ivs_stream_key import StreamKey

config = pulumi.Config()
round_ = config.get("round") or "1"
password = config.require_secret("adminPassword")
encoders = config.require_object("encoders")
limits = config.get_object("limits") or {"bitrate": 6_000_000}


class RandomPassword(pulumi.CustomResource):
    """The type of pulumi-random, declared here so that pulumi-random need not be installed."""

    result: pulumi.Output[str]

    def __init__(self, name, opts=None, **inputs):
        secret = pulumi.ResourceOptions(additional_secret_outputs=["result"])
        props = {"result": None, **inputs}
        super().__init__(
            "random:index/randomPassword:RandomPassword", name, props, pulumi.ResourceOptions.merge(opts, secret)
        )


for encoder in encoders:
    live = LiveChannel(encoder, rotation_triggers={"round": round_})
    salt = RandomPassword(f"{encoder}-salt", length=24, special=False, keepers={"round": round_})
    secret = aws.secretsmanager.Secret(encoder, name_prefix=f"encoders/{encoder}/", recovery_window_in_days=0)
    aws.secretsmanager.SecretVersion(
        encoder,
        secret_id=secret.id,
        secret_string=pulumi.Output.json_dumps(
            {
                "ingest": live.ingest_url,
                "key": live.stream_key,
                "admin": password,
                "salt": salt.result,
                "limits": limits,
            }
        ),
    )
    aws.ssm.Parameter(
        encoder,
        name=f"/encoders/{encoder}/playback",
        type="String",
        value=live.playback_url,
    )
    pulumi.export(f"{encoder}-secret", secret.arn)

channel = aws.ivs.Channel("by-hand", tags={"limits": str(limits["bitrate"])})
key = StreamKey("by-hand", channel.arn, tags={"admin": password}, rotation_triggers={"round": round_})
pulumi.export("by-hand", key.value)
pulumi.export("admin", password)
pulumi.export("count", len(encoders))
