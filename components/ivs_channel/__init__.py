"""An Amazon IVS channel with its stream key, as one Pulumi component.

`LiveChannel` is the component, `LiveChannelArgs` its arguments as one object; `LiveChannels` are many of them. `ssm`
and `secrets_manager` say where a key is published to, and so does a function of type `Publisher`, which gets a
`KeyToPublish`. `Recording` and `PlaybackRestriction` describe resources that are created for a channel.
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
