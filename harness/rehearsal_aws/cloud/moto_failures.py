"""Turns failures of moto into AWS errors. moto's server would respond with HTML pages, which SDKs can't parse."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from rehearsal_aws.cloud.calls import Call
from rehearsal_aws.cloud.error_response import error_response
from rehearsal_aws.regions import endpoints_of, problem

__all__ = ["answered"]

INVALID_REGION: Final = "InvalidRegion"
NOT_IMPLEMENTED: Final = "NotImplemented"
FAILURE: Final = "InternalFailure"
# Not 500, 502, 503 or 504: SDKs would retry the call, in vain.
_NOT_IMPLEMENTED_STATUS: Final = 501
_PAGE: Final = b"<!doctype html>"


def answered(
    application: Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]],
    environ: dict[str, Any],
    start_response: Callable[..., Any],
    call: Call | None,
) -> list[bytes]:
    """Return the response of moto's application, or an AWS error if the region is unknown or moto fails."""
    service = call.service if call else ""

    def refuse(code: str, message: str, status: int | None = None) -> list[bytes]:
        return error_response(service, start_response, code, message, status)

    if call and (wrong := problem(call.region)):
        return refuse(INVALID_REGION, f"the region: {wrong}")
    begun: list[Any] = []
    try:
        body = list(application(environ, lambda *response: begun.extend(response)))
    except NotImplementedError as error:
        return refuse(NOT_IMPLEMENTED, f"moto does not model this operation: {error}", _NOT_IMPLEMENTED_STATUS)
    except Exception as error:  # noqa: BLE001 - moto's bugs must not look like the program's
        if call and endpoints_of(service) and (wrong := problem(call.region, service)):
            return refuse(INVALID_REGION, f"the region: {wrong}")
        text = f"moto failed at {_named(call)}: {type(error).__name__}: {error}"
        return refuse(FAILURE, text, _NOT_IMPLEMENTED_STATUS)
    if call and b"".join(body)[: len(_PAGE)].lower() == _PAGE:
        text = f"moto does not model {_named(call)} (HTTP status {begun[0]})"
        return refuse(NOT_IMPLEMENTED, text, _NOT_IMPLEMENTED_STATUS)
    start_response(*begun)
    return body


def _named(call: Call | None) -> str:
    return "a call that is not signed" if call is None else f"{call.service}:{call.operation or 'an operation'}"
