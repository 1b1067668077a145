"""An Amazon IVS channel with its stream key, as one Pulumi component.

`LiveChannel` is the component, and `LiveChannelArgs` holds its arguments. `LiveChannels` declares many channels. `ssm`
and `secrets_manager` are destinations to publish a key to. A function of type `Publisher`, which gets a `KeyToPublish`,
is a destination too. `Recording` and `PlaybackRestriction` describe resources that are created for a channel.

Imports ivs_stream_key and pulumi-aws, and nothing of the harness.
"""

from ivs_channel.arguments import LiveChannelArgs, PlaybackRestriction
from ivs_channel.component import LiveChannel
from ivs_channel.fleet import LiveChannels
from ivs_channel.publishing import KeyToPublish, Publisher, secrets_manager, ssm
from ivs_channel.recording import Recording

__all__ = [
    "KeyToPublish",
    "LiveChannel",
    "LiveChannelArgs",
    "LiveChannels",
    "PlaybackRestriction",
    "Publisher",
    "Recording",
    "secrets_manager",
    "ssm",
]
