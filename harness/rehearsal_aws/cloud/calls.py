"""Determines the service and the operation of a request, by their names in botocore's models."""

from __future__ import annotations

import dataclasses
import io
import re
from typing import Any, Final
from urllib.parse import parse_qs

from botocore.exceptions import UnknownServiceError

__all__ = ["BY_TEST", "Call", "call_of", "is_by_test"]

BY_TEST: Final = "embedded-aws-test"
"""Marks, in the user agent, a client with which a test inspects the cloud."""

_SCOPE: Final = re.compile(r"Credential=(?P<access_key>[^/]+)/\d{8}/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_READS: Final = re.compile(r"(BatchGet|Describe|Get|Head|List)[A-Z]")


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """One request: ``Call("ivs", "CreateStreamKey", "us-east-1")``; `operation` is empty if it is not recognized."""

    service: str
    operation: str
    region: str

    @property
    def reads(self) -> bool:
        """Whether the operation only reads."""
        return _READS.match(self.operation) is not None


def call_of(environ: dict[str, Any]) -> Call | None:
    """Parse a WSGI request; return None if it is unsigned. The body can still be read afterwards."""
    scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    if scope is None:
        return None
    service = scope["service"]
    return Call(service, _operation(environ, service), scope["region"])


def is_by_test(environ: dict[str, Any]) -> bool:
    """Whether the request comes from a client of the test, not from the tested program."""
    return BY_TEST in environ.get("HTTP_USER_AGENT", "")


def _operation(environ: dict[str, Any], service: str) -> str:
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    if target:
        return target.rpartition(".")[2]
    if "urlencoded" in environ.get("CONTENT_TYPE", ""):
        body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        return parse_qs(body.decode()).get("Action", [""])[0]
    return _routed(environ, service)


def _routed(environ: dict[str, Any], service: str) -> str:
    from moto.core.request import Request  # noqa: PLC0415 - only a server that serves has moto loaded
    from moto.core.routing import get_service_router  # noqa: PLC0415
    from werkzeug.exceptions import NotFound  # noqa: PLC0415

    try:
        operation, _ = get_service_router(service).match(Request(dict(environ)))
    except (NotFound, NotImplementedError, UnknownServiceError):
        return ""
    return str(operation.name)
