"""Werkzeug's server around an application, without logging."""

from __future__ import annotations

from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import BaseWSGIServer, make_server

from rehearsal_aws.cloud.wsgi import Application

__all__ = ["bind"]


class _Quiet(MotoRequestHandler):
    """Answers requests and logs none: their content is private to the program."""

    def log(self, type: str, message: str, *args: Any) -> None:
        del type, message, args


def bind(host: str, port: int, descriptor: int, application: Application) -> BaseWSGIServer:
    """Return a threaded server on a bound socket; it does not serve yet."""
    server = make_server(host, port, application, threaded=True, request_handler=_Quiet, fd=descriptor)
    server.log_startup = lambda: None  # type: ignore[method-assign]
    return server
