"""A live channel in the account of each studio: an explicit AWS provider serves the channel and its key."""

import pulumi
import pulumi_aws as aws

from ivs_channel import LiveChannel

for studio in pulumi.Config().require_object("studios"):
    name = studio["name"]
    account = aws.Provider(
        name, region=studio["region"], assume_roles=[aws.ProviderAssumeRoleArgs(role_arn=studio["role"])]
    )
    channel = LiveChannel(name, opts=pulumi.ResourceOptions(provider=account))
    pulumi.export(f"{name}-channel", channel.channel_arn)
    pulumi.export(f"{name}-stream-key-arn", channel.stream_key_arn)
