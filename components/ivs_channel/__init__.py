"""An Amazon IVS channel with its stream key, as one Pulumi component.

`LiveChannel` is the component, `LiveChannelArgs` its arguments as one object. `ssm` and `secrets_manager` say where its
key is published to, as a function of type `Publisher` does, which is given a `KeyToPublish`.
"""

from ivs_channel.arguments import LiveChannelArgs, PlaybackRestriction
from ivs_channel.component import LiveChannel
from ivs_channel.publishing import KeyToPublish, Publisher, secrets_manager, ssm

__all__ = [
    "KeyToPublish",
    "LiveChannel",
    "LiveChannelArgs",
    "PlaybackRestriction",
    "Publisher",
    "secrets_manager",
    "ssm",
]
