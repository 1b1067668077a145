"""Captures output that does not use Python's streams: from ``os.write``, child processes, and C libraries."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from typing import IO, Any

__all__ = ["descriptors"]

_lock = threading.Lock()
_users = 0
_redirected: list[_RedirectedDescriptor] = []


class _RedirectedDescriptor:
    """A file descriptor that is redirected to a file."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._before = os.dup(number)
        self._file: IO[bytes] = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed by `restore`
        os.dup2(self._file.fileno(), number)

    def size(self) -> int:
        return os.fstat(self._file.fileno()).st_size

    def written_since(self, start: int) -> bytes:
        # The redirected descriptor shares its position with this file, so the position must not change.
        return b"" if self.size() == start else _read(self._file.fileno(), start)

    def restore(self) -> None:
        """Restore the descriptor, and write what was captured."""
        os.dup2(self._before, self._number)
        written = self.written_since(0)
        with contextlib.suppress(OSError):
            while written:
                written = written[os.write(self._before, written) :]
        os.close(self._before)
        self._file.close()


@contextlib.contextmanager
def descriptors(listen: Callable[[str], Any]) -> Iterator[None]:
    """Capture standard output and error in the block; report and show the output at its end.

    A terminal's descriptor is not redirected, because there may be a prompt.
    """
    global _users  # noqa: PLW0603 - the descriptors are the process's
    with _lock:
        _flush()
        if not _users:
            for number in (1, 2):
                with contextlib.suppress(OSError):
                    if hasattr(os, "pread") and not os.isatty(number):
                        _redirected.append(_RedirectedDescriptor(number))
        _users += 1
        starts = [one.size() for one in _redirected]
    try:
        yield
    finally:
        with _lock:
            _flush()
            for one, start in zip(_redirected, starts, strict=True):
                listen(one.written_since(start).decode("utf-8", "replace"))
            _users -= 1
            if not _users:
                while _redirected:
                    _redirected.pop().restore()


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            if stream is not None:
                stream.flush()


def _read(number: int, start: int) -> bytes:
    pieces = []
    while piece := os.pread(number, 1 << 16, start):
        pieces.append(piece)
        start += len(piece)
    return b"".join(pieces)
