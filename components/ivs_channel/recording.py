"""The recording of a live channel: a created configuration, or a given one."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pulumi

__all__ = ["Recording", "bucket_name", "recording_arn"]


@pulumi.input_type
@dataclasses.dataclass(kw_only=True)
class Recording:
    """A recording configuration to create for a channel.

    The quota of an account allows only a few. For many channels, create one `ivs_stream_key.RecordingConfiguration` and
    pass it to each channel, or to LiveChannels in `defaults`.
    """

    bucket: Any
    """The bucket, in the channel's region: an `aws.s3.Bucket`, or its name."""

    name: pulumi.Input[str] | None = None
    """The configuration's name in IVS."""

    thumbnails: pulumi.Input[Mapping[str, Any]] | None = None
    """``recording_mode`` (``"INTERVAL"``, ``"DISABLED"``), ``target_interval_seconds``, ``resolution``, ``storage``."""

    renditions: pulumi.Input[Mapping[str, Any]] | None = None
    """``rendition_selection`` (``"ALL"``, ``"NONE"``, ``"CUSTOM"``), and ``renditions`` for ``"CUSTOM"``."""

    reconnect_window_seconds: pulumi.Input[int] | None = None
    """0 to 300: a broadcast that comes back within so many seconds goes on in the same recording."""


def bucket_name(bucket: Any) -> Any:
    """Return the name of a bucket, from the resource or as given."""
    return getattr(bucket, "bucket", bucket) if isinstance(bucket, pulumi.Resource) else bucket


def recording_arn(recording: Any) -> Any:
    """Return the ARN of a recording configuration, from the resource or as given."""
    return getattr(recording, "arn", recording) if isinstance(recording, pulumi.Resource) else recording
