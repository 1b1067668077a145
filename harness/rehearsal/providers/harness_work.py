"""Marks work of the harness in the program's process, so that its logs and imports are not attributed to the program.

The embedded clouds and the providers of modelled types share a process with the tested program, unlike under Pulumi.
The program's configuration of `logging` must not show their logs, which may contain secrets.
"""

from __future__ import annotations

import contextlib
import contextvars
import logging
import threading
from collections.abc import Iterator
from typing import Final

__all__ = ["is_internal", "is_transport", "muted", "provider_work", "work"]

_INTERNAL: Final = contextvars.ContextVar("internal", default=False)
_PROVIDER: Final = contextvars.ContextVar("provider", default=False)

# The loggers of libraries that log the bodies of requests and responses, or signatures.
_TRANSPORTS: Final = frozenset({"aiobotocore", "boto3", "botocore", "http", "requests", "s3transfer", "urllib3"})

_lock = threading.Lock()
_users = 0
_handle = logging.Logger.handle


@contextlib.contextmanager
def work() -> Iterator[None]:
    """Mark the work in the block as the harness's own."""
    token = _INTERNAL.set(True)
    try:
        yield
    finally:
        _INTERNAL.reset(token)


@contextlib.contextmanager
def provider_work() -> Iterator[None]:
    """Mark the work in the block as that of a dynamic provider, which normally runs in its own process.

    Logs of requests from its libraries are not shown. Its own logs are shown, so that tests can check them.
    """
    token = _PROVIDER.set(True)
    try:
        yield
    finally:
        _PROVIDER.reset(token)


def is_internal() -> bool:
    """Whether the current work is marked as the harness's own."""
    return _INTERNAL.get()


def is_transport(logger: str) -> bool:
    """Whether the logger of this name belongs to a library that logs requests and responses."""
    return logger.partition(".")[0] in _TRANSPORTS


@contextlib.contextmanager
def muted() -> Iterator[None]:
    """Suppress the logs of marked work."""
    global _users, _handle  # noqa: PLW0603 - as the class is that is patched
    with _lock:
        if not _users:
            _handle = logging.Logger.handle
            logging.Logger.handle = _handle_unless_muted  # type: ignore[method-assign, assignment]
        _users += 1
    try:
        yield
    finally:
        with _lock:
            _users -= 1
            if not _users:
                logging.Logger.handle = _handle  # type: ignore[method-assign]


def _handle_unless_muted(logger: logging.Logger, record: logging.LogRecord) -> None:
    if _INTERNAL.get():
        return
    if _PROVIDER.get() and record.levelno < logging.WARNING and is_transport(record.name):
        return
    _handle(logger, record)
