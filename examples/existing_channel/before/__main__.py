"""A channel as somebody else has made it, with the key that IVS makes with every channel."""

import pulumi
import pulumi_aws as aws

channel = aws.ivs.Channel("studio")

pulumi.export("channel_arn", channel.arn)
