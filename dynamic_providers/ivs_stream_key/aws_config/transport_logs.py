"""Redacts the log records of botocore and urllib3: at level DEBUG they contain requests, responses and signatures."""

import logging
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final

from ivs_stream_key.messages.redaction import redacted

__all__ = ["keep_secrets_out_of_logs"]

_LIBRARIES: Final = frozenset({"boto3", "botocore", "urllib3"})


def keep_secrets_out_of_logs() -> None:
    """Redact all records of these libraries from now on, at any level and for any handler; other loggers are unchanged.

    A log record factory redacts them, also for loggers that are created later. A filter on each existing logger
    redacts them too, because other code may replace the factory at any time. A logged exception is replaced by its
    text, because its frames hold secrets in local variables. `http.client` with a ``debuglevel`` prints to stdout
    without a logger; this is turned off for botocore's connections.
    """
    from botocore.awsrequest import AWSConnection  # noqa: PLC0415 - botocore is not needed without a client

    AWSConnection.debuglevel = 0  # type: ignore[attr-defined]  # inherited by the classes that mix it in
    make = logging.getLogRecordFactory()
    if not isinstance(make, _Records):
        logging.setLogRecordFactory(_Records(make))
    for name, logger in list(logging.Logger.manager.loggerDict.items()):
        if _is_of_libraries(name) and isinstance(logger, logging.Logger) and _redacting not in logger.filters:
            logger.filters.insert(0, _redacting)


class _Records:
    """A log record factory that wraps another one, and redacts the records of the libraries."""

    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        self._make = make

    def __call__(self, name: str | None, *arguments: Any, **options: Any) -> logging.LogRecord:
        record = self._make(name, *arguments, **options)
        # `logging.makeLogRecord` passes no logger name.
        if name is not None and _is_of_libraries(name):
            _redact(record)
        return record


def _is_of_libraries(name: str) -> bool:
    return name.partition(".")[0] in _LIBRARIES


def _redacting(record: logging.LogRecord) -> bool:
    """Redact the record; a filter that accepts every record."""
    _redact(record)
    return True


def _redact(record: logging.LogRecord) -> None:
    if isinstance(record.exc_info, tuple):
        record.exc_text, record.exc_info = redacted(_text_of(*record.exc_info), foreign=True), None
    if record.stack_info:
        record.stack_info = redacted(record.stack_info, foreign=True)
    try:
        text = record.getMessage()
    except Exception:  # noqa: BLE001 - logging reports such a record itself
        return
    hidden = redacted(text, foreign=True)
    if hidden != text:
        record.msg, record.args = hidden, ()


def _text_of(kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None) -> str:
    return "".join(traceback.format_exception(kind, error, frames)).rstrip()
