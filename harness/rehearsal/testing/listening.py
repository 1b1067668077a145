"""Captures all output while an operation runs, and calls a test's functions with it."""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any, Generic, TextIO, TypeVar

from rehearsal.engine.events import Diagnostic, Listener, StepRecord
from rehearsal.testing.descriptors import descriptors
from rehearsal.testing.log_records import log_records

__all__ = ["DeferredErrors", "Lines", "Listeners", "listening"]

_T = TypeVar("_T")


class DeferredErrors(Generic[_T]):
    """Calls a test's function, if given. Its errors are raised after the operation, which they must not interrupt."""

    def __init__(self, function: Callable[[_T], Any] | None) -> None:
        self._function = function
        self._error: Exception | None = None

    def __call__(self, value: _T) -> None:
        if self._function is not None and self._error is None:
            try:
                self._function(value)
            except Exception as error:  # noqa: BLE001 - raised by `raise_error`
                self._error = error

    def raise_error(self) -> None:
        """Raise the function's error, if there was one."""
        if self._error is not None:
            raise self._error


class Listeners:
    """Several listeners to one operation."""

    def __init__(self, *listeners: Listener) -> None:
        self._listeners = listeners

    def started(self, step: StepRecord) -> None:
        """Pass on that a step starts."""
        for listener in self._listeners:
            listener.started(step)

    def ended(self, step: StepRecord) -> None:
        """Pass on that a step has ended or failed."""
        for listener in self._listeners:
            listener.ended(step)

    def said(self, diagnostic: Diagnostic) -> None:
        """Pass on a message."""
        for listener in self._listeners:
            listener.said(diagnostic)


class Lines(io.StringIO):
    """A stream that stores what is written to it, and reports each complete line."""

    def __init__(self, tell: Callable[[str], Any]) -> None:
        super().__init__()
        self._tell = tell
        self._begun = ""

    def write(self, text: str) -> int:
        *whole, self._begun = (self._begun + text).split("\n")
        for line in whole:
            self._tell(line.rstrip())
        return super().write(text)


class _Tee(io.TextIOBase):
    """A stream that stores what is written to it, and passes it on to another stream."""

    def __init__(self, through: TextIO, captured: list[str]) -> None:
        self._through, self._captured = through, captured

    def write(self, text: str) -> int:
        self._captured.append(text)
        return self._through.write(text)

    def flush(self) -> None:
        self._through.flush()

    def close(self) -> None:
        """Do nothing: the other stream is not owned, and may already be closed when this object is collected."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._through, name)


@contextlib.contextmanager
def _warnings(captured: list[str]) -> Iterator[None]:
    show = warnings.showwarning

    def capture(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        captured.append(f"{message}\n")
        show(message, category, filename, lineno, file, line)

    warnings.showwarning = capture
    try:
        yield
    finally:
        if warnings.showwarning is capture:
            warnings.showwarning = show


@contextlib.contextmanager
def listening() -> Iterator[list[str]]:
    """Yield a list to which this process's prints, warnings and logs are added, and at the end its other output."""
    captured: list[str] = []
    out, err = _Tee(sys.stdout, captured), _Tee(sys.stderr, captured)
    with (
        log_records(captured.append),
        _warnings(captured),
        descriptors(captured.append),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        yield captured
