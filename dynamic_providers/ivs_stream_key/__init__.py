"""Amazon IVS stream keys as Pulumi resources.

`StreamKey` is the resource, `Connection` says who talks to IVS for one, and where; `StreamKeyError` is the base of what
can go wrong with one, each kind of which is in `ivs_stream_key.errors`. `ChannelSettings`,
`PlaybackRestrictionPolicy` and `RecordingConfiguration` are what pulumi-aws lacks of the channel that the key is for.
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
