"""moto's WSGI application for the embedded AWS, with an additional path to create the resources of a state."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

if TYPE_CHECKING:
    from flask import Flask

__all__ = ["EXISTING", "MotoApplication"]

EXISTING: Final = "/rehearsal-aws/existing"
"""The path that accepts resources, as JSON: ``{"resources": […]}``. It answers why some were not created."""

# The Flask applications of this process by service, each with its routes. They are reused, because compiling the routes
# takes as long as twenty requests. Their data is moto's memory, which is emptied for each cloud.
_made: dict[str, tuple[object, Flask]] = {}


class MotoApplication(DomainDispatcherApplication):
    """A WSGI application; it is not thread-safe."""

    def __init__(self) -> None:
        super().__init__(_application_of)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == EXISTING:
            # Imported late, because it imports moto's models of several services.
            from rehearsal_aws.cloud import existing  # noqa: PLC0415

            return existing.answer(environ, start_response)
        answered: Iterable[bytes] = super().__call__(environ, start_response)
        return answered


def _application_of(service: Any) -> Flask:
    """Return the cached application of a service, or a new one if the service's routes have changed."""
    routes, application = _made.get(service, (None, None))
    if application is None or routes is not _routes_of(service):
        application = create_backend_app(service)
        _made[service] = (_routes_of(service), application)
    return application


def _routes_of(service: str) -> object:
    urls = sys.modules.get(f"moto.{service}.urls")
    return getattr(urls, "url_paths", None)
