"""The types and functions of pulumi-aws that are modelled, by their tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rehearsal.provider import ProviderFactory
from rehearsal_aws.bucket import Bucket
from rehearsal_aws.channel import Channel
from rehearsal_aws.functions import CallerIdentity, Region, StreamKey
from rehearsal_aws.parameter import Parameter
from rehearsal_aws.playback_key_pair import PlaybackKeyPair
from rehearsal_aws.provider_configuration import ProviderConfiguration
from rehearsal_aws.recording_configuration import RecordingConfiguration
from rehearsal_aws.secret import Secret
from rehearsal_aws.secret_version import SecretVersion

__all__ = ["MODELS"]

MODELS: Final[Mapping[str, ProviderFactory]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": CallerIdentity,
    "aws:index/getRegion:getRegion": Region,
    "aws:ivs/channel:Channel": Channel,
    "aws:ivs/getStreamKey:getStreamKey": StreamKey,
    "aws:ivs/playbackKeyPair:PlaybackKeyPair": PlaybackKeyPair,
    "aws:ivs/recordingConfiguration:RecordingConfiguration": RecordingConfiguration,
    "aws:s3/bucket:Bucket": Bucket,
    "aws:s3/bucketV2:BucketV2": Bucket,
    "aws:secretsmanager/secret:Secret": Secret,
    "aws:secretsmanager/secretVersion:SecretVersion": SecretVersion,
    "aws:ssm/parameter:Parameter": Parameter,
    "pulumi:providers:aws": ProviderConfiguration,
}
