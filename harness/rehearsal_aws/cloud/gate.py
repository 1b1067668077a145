"""Access control of the embedded AWS: only clients that know its URL, and no web pages.

moto's server accepts requests from every client, with any Host, allows every web page to read its responses, and has an
API (``/moto-api/``) that shows and deletes all resources. Every local user, and every page in a local browser, can
reach a loopback port. So the URL of an embedded AWS has a secret in its path, new for each run. Requests without the
secret are refused. So are requests from a browser for a web page (`Origin`), and requests to another host name that
resolves to this machine (`Host`).
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
_FETCH_SITE: Final = "HTTP_SEC_FETCH_SITE"
_NOT_FROM_PAGE: Final = "none"
_LOCAL: Final = frozenset({"127.0.0.1", "localhost"})
# WSGI variables with the undecoded path. moto reads them besides PATH_INFO.
_RAW_PATHS: Final = ("RAW_URI", "REQUEST_URI")


class Gate:
    """Accepts requests whose path begins with the secret of this run, and removes the secret from the path.

    `prefix` is ``/SECRET``. A client's endpoint is the server's URL followed by it.
    """

    def __init__(self) -> None:
        self.prefix: Final = f"/{secrets.token_urlsafe(_SECRET_BYTES)}"

    def __repr__(self) -> str:
        return "Gate()"

    def guard(self, application: Application) -> Application:
        """Return `application` behind the gate."""

        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            reason = self._reason_to_refuse(environ)
            if reason:
                return _refuse(reason, start_response)
            return application(self._without_prefix(environ), start_response)

        return answer

    def _reason_to_refuse(self, environ: Mapping[str, Any]) -> str:
        host = str(environ.get("HTTP_HOST", ""))
        name, _, port = host.rpartition(":")
        if name not in _LOCAL or port != str(environ.get("SERVER_PORT", "")):
            return "the request was sent to another host: the embedded AWS answers for this machine's loopback alone"
        # A browser sends no Origin for scripts and images, but Sec-Fetch-Site shows that a page has requested them.
        if "HTTP_ORIGIN" in environ or environ.get(_FETCH_SITE, _NOT_FROM_PAGE) != _NOT_FROM_PAGE:
            return "the request comes from a web page: the embedded AWS answers AWS clients alone"
        path = str(environ.get("PATH_INFO", ""))
        start, rest = path[: len(self.prefix)], path[len(self.prefix) :]
        # Compare in constant time, so that the duration of a refusal does not reveal parts of the secret.
        known = hmac.compare_digest(start.encode("utf-8", "surrogateescape"), self.prefix.encode())
        if not known or (rest and not rest.startswith("/")):
            return "the request lacks the secret of this run: take the URL from AWS_ENDPOINT_URL as a whole"
        return ""

    def _without_prefix(self, environ: dict[str, Any]) -> dict[str, Any]:
        inner = {**environ, "PATH_INFO": environ["PATH_INFO"][len(self.prefix) :] or "/"}
        for name in _RAW_PATHS:
            if name in environ:
                inner[name] = self._sent_without_prefix(str(environ[name]))
        return inner

    def _sent_without_prefix(self, sent: str) -> str:
        path = sent
        if not sent.startswith("/"):
            # A client that uses a proxy sends the whole URL.
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
