"""The subset of botocore's built-in event handlers that clients of IVS need.

botocore copies all handlers for each session and each client. That took a third of the time to create a client.
"""

import copy
import functools
from collections.abc import Callable
from typing import Any, Final

from botocore.hooks import BaseEventHooks, HierarchicalEmitter
from botocore.session import Session

__all__ = ["handlers_for"]

# IVS, and the services from which botocore gets credentials.
_SERVICES: Final = frozenset({"ivs", "signin", "sso", "sso-oidc", "sts"})
_DOCUMENTATION_EVENTS: Final = "docs"


def handlers_for(service: str) -> HierarchicalEmitter:
    """Return a new emitter with botocore's handlers, for a session that creates clients of `service`."""
    return copy.copy(_handlers(complete=service not in _SERVICES))


@functools.cache
def _handlers(*, complete: bool) -> HierarchicalEmitter:
    handlers = HierarchicalEmitter()
    Session(event_hooks=handlers if complete else _NeededHandlers(handlers))
    return handlers


class _NeededHandlers(BaseEventHooks):
    """Passes a handler on to another emitter if its event is one of `_SERVICES` or is not specific to a service.

    The second part of an event's name is its service, if it has one: ``before-call.s3.PutObject``.
    """

    def __init__(self, emitter: HierarchicalEmitter) -> None:
        self._emitter = emitter

    def register(self, event_name: str, handler: Callable[..., Any], *rest: Any, **options: Any) -> None:
        """Register a handler if it is needed."""
        self._register_if_needed(self._emitter.register, event_name, handler, *rest, **options)

    def register_first(self, event_name: str, handler: Callable[..., Any], *rest: Any, **options: Any) -> None:
        """Register a handler to be called first, if it is needed."""
        self._register_if_needed(self._emitter.register_first, event_name, handler, *rest, **options)

    def register_last(self, event_name: str, handler: Callable[..., Any], *rest: Any, **options: Any) -> None:
        """Register a handler to be called last, if it is needed."""
        self._register_if_needed(self._emitter.register_last, event_name, handler, *rest, **options)

    @staticmethod
    def _register_if_needed(register: Callable[..., None], event_name: str, *arguments: Any, **options: Any) -> None:
        kind, *place = event_name.split(".")
        if kind != _DOCUMENTATION_EVENTS and (not place or place[0] in _SERVICES):
            register(event_name, *arguments, **options)
