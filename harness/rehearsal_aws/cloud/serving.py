"""Werkzeug's WSGI server, without logging."""

from __future__ import annotations

from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from rehearsal_aws.cloud.wsgi import Application

__all__ = ["bind"]


class _SilentRequestHandler(MotoRequestHandler):
    """A request handler that logs nothing, because requests may contain secrets."""

    def log(self, type: str, message: str, *args: Any) -> None:
        del type, message, args


def bind(host: str, port: int, descriptor: int, application: Application) -> BaseWSGIServer:
    """Return a threaded server on a bound socket. It does not serve until its methods are called."""
    server = make_server(host, port, application, threaded=True, request_handler=_SilentRequestHandler, fd=descriptor)
    server.log_startup = lambda: None  # type: ignore[method-assign]
    return server
