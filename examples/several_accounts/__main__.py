"""A live channel in the account of each studio: the channel by an explicit AWS provider, its key by a connection.

Both assume the same role. A StreamKey is not a resource of the AWS provider, so it gets the settings separately.
"""

import pulumi
import pulumi_aws as aws

from ivs_channel import LiveChannel

for studio in pulumi.Config().require_object("studios"):
    name, role = studio["name"], studio["role"]
    channel = LiveChannel(
        name,
        connection={"assume_roles": [{"role_arn": role}]},
        opts=pulumi.ResourceOptions(
            provider=aws.Provider(
                name, region=studio["region"], assume_roles=[aws.ProviderAssumeRoleArgs(role_arn=role)]
            )
        ),
    )
    pulumi.export(f"{name}-channel", channel.channel_arn)
    pulumi.export(f"{name}-stream-key-arn", channel.stream_key_arn)
