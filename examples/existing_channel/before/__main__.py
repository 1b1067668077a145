"""A channel that somebody else has created, with the key that IVS creates with every channel."""

import pulumi
import pulumi_aws as aws

channel = aws.ivs.Channel("studio")

pulumi.export("channel_arn", channel.arn)
