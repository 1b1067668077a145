"""Amazon IVS stream keys as Pulumi resources.

`StreamKey` is the resource. `Connection` holds the credentials and endpoints of one resource. `StreamKeyError` is the
base class of the errors in `ivs_stream_key.errors`. `ChannelSettings`, `PlaybackRestrictionPolicy` and
`RecordingConfiguration` manage features of IVS that pulumi-aws does not support.

Imports no other package of this project, and not pulumi-aws.
"""

from ivs_stream_key.channel_settings import ChannelSettings
from ivs_stream_key.connection import Connection
from ivs_stream_key.errors import StreamKeyError
from ivs_stream_key.playback_restriction_policy import PlaybackRestrictionPolicy
from ivs_stream_key.recording_configuration import RecordingConfiguration
from ivs_stream_key.resource import StreamKey

__all__ = [
    "ChannelSettings",
    "Connection",
    "PlaybackRestrictionPolicy",
    "RecordingConfiguration",
    "StreamKey",
    "StreamKeyError",
]
