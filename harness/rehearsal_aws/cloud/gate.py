"""Access control of the embedded AWS: only clients that know its URL, and no web pages.

moto's server answers every client, with any Host, allows every web page to read its responses, and has an API
(``/moto-api/``) that shows and deletes everything. Every local user, and every page in a local browser, can reach a
loopback port. So the URL of an embedded AWS has a secret in its path, new for each run. Requests without it are
refused, and so are requests that a browser sends for another site (`Origin`) or to a name that was pointed at this
machine (`Host`).
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import urlsplit

from rehearsal_aws.cloud.wsgi import Application

__all__ = ["Gate"]

_SECRET_BYTES: Final = 16
_ASKED_BY: Final = "HTTP_SEC_FETCH_SITE"
_NO_PAGE: Final = "none"
_LOCAL: Final = frozenset({"127.0.0.1", "localhost"})
# Where a WSGI server puts the raw path, besides PATH_INFO. moto reads both.
_AS_SENT: Final = ("RAW_URI", "REQUEST_URI")


class Gate:
    """Accepts requests whose path begins with the secret of this run, and removes it.

    `prefix` is that beginning, ``/SECRET``: a client's endpoint is the server's URL followed by it.
    """

    def __init__(self) -> None:
        self.prefix: Final = f"/{secrets.token_urlsafe(_SECRET_BYTES)}"

    def __repr__(self) -> str:
        return "Gate()"

    def guard(self, application: Application) -> Application:
        """Return `application` behind the gate."""

        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            reason = self._objection(environ)
            if reason:
                return _refuse(reason, start_response)
            return application(self._without_prefix(environ), start_response)

        return answer

    def _objection(self, environ: Mapping[str, Any]) -> str:
        host = str(environ.get("HTTP_HOST", ""))
        name, _, port = host.rpartition(":")
        if name not in _LOCAL or port != str(environ.get("SERVER_PORT", "")):
            return "the request was sent to another host: the embedded AWS answers for this machine's loopback alone"
        # For scripts and images of a page, a browser sends no Origin, but other headers show that a page asked.
        if "HTTP_ORIGIN" in environ or environ.get(_ASKED_BY, _NO_PAGE) != _NO_PAGE:
            return "the request comes from a web page: the embedded AWS answers AWS clients alone"
        path = str(environ.get("PATH_INFO", ""))
        start, rest = path[: len(self.prefix)], path[len(self.prefix) :]
        # Compared in constant time, so that the time of a refusal reveals nothing about the secret.
        known = hmac.compare_digest(start.encode("utf-8", "surrogateescape"), self.prefix.encode())
        if not known or (rest and not rest.startswith("/")):
            return "the request lacks the secret of this run: take the URL from AWS_ENDPOINT_URL as a whole"
        return ""

    def _without_prefix(self, environ: dict[str, Any]) -> dict[str, Any]:
        inner = {**environ, "PATH_INFO": environ["PATH_INFO"][len(self.prefix) :] or "/"}
        for name in _AS_SENT:
            if name in environ:
                inner[name] = self._sent_without_prefix(str(environ[name]))
        return inner

    def _sent_without_prefix(self, sent: str) -> str:
        path = sent
        if not sent.startswith("/"):
            # A client behind a proxy sends the whole URL.
            url = urlsplit(sent)
            path = url._replace(scheme="", netloc="").geturl()
        rest = path.removeprefix(self.prefix)
        return rest if rest.startswith("/") else f"/{rest}"


def _refuse(reason: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
    body = json.dumps({"__type": "AccessDeniedException", "message": reason}).encode()
    status = HTTPStatus.FORBIDDEN
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("x-amzn-ErrorType", "AccessDeniedException"),
    ]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]
