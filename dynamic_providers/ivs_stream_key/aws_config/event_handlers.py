"""botocore's own event handlers, without those that a client of IVS cannot need.

botocore copies all handlers for each session and each client: that was a third of the time to create a client.
"""

import copy
import functools
from collections.abc import Callable
from typing import Any, Final

from botocore.hooks import BaseEventHooks, HierarchicalEmitter
from botocore.session import Session

__all__ = ["handlers_for"]

# IVS, and the services that botocore itself asks for credentials.
_SERVICES: Final = frozenset({"ivs", "signin", "sso", "sso-oidc", "sts"})
_OF_DOCUMENTATION: Final = "docs"


def handlers_for(service: str) -> HierarchicalEmitter:
    """Return botocore's handlers for a session that creates clients of a service; a copy, to add others to."""
    return copy.copy(_handlers(complete=service not in _SERVICES))


@functools.cache
def _handlers(*, complete: bool) -> HierarchicalEmitter:
    handlers = HierarchicalEmitter()
    Session(event_hooks=handlers if complete else _Chosen(handlers))
    return handlers


class _Chosen(BaseEventHooks):
    """Registers those handlers whose events are of `_SERVICES`, or of all services, with another emitter.

    An event's name has its service in the second place, if it is of one: ``before-call.s3.PutObject``.
    """

    def __init__(self, emitter: HierarchicalEmitter) -> None:
        self._emitter = emitter

    def register(self, event_name: str, handler: Callable[..., Any], *rest: Any, **options: Any) -> None:
        """Register a handler, if it is one of those."""
        self._choose(self._emitter.register, event_name, handler, *rest, **options)

    def register_first(self, event_name: str, handler: Callable[..., Any], *rest: Any, **options: Any) -> None:
        """Register a handler to be called first, likewise."""
        self._choose(self._emitter.register_first, event_name, handler, *rest, **options)

    def register_last(self, event_name: str, handler: Callable[..., Any], *rest: Any, **options: Any) -> None:
        """Register a handler to be called last, likewise."""
        self._choose(self._emitter.register_last, event_name, handler, *rest, **options)

    @staticmethod
    def _choose(register: Callable[..., None], event_name: str, *arguments: Any, **options: Any) -> None:
        kind, *place = event_name.split(".")
        if kind != _OF_DOCUMENTATION and (not place or place[0] in _SERVICES):
            register(event_name, *arguments, **options)
