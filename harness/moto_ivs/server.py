"""Adds the routes to moto's servers, including servers that are already running.

A server keeps one Flask application for each service that it has served, with the routes of that time. The application
for IVS must be created again when the routes change. (Applications from `create_backend_app("ivs")` keep their old
routes, because this module can't find them.)
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

    Yields one undo function for each step. Call them after the routes have been removed.
    """
    # The servers that have got a request since, with the routes of their IVS applications.
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
    # moto reads the service from a request's signature, but these requests are not signed.
    @functools.wraps(infer)
    def patched(self: DomainDispatcherApplication, environ: dict[str, Any], path: str) -> str | None:
        if path.startswith(PREFIX):
            return f"{_SERVICE}.us-east-1.amazonaws.com"
        host: str | None = infer(self, environ, path)
        return host

    return patched
