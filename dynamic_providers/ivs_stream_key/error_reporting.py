"""How errors of the provider reach the user.

The SDK's server turns every exception of a dynamic provider into the text of a Python traceback, and the engine shows
that text. The provider controls nothing but the exception. So an expected error is raised to that server in a form
that yields no traceback (docs/decisions/0013-errors-without-traceback.md says why and how), and to any other caller as
it is. A bug keeps its traceback and says where to report it.
"""

import functools
import sys
import traceback
from collections.abc import Callable, Mapping
from importlib import metadata
from typing import Any, Final, ParamSpec, TypeVar

from pulumi.dynamic import CheckFailure, CheckResult

from ivs_stream_key.errors import StreamKeyError
from ivs_stream_key.messages.redaction import SECRETS, redacted
from ivs_stream_key.properties import CONNECTION, VALUE

__all__ = ["Failure", "how_to_report", "report_errors"]

_P = ParamSpec("_P")
_R = TypeVar("_R")

_DISTRIBUTION: Final = "pulumi-ivs-stream-key"
_SERVER: Final = "DynamicResourceProviderServicer"


class _ErrorWithoutTraceback(Exception):
    """Carries an expected error through the SDK's server, so that the engine gets only its message.

    To format a traceback, Python reads the exception's cause. The first read of this exception's cause raises another
    one, which leaves the server; gRPC then sends the engine the message that was set for the call. If nothing reads the
    cause, or gRPC ignores the message, the user sees the message after a traceback of three frames.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self._is_first_read = True

    @property
    def __cause__(self) -> None:  # type: ignore[override]
        if self._is_first_read:
            self._is_first_read = False
            raise _Message(str(self)) from None


class _Message(Exception):
    """The message that the user reads."""


class Failure(Exception):
    """Replaces an unexpected error whose traceback contains a secret; its text is the redacted traceback."""


def report_errors(method: Callable[_P, _R]) -> Callable[_P, _R]:
    """Redact secrets in the errors that `method` raises, including their causes, and in the failures of a check.

    A StreamKeyError is raised without its traceback and causes. Any other error gets a note where to report it.
    """

    @functools.wraps(method)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        for properties in (*args, *kwargs.values()):
            if isinstance(properties, Mapping):
                SECRETS.learn(properties.get(VALUE))
                SECRETS.learn_settings(properties.get(CONNECTION))
        error: Exception
        try:
            return _without_secrets(method(*args, **kwargs))
        except StreamKeyError as expected:
            error = expected.with_traceback(None)
            error.__cause__ = error.__context__ = None
            expected.redact()
            caller = sys._getframe(1)  # noqa: SLF001 - no other way to identify the caller
            if _SERVER in caller.f_globals:
                message = f"{type(error).__name__}: {error}"
                _set_grpc_message(caller.f_locals.get("context"), message)
                error = _ErrorWithoutTraceback(message)
        except Exception as unforeseen:
            unforeseen.add_note(how_to_report())
            text = "".join(traceback.format_exception(unforeseen))
            hidden = redacted(text, foreign=True)
            if hidden == text:
                raise
            error = Failure(hidden)
        # Raised outside the handler, so that Python does not attach the caught error as the context.
        raise error

    return call


def _without_secrets(result: _R) -> _R:
    if isinstance(result, CheckResult):
        result.failures = [
            CheckFailure(redacted(failure.property), redacted(failure.reason)) for failure in result.failures or ()
        ]
    return result


def _set_grpc_message(call: Any, message: str) -> None:
    """Set the message of a failing gRPC call; by default gRPC prefixes it with "Exception calling application"."""
    set_details = getattr(call, "set_details", None)
    if callable(set_details):
        set_details(message)


def how_to_report() -> str:
    """Return the text that an error adds if it is a bug of this package."""
    try:
        data = metadata.metadata(_DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return f"This is a bug in {_DISTRIBUTION}: please report it, with the lines above, where you got it from."
    urls = dict(url.split(", ", 1) for url in data.get_all("Project-URL") or ())
    where = urls.get("Issues", "where you got it from")
    return f"This is a bug in {_DISTRIBUTION} {data['Version']}: please report it, with the lines above, {where}."
