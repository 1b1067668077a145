"""Captures log records of all levels, without changing which of them are shown."""

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
# By thread: the level for which `isEnabledFor` last returned True only because of this module.
_enabled_here = threading.local()


@contextlib.contextmanager
def log_records(listen: Callable[[str], Any]) -> Iterator[None]:
    """Report each log record in the block, also of levels that are not shown here: elsewhere they may be shown.

    Records of libraries such as botocore and urllib3 are reported only if their level is shown.
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
    _enabled_here.level = level
    return True


def _capture(logger: logging.Logger, record: logging.LogRecord) -> None:
    if not is_internal():
        text = _text_of(record)
        for listen in tuple(_listeners):  # a copy, because another thread may remove a listener
            listen(text)
    if getattr(_enabled_here, "level", None) == record.levelno and not _is_enabled(logger, record.levelno):
        _enabled_here.level = None
        return
    _call_handlers(logger, record)


def _text_of(record: logging.LogRecord) -> str:
    # Extra fields, which formatters for structured logs show too.
    extra = {name: value for name, value in vars(record).items() if name not in _STANDARD}
    try:
        text = logging.Formatter().format(record)
    except Exception:  # noqa: BLE001 - logging reports such a record itself
        text = f"{record.msg} {record.args!r}"
    return f"{text} {extra!r}\n" if extra else f"{text}\n"
