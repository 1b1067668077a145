"""Output streams that may fail during an operation: a pipe whose reader has ended, or a closed terminal."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Iterator
from typing import Any, Final, TextIO, cast

from rehearsal.errors import OutputError

__all__ = ["lasting_output"]

_NOBODY_READS: Final = {errno.EPIPE, errno.EIO, errno.ENXIO}


class _TolerantStream:
    """Writes to a stream until that fails, and then discards all further output."""

    def __init__(self, through: TextIO) -> None:
        self._through = through
        self.failure: OSError | None = None

    def write(self, text: str) -> int:
        """Write if the stream still works."""
        self._attempt(lambda: self._through.write(text))
        return len(text)

    def flush(self) -> None:
        """Flush if the stream still works."""
        self._attempt(self._through.flush)

    def _attempt(self, work: Any) -> None:
        if self.failure is None:
            try:
                work()
            except OSError as error:
                self.failure = error
                self._discard_what_is_left()

    def _discard_what_is_left(self) -> None:
        # Python would otherwise print an error at exit, because it can't flush the stream.
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._through.fileno())
            os.close(nowhere)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._through, name)


@contextlib.contextmanager
def lasting_output() -> Iterator[None]:
    """Let the operation continue in the block if its output can't be written any more.

    :raises OutputError: at the end of the block, if the output goes to a file, which is then incomplete.
    """
    out, err = _TolerantStream(sys.stdout), _TolerantStream(sys.stderr)
    with contextlib.redirect_stdout(cast(TextIO, out)), contextlib.redirect_stderr(cast(TextIO, err)):
        yield
        out.flush()
    for stream in (out, err):
        if stream.failure is not None and stream.failure.errno not in _NOBODY_READS:
            raise OutputError(
                f"what was shown can't all be written: {stream.failure}; the operation itself is complete"
            )
