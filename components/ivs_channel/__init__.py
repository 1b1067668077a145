"""An Amazon IVS channel with its stream key, as one Pulumi component.

`LiveChannel` is the component, `LiveChannelArgs` its arguments as one object.
"""

from ivs_channel.arguments import LiveChannelArgs
from ivs_channel.component import LiveChannel

__all__ = ["LiveChannel", "LiveChannelArgs"]
