"""Hears what is said while an operation runs: printed, or logged."""

from __future__ import annotations

import contextlib
import io
import logging
import sys
from collections.abc import Iterator
from typing import Any, TextIO

__all__ = ["listening"]


class _Tee(io.TextIOBase):
    """Keeps what is written to a stream, and passes it on."""

    def __init__(self, through: TextIO, heard: list[str]) -> None:
        self._through, self._heard = through, heard

    def write(self, text: str) -> int:
        self._heard.append(text)
        return self._through.write(text)

    def flush(self) -> None:
        self._through.flush()

    def close(self) -> None:
        """Do nothing: the stream is somebody else's, and may be closed by the time that this is thrown away."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._through, name)


class _Handler(logging.Handler):
    def __init__(self, heard: list[str]) -> None:
        super().__init__(logging.INFO)
        self._heard = heard

    def emit(self, record: logging.LogRecord) -> None:
        self._heard.append(self.format(record) + "\n")


@contextlib.contextmanager
def listening() -> Iterator[list[str]]:
    """Yield a list that gets what this process prints and logs (from INFO on, where loggers let it through)."""
    heard: list[str] = []
    handler = _Handler(heard)
    root = logging.getLogger()
    root.addHandler(handler)
    out, err = _Tee(sys.stdout, heard), _Tee(sys.stderr, heard)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            yield heard
    finally:
        root.removeHandler(handler)
