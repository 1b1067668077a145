"""The types and functions of pulumi-aws that are modelled, by their tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rehearsal.provider import ProviderFactory
from rehearsal_aws.resources.bucket import Bucket
from rehearsal_aws.resources.channel import Channel
from rehearsal_aws.resources.functions import (
    AvailabilityZones,
    CallerIdentity,
    Partition,
    PolicyDocument,
    Region,
    StreamKey,
)
from rehearsal_aws.resources.lookups import Ami, HostedZone, Subnets, Vpc
from rehearsal_aws.resources.parameter import Parameter
from rehearsal_aws.resources.playback_key_pair import PlaybackKeyPair
from rehearsal_aws.resources.provider_configuration import ProviderConfiguration
from rehearsal_aws.resources.recording_configuration import RecordingConfiguration
from rehearsal_aws.resources.secret import Secret
from rehearsal_aws.resources.secret_version import SecretVersion
from rehearsal_aws.resources.table_resource import model
from rehearsal_aws.resources.tables import (
    cloudwatch,
    dynamodb,
    ec2,
    iam,
    kinesis,
    kms,
    lambdas,
    route53,
    s3,
    scheduler,
    sns,
    sqs,
)

__all__ = ["MODELS"]

_SERVICES: Final = (cloudwatch, dynamodb, ec2, iam, kinesis, kms, lambdas, route53, s3, scheduler, sns, sqs)

MODELS: Final[Mapping[str, ProviderFactory]] = {
    "aws:ec2/getAmi:getAmi": Ami,
    "aws:ec2/getSubnets:getSubnets": Subnets,
    "aws:ec2/getVpc:getVpc": Vpc,
    "aws:iam/getPolicyDocument:getPolicyDocument": PolicyDocument,
    "aws:index/getAvailabilityZones:getAvailabilityZones": AvailabilityZones,
    "aws:index/getPartition:getPartition": Partition,
    "aws:index/getCallerIdentity:getCallerIdentity": CallerIdentity,
    "aws:index/getRegion:getRegion": Region,
    "aws:ivs/channel:Channel": Channel,
    "aws:ivs/getStreamKey:getStreamKey": StreamKey,
    "aws:ivs/playbackKeyPair:PlaybackKeyPair": PlaybackKeyPair,
    "aws:ivs/recordingConfiguration:RecordingConfiguration": RecordingConfiguration,
    "aws:route53/getZone:getZone": HostedZone,
    "aws:s3/bucket:Bucket": Bucket,
    "aws:s3/bucketV2:BucketV2": Bucket,
    "aws:secretsmanager/secret:Secret": Secret,
    "aws:secretsmanager/secretVersion:SecretVersion": SecretVersion,
    "aws:ssm/parameter:Parameter": Parameter,
    "pulumi:providers:aws": ProviderConfiguration,
} | {table.type: model(table) for service in _SERVICES for table in service.TABLES}
