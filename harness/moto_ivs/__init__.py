"""All operations of Amazon IVS for moto, which itself has only those on channels, with some of a channel's members.

`install` it once, or use `with stream_keys():`. It works with `mock_aws` and with moto's servers in the same process,
and can be undone. For tests, `go_live` and `go_offline` do what an encoder does.

Imports moto, and no other package of this project.
"""

from moto_ivs.broadcast import broadcasting_through, go_live, go_offline
from moto_ivs.exceptions import BroadcastError, IncompatibleMoto
from moto_ivs.installation import install, stream_keys, uninstall

__all__ = [
    "BroadcastError",
    "IncompatibleMoto",
    "broadcasting_through",
    "go_live",
    "go_offline",
    "install",
    "stream_keys",
    "uninstall",
]
