"""Resources that are created for one channel or for a fleet: recording configurations, policies, key pairs."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi
from pulumi_aws.ivs import PlaybackKeyPair

from ivs_channel.arguments import PlaybackRestriction
from ivs_channel.recording import Recording, bucket_name, recording_arn
from ivs_stream_key import PlaybackRestrictionPolicy, RecordingConfiguration
from ivs_stream_key.reusable_inputs import reusable

__all__ = ["authorization", "recording", "restriction"]

_OF_RECORDING: Final = ("name", "thumbnails", "renditions", "reconnect_window_seconds")


def recording(name: str, wanted: Any, place: Mapping[str, Any], opts: pulumi.ResourceOptions, subject: str) -> Any:
    """Return the ARN of a recording configuration: the given one, or one that is created from a Recording.

    `place` has the region, tags and connection. Errors begin with `subject`.
    """
    if not isinstance(wanted, Recording):
        return reusable(recording_arn(wanted), subject)
    made = RecordingConfiguration(
        name,
        reusable(bucket_name(wanted.bucket), subject),
        **{field: reusable(getattr(wanted, field), subject) for field in _OF_RECORDING},
        **place,
        # A change replaces the configuration, which Pulumi would refuse for a protected resource.
        opts=_unprotected(opts),
    )
    return made.arn


def restriction(
    name: str, wanted: PlaybackRestriction, place: Mapping[str, Any], opts: pulumi.ResourceOptions, subject: str
) -> Any:
    """Create a playback restriction policy, and return its ARN."""
    fields = {field: reusable(value, subject) for field, value in vars(wanted).items()}
    return PlaybackRestrictionPolicy(name, **fields, **place, opts=_unprotected(opts)).arn


def authorization(
    name: str, wanted: Any, place: Mapping[str, Any], opts: pulumi.ResourceOptions, subject: str
) -> pulumi.Input[bool]:
    """Return whether viewers need a token; if `wanted` is a public key, create a key pair from it."""
    if isinstance(wanted, bool):
        return wanted
    PlaybackKeyPair(name, public_key=reusable(wanted, subject), region=place["region"], opts=_unprotected(opts))
    return True


def _unprotected(opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=False))
