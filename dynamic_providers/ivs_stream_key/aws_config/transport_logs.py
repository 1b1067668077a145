"""What botocore and urllib3 log, without secrets: at DEBUG they log requests, answers, and how they are signed."""

import logging
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final

from ivs_stream_key.messages.redaction import redacted

__all__ = ["keep_secrets_out_of_logs"]

_LIBRARIES: Final = frozenset({"boto3", "botocore", "urllib3"})


def keep_secrets_out_of_logs() -> None:
    """Let these libraries log no secret from now on, at any level, whoever shows it; other loggers are as they were.

    It is done where records are made, also for loggers that are made later, and once more by a filter of each logger
    that there is: somebody else may make the records, from any time on. An error that is logged becomes its text: its
    frames hold what it was about. What `http.client` prints when it is told to (``debuglevel``) passes no logger:
    botocore's connections print nothing.
    """
    from botocore.awsrequest import AWSConnection  # noqa: PLC0415 - who makes no client does without botocore

    AWSConnection.debuglevel = 0  # type: ignore[attr-defined]  # inherited, by what it is mixed into
    make = logging.getLogRecordFactory()
    if not isinstance(make, _Records):
        logging.setLogRecordFactory(_Records(make))
    for name, logger in list(logging.Logger.manager.loggerDict.items()):
        if _is_of_libraries(name) and isinstance(logger, logging.Logger) and _redacting not in logger.filters:
            logger.filters.insert(0, _redacting)


class _Records:
    """Makes log records by another factory, and takes secrets out of those of the libraries."""

    def __init__(self, make: Callable[..., logging.LogRecord]) -> None:
        self._make = make

    def __call__(self, name: str | None, *arguments: Any, **options: Any) -> logging.LogRecord:
        record = self._make(name, *arguments, **options)
        # `logging.makeLogRecord` names no logger.
        if name is not None and _is_of_libraries(name):
            _redact(record)
        return record


def _is_of_libraries(name: str) -> bool:
    return name.partition(".")[0] in _LIBRARIES


def _redacting(record: logging.LogRecord) -> bool:
    """Filter out nothing."""
    _redact(record)
    return True


def _redact(record: logging.LogRecord) -> None:
    if isinstance(record.exc_info, tuple):
        record.exc_text, record.exc_info = redacted(_text_of(*record.exc_info), foreign=True), None
    if record.stack_info:
        record.stack_info = redacted(record.stack_info, foreign=True)
    try:
        text = record.getMessage()
    except Exception:  # noqa: BLE001 - logging says itself what is wrong with such a record
        return
    hidden = redacted(text, foreign=True)
    if hidden != text:
        record.msg, record.args = hidden, ()


def _text_of(kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None) -> str:
    return "".join(traceback.format_exception(kind, error, frames)).rstrip()
