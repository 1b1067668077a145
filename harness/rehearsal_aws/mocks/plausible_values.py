"""Plausible outputs of AWS types: values of the right form, always the same for the same resource."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from typing import Final

from rehearsal.provider import PropertyMap

__all__ = ["FUNCTIONS", "RESOURCES", "Named"]

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
_CREATED: Final = "2026-01-01T00:00:00Z"


@dataclasses.dataclass(frozen=True, slots=True)
class Named:
    """A resource of a program: `seed` determines its values."""

    name: str
    seed: str
    region: str
    account: str

    def letters(self, count: int, purpose: str = "") -> str:
        """Return letters and digits, the same for the same seed."""
        digest = hashlib.shake_256(f"{self.seed}\0{purpose}".encode()).digest(count)
        return "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest)

    def hexadecimal(self, count: int, purpose: str = "") -> str:
        """Return hexadecimal digits, the same for the same seed."""
        return hashlib.sha256(f"{self.seed}\0{purpose}".encode()).hexdigest()[:count]

    @property
    def physical_name(self) -> str:
        """The physical name for a resource to which the program gives no name."""
        return f"{self.name}-{self.hexadecimal(7)}"

    def arn(self, service: str, resource: str) -> str:
        """Return an ARN in its region and account."""
        return f"arn:aws:{service}:{self.region}:{self.account}:{resource}"


Outputs = tuple[str, PropertyMap]
"""The id, and the outputs that differ from the inputs."""


def _channel(it: Named, inputs: PropertyMap) -> Outputs:
    id_ = it.letters(12)
    arn = it.arn("ivs", f"channel/{id_}")
    host = it.hexadecimal(12, "host")
    return arn, {
        "arn": arn,
        "authorized": False,
        "ingestEndpoint": f"{host}.global-contribute.live-video.net",
        "latencyMode": "LOW",
        "name": it.physical_name,
        "playbackUrl": f"https://{host}.{it.region}.playback.live-video.net/api/video/v1/"
        f"{it.region}.{it.account}.channel.{id_}.m3u8",
        "recordingConfigurationArn": "",
        "type": "STANDARD",
        **_common(it, inputs),
    }


def _recording_configuration(it: Named, inputs: PropertyMap) -> Outputs:
    arn = it.arn("ivs", f"recording-configuration/{it.letters(12)}")
    return arn, {
        "arn": arn,
        "name": it.physical_name,
        "recordingReconnectWindowSeconds": 0,
        "state": "ACTIVE",
        "thumbnailConfiguration": {"recordingMode": "INTERVAL", "targetIntervalSeconds": 60},
        **_common(it, inputs),
    }


def _playback_key_pair(it: Named, inputs: PropertyMap) -> Outputs:
    arn = it.arn("ivs", f"playback-key/{it.letters(12)}")
    digits = it.hexadecimal(32, "fingerprint")
    fingerprint = ":".join(digits[i : i + 2] for i in range(0, len(digits), 2))
    return arn, {"arn": arn, "fingerprint": fingerprint, "name": it.physical_name, **_common(it, inputs)}


def _stream_key(it: Named, inputs: PropertyMap) -> Outputs:
    # A stream key has the region and account of its channel.
    channel = str(inputs.get("channel_arn", "")).split(":")
    if len(channel) > 4:  # noqa: PLR2004 - arn:aws:ivs:REGION:ACCOUNT
        it = dataclasses.replace(it, region=channel[3], account=channel[4])
    arn = it.arn("ivs", f"stream-key/{it.letters(12)}")
    return arn, {"arn": arn, "created_at": _CREATED, "tags": {}, "value": _key_value(it)}


def _parameter(it: Named, inputs: PropertyMap) -> Outputs:
    name = str(inputs.get("name") or it.physical_name)
    return name, {
        "arn": it.arn("ssm", f"parameter/{name.removeprefix('/')}"),
        "dataType": "text",
        "name": name,
        "tier": "Standard",
        "version": 1,
        **_common(it, inputs),
    }


def _secret(it: Named, inputs: PropertyMap) -> Outputs:
    name = str(inputs.get("name") or it.physical_name)
    arn = it.arn("secretsmanager", f"secret:{name}-{it.letters(6)}")
    return arn, {"arn": arn, "name": name, "policy": "", "recoveryWindowInDays": 30, **_common(it, inputs)}


def _secret_version(it: Named, inputs: PropertyMap) -> Outputs:
    digits = it.hexadecimal(32, "version")
    version = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    secret = inputs.get("secretId", "")
    return f"{secret}|{version}", {"arn": secret, "versionId": version, "versionStages": ["AWSCURRENT"]}


def _bucket(it: Named, inputs: PropertyMap) -> Outputs:
    name = str(inputs.get("bucket") or it.physical_name.lower())
    return name, {
        "arn": f"arn:aws:s3:::{name}",
        "bucket": name,
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegion": it.region,
        "bucketRegionalDomainName": f"{name}.s3.{it.region}.amazonaws.com",
        "forceDestroy": False,
        **_common(it, inputs),
    }


def _caller_identity(it: Named, args: PropertyMap) -> PropertyMap:
    del args
    user = f"arn:aws:iam::{it.account}:user/mocks"
    return {"accountId": it.account, "arn": user, "id": it.account, "userId": "AIDAMOCKSMOCKSMOCKS00"}


def _region(it: Named, args: PropertyMap) -> PropertyMap:
    name = args.get("region") or args.get("name") or it.region
    return {
        "description": name,
        "endpoint": f"ec2.{name}.amazonaws.com",
        "id": name,
        "name": name,
        "region": name,
    }


def _get_stream_key(it: Named, args: PropertyMap) -> PropertyMap:
    of_channel = {"channel_arn": args.get("channelArn", "")}
    arn, outputs = _stream_key(dataclasses.replace(it, seed=f"{it.seed}\0{of_channel['channel_arn']}"), of_channel)
    return {
        "arn": arn,
        "channelArn": args.get("channelArn"),
        "id": arn,
        "region": arn.split(":")[3],
        "tags": {},
        "value": outputs["value"],
    }


def _key_value(it: Named) -> str:
    return "_".join(("sk", it.region, it.letters(12, "first"), it.letters(30, "second")))


def _common(it: Named, inputs: PropertyMap) -> PropertyMap:
    return {"region": it.region, "tagsAll": inputs.get("tags") or {}}


RESOURCES: Final[Mapping[str, Callable[[Named, PropertyMap], Outputs]]] = {
    "aws:ivs/channel:Channel": _channel,
    "aws:ivs/playbackKeyPair:PlaybackKeyPair": _playback_key_pair,
    "aws:ivs/recordingConfiguration:RecordingConfiguration": _recording_configuration,
    "aws:s3/bucket:Bucket": _bucket,
    "aws:s3/bucketV2:BucketV2": _bucket,
    "aws:secretsmanager/secret:Secret": _secret,
    "aws:secretsmanager/secretVersion:SecretVersion": _secret_version,
    "aws:ssm/parameter:Parameter": _parameter,
    "pulumi-python:dynamic/ivs:StreamKey": _stream_key,
}

FUNCTIONS: Final[Mapping[str, Callable[[Named, PropertyMap], PropertyMap]]] = {
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getRegion:getRegion": _region,
    "aws:ivs/getStreamKey:getStreamKey": _get_stream_key,
}
