"""Converts requests to the embedded AWS to JSON data and back, to store and repeat them."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from moto.core.request import PRESERVED_HEADER_NAMES_ENVIRON_KEY

from rehearsal_aws.cloud.calls import Call
from rehearsal_aws.cloud.encoding import SERVICES
from rehearsal_aws.cloud.moto_failures import answered
from rehearsal_aws.cloud.wsgi import Application

__all__ = ["Answer", "ask", "changes", "environ_of", "request_of"]

# Operations that change nothing in moto, although their names are not those of read operations.
_READ_OPERATIONS: Final = re.compile(
    r"kms:(Decrypt|DeriveSharedSecret|Encrypt|Generate\w+|ReEncrypt|Sign|Verify\w*)|sts:(DecodeAuthorizationMessage)"
)
_CLIENT_HEADERS: Final = "HTTP_AMZ_SDK_"
_FIELDS: Final = (
    "CONTENT_TYPE",
    "PATH_INFO",
    "QUERY_STRING",
    "RAW_URI",
    "REQUEST_METHOD",
    "REQUEST_URI",
    "SCRIPT_NAME",
    "SERVER_NAME",
    "SERVER_PORT",
    "SERVER_PROTOCOL",
    "wsgi.url_scheme",
)


class Answer:
    """The response of a WSGI application to a request."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.body: list[bytes] = []

    def start(self, status: str, headers: list[tuple[str, str]], *_: Any) -> Callable[[bytes], object]:
        """Store status and headers; WSGI's `start_response`."""
        self.status, self.headers = status, headers
        return self.body.append

    def give(self, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Send the response to a client, with its `start_response`."""
        start_response(self.status, self.headers)
        return self.body

    def digest(self) -> str:
        """Return a digest of status, headers and body."""
        said = hashlib.blake2b(repr((self.status, sorted(self.headers))).encode(), digest_size=8)
        for part in self.body:
            said.update(part)
        return said.hexdigest()


def ask(application: Application, environ: dict[str, Any], call: Call | None) -> Answer:
    """Send a request to moto's application, and return the response."""
    response = Answer()
    response.body.extend(answered(application, environ, response.start, call))
    return response


def changes(call: Call | None, environ: Mapping[str, Any]) -> bool:
    """Whether a request may change moto's contents.

    Always True for other services: some of them create default resources, or advance a state, when they are read.
    """
    reads = environ["REQUEST_METHOD"] in {"GET", "HEAD", "OPTIONS"}
    if call is None or (call.service in SERVICES and not call.operation):
        return not reads
    if call.service not in SERVICES:
        return True
    return not (call.reads or _READ_OPERATIONS.fullmatch(f"{call.service}:{call.operation}"))


def request_of(environ: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a request that determine the response, as JSON data. The body can still be read later."""
    body = _read_body(environ)
    fields = {name: value for name in _FIELDS if (value := environ.get(name))}
    headers = {
        name: value
        for name, value in environ.items()
        if name.startswith("HTTP_") and not name.startswith(_CLIENT_HEADERS)
    }
    request: dict[str, Any] = {**fields, **headers}
    if environ.get(PRESERVED_HEADER_NAMES_ENVIRON_KEY):
        request["names"] = environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY]
    try:
        request["body"] = body.decode()
    except UnicodeDecodeError:
        request["bytes"] = base64.b64encode(body).decode()
    return request


def environ_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a WSGI environment with the request."""
    environ = dict(request)
    text = environ.pop("body", None)
    body = base64.b64decode(environ.pop("bytes")) if text is None else text.encode()
    environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = environ.pop("names", {})
    return {
        "CONTENT_TYPE": "",
        "PATH_INFO": "",
        "QUERY_STRING": "",
        "SCRIPT_NAME": "",
        **environ,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.errors": io.StringIO(),
        "wsgi.input": io.BytesIO(body),
        "wsgi.multiprocess": False,
        "wsgi.multithread": True,
        "wsgi.run_once": False,
        "wsgi.version": (1, 0),
    }


def _read_body(environ: dict[str, Any]) -> bytes:
    """Read the body, and replace the input stream by one that contains it, with its length."""
    chunked = environ.pop("HTTP_TRANSFER_ENCODING", None)
    stream = environ["wsgi.input"]
    body: bytes = stream.read() if chunked else stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    environ.pop("wsgi.input_terminated", None)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ["wsgi.input"] = io.BytesIO(body)
    return body
