"""Hears what is logged at any level, and shows no more of it than would have been shown."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable, Iterator
from typing import Any, Final

from rehearsal.providers.harness_work import is_internal, is_transport

__all__ = ["log_records"]

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}

_lock = threading.Lock()
_listeners: list[Callable[[str], Any]] = []
_is_enabled = logging.Logger.isEnabledFor
_call_handlers = logging.Logger.callHandlers
# By thread: the level that a logger was last asked about, if it was told a lie.
_let_through = threading.local()


@contextlib.contextmanager
def log_records(listen: Callable[[str], Any]) -> Iterator[None]:
    """Tell each record that is logged meanwhile, those too whose level nobody shows: somebody else may show it.

    What botocore, urllib3 and the like log of the requests that they make is told if its level is shown.
    """
    global _is_enabled, _call_handlers
    with _lock:
        if not _listeners:
            _is_enabled, _call_handlers = logging.Logger.isEnabledFor, logging.Logger.callHandlers
            logging.Logger.isEnabledFor = _is_enabled_or_captured  # type: ignore[method-assign, assignment]
            logging.Logger.callHandlers = _capture  # type: ignore[method-assign, assignment]
        _listeners.append(listen)
    try:
        yield
    finally:
        with _lock:
            _listeners.remove(listen)
            if not _listeners:
                logging.Logger.isEnabledFor = _is_enabled  # type: ignore[method-assign]
                logging.Logger.callHandlers = _call_handlers  # type: ignore[method-assign]


def _is_enabled_or_captured(logger: logging.Logger, level: int) -> bool:
    enabled = _is_enabled(logger, level)
    if enabled or is_transport(logger.name) or is_internal():
        return enabled
    _let_through.level = level
    return True


def _capture(logger: logging.Logger, record: logging.LogRecord) -> None:
    if not is_internal():
        text = _text_of(record)
        for listen in tuple(_listeners):  # another thread may end its own meanwhile
            listen(text)
    if getattr(_let_through, "level", None) == record.levelno and not _is_enabled(logger, record.levelno):
        _let_through.level = None
        return
    _call_handlers(logger, record)


def _text_of(record: logging.LogRecord) -> str:
    # What formatters for machines show besides.
    extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    try:
        text = logging.Formatter().format(record)
    except Exception:  # noqa: BLE001 - logging says itself what is wrong with such a record
        text = f"{record.msg} {record.args!r}"
    return f"{text} {extra!r}\n" if extra else f"{text}\n"
