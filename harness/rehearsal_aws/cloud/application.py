"""Moto's server as the embedded AWS has it: with a path for what a state says is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication

from rehearsal_aws.cloud import existing

__all__ = ["MotoApplication"]


class MotoApplication(DomainDispatcherApplication):
    """A WSGI application; it is not made for threads."""

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == existing.PATH:
            return existing.answer(environ, start_response)
        answered: Iterable[bytes] = super().__call__(environ, start_response)
        return answered
