"""Error responses in the protocol of the AWS service, which SDKs understand."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from typing import Any, Final
from xml.sax.saxutils import escape

from botocore.exceptions import UnknownServiceError

from rehearsal_aws.argument_rules import loader

__all__ = ["error_response"]

_BAD_REQUEST: Final = 400


def error_response(
    service: str, start_response: Callable[..., Any], code: str, message: str, status: int | None = None
) -> list[bytes]:
    """Start the response and return its body. The status is by default that of the code in the service's model."""
    protocol, known = _protocol_and_statuses(service)
    status = status or known.get(code, _BAD_REQUEST)
    if "json" in protocol:
        headers = [("Content-Type", "application/json"), ("x-amzn-ErrorType", code), ("x-amzn-RequestId", "embedded")]
        body = json.dumps({"__type": code, "code": code, "message": message})
    else:
        headers = [("Content-Type", "text/xml")]
        body = f"<Error><Type>Sender</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
        if protocol == "ec2":
            body = f"<Response><Errors>{body}</Errors><RequestID>embedded</RequestID></Response>"
        elif service != "s3":
            body = f"<ErrorResponse>{body}<RequestId>embedded</RequestId></ErrorResponse>"
    start_response(f"{status} On Demand", headers)
    return [body.encode()]


@functools.cache
def _protocol_and_statuses(service: str) -> tuple[str, dict[str, int]]:
    """Return the protocol of a service, and the HTTP statuses of its error codes."""
    try:
        model = loader().load_service_model(service, "service-2")
    except UnknownServiceError:
        return "json", {}
    statuses = {
        shape["error"].get("code", name): shape["error"]["httpStatusCode"]
        for name, shape in model["shapes"].items()
        if shape.get("exception") and "httpStatusCode" in shape.get("error", {})
    }
    return model["metadata"]["protocol"], statuses
