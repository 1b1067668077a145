"""Amazon IVS stream keys as Pulumi resources.

`StreamKey` is the resource; `StreamKeyError` is the base of what can go wrong with one, each kind of which is in
`ivs_stream_key.errors`.
"""

from ivs_stream_key.errors import StreamKeyError
from ivs_stream_key.resource import StreamKey

__all__ = ["StreamKey", "StreamKeyError"]
