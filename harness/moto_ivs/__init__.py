"""Every operation of Amazon IVS for moto, which has those on channels only, and not all that a channel has.

`install` once, or `with stream_keys():` around what needs it; it works with `mock_aws` and with moto's servers in
the same process, and can be undone. `go_live` and `go_offline` do what an encoder does, for tests.
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
