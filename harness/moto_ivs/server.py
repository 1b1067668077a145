"""Adds the routes to moto's servers, including those that run when the extension is installed or uninstalled.

A server keeps one Flask application for each service that it has served, with the routes at that time. The application
for IVS must be created again when the routes change. (An application that somebody created with
`create_backend_app("ivs")` and keeps can't be reached: its routes stay as they were.)
"""

from __future__ import annotations

import functools
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import moto.ivs.urls
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from moto_ivs.broadcast import PREFIX
from moto_ivs.patching import Undo, patch

__all__ = ["add_routes"]

_SERVICE = "ivs"


def add_routes() -> Iterator[Undo]:
    """Make every server of this process use IVS's current routes, and route the broadcast paths to IVS.

    Yields a function that undoes each step; call them after the routes are removed.
    """
    # Each server that got a request since, and the routes of its application for IVS.
    served: weakref.WeakKeyDictionary[DomainDispatcherApplication, object] = weakref.WeakKeyDictionary()
    guard = threading.Lock()

    def with_current_routes(get_application: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(get_application)
        def patched(self: DomainDispatcherApplication, environ: dict[str, Any]) -> Any:
            routes = moto.ivs.urls.url_paths
            with guard:
                if served.get(self) is not routes:
                    _forget_application(self)
                    served[self] = routes
            return get_application(self, environ)

        return patched

    def forget_all() -> None:
        with guard:
            for server in served:
                _forget_application(server)

    yield forget_all
    yield patch(DomainDispatcherApplication, "get_application", with_current_routes)
    yield patch(DomainDispatcherApplication, "infer_service_region_host", _send_broadcast_paths_to_ivs)


def _forget_application(server: DomainDispatcherApplication) -> None:
    with server.lock:
        server.app_instances.pop(_SERVICE, None)


def _send_broadcast_paths_to_ivs(infer: Callable[..., Any]) -> Callable[..., Any]:
    # Such a request is not signed, but a server reads the service from the signature.
    @functools.wraps(infer)
    def patched(self: DomainDispatcherApplication, environ: dict[str, Any], path: str) -> str | None:
        if path.startswith(PREFIX):
            return f"{_SERVICE}.us-east-1.amazonaws.com"
        host: str | None = infer(self, environ, path)
        return host

    return patched
