"""Determines which user has opened a connection to a loopback port; works on Linux.

The real engine shares no secret with its plugins or the Automation API's servers, so these can recognize calls of other
users only in this way.
"""

from __future__ import annotations

import itertools
import os
import socket
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import grpc

from rehearsal.paths import exists

__all__ = ["SameUserInterceptor", "is_same_user"]

_TABLES: Final = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
# The prefix of the IPv6 addresses of IPv4 clients on an IPv6 socket.
_IPV4_MAPPED: Final = "0000000000000000FFFF0000" if sys.byteorder == "little" else "00000000000000000000FFFF"
_ESTABLISHED: Final = "01"
_LOCAL, _STATE, _UID = 1, 3, 7  # fields
_ROOT: Final = 0
_PARTS: Final = {False: "unary", True: "stream"}


class SameUserInterceptor(grpc.ServerInterceptor):  # type: ignore[misc]  # grpc has no types
    """Refuses calls of all users except this one and root."""

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Return the handler of a call."""
        handler = continuation(handler_call_details)
        if handler is None:
            return handler
        sends, answers = _PARTS[bool(handler.request_streaming)], _PARTS[bool(handler.response_streaming)]
        kind = f"{sends}_{answers}"
        inner = getattr(handler, kind)

        def answer(request: Any, context: Any) -> Any:
            if not is_same_user(context.peer()):
                context.abort(grpc.StatusCode.PERMISSION_DENIED, "the call comes from another user of this machine")
            return inner(request, context)

        make = getattr(grpc, f"{kind}_rpc_method_handler")
        return make(answer, handler.request_deserializer, handler.response_serializer)


def is_same_user(peer: str, tables: Sequence[Path] = _TABLES) -> bool:
    """Whether the other end of a connection (``ipv4:127.0.0.1:PORT``) belongs to this user or root.

    True if the system has no tables of connections. False if the connection is already closed.
    """
    present = [table for table in tables if exists(table)]
    if not present:
        return True
    kind, _, address = peer.partition(":")
    if kind != "ipv4":
        return False
    sought = _as_in_table(address)
    for line in itertools.chain.from_iterable(map(_lines, present)):
        fields = line.split()
        if fields[_LOCAL] in {sought, _IPV4_MAPPED + sought} and fields[_STATE] == _ESTABLISHED:
            return int(fields[_UID]) in {os.geteuid(), _ROOT}
    return False


def _lines(table: Path) -> list[str]:
    return table.read_text(encoding="ascii").splitlines()[1:]


def _as_in_table(address: str) -> str:
    """Return an address in the format of the table: the bytes in this machine's byte order."""
    host, _, port = address.rpartition(":")
    (number,) = struct.unpack("=I", socket.inet_aton(host))
    return f"{number:08X}:{int(port):04X}"
