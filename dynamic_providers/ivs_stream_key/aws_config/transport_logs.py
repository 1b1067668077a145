"""Redacts the log records of botocore and urllib3: at DEBUG they show requests, responses, and signatures."""

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

    A factory of log records redacts them, also for loggers that are created later. A filter on each existing logger
    does it again, because others may replace the factory at any time. A logged error is replaced by its text, because
    its frames hold the values it was about. `http.client` prints to stdout when told to (``debuglevel``), past all
    loggers: botocore's connections do not print.
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
    """Creates log records with another factory, and redacts those of the libraries."""

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
    """Redact the record, and let it pass."""
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
