"""Amazon IVS stream keys as Pulumi resources.

`StreamKey` is the resource, `Connection` says who talks to IVS for one, and where; `StreamKeyError` is the base of what
can go wrong with one, each kind of which is in `ivs_stream_key.errors`.
"""

from ivs_stream_key.connection import Connection
from ivs_stream_key.errors import StreamKeyError
from ivs_stream_key.resource import StreamKey

__all__ = ["Connection", "StreamKey", "StreamKeyError"]
