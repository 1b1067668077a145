"""What a program sees, in a preview, of outputs that a resource which exists does not have."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pulumi.runtime import rpc

__all__ = ["ABSENT_IS_NONE", "known_in_previews"]

ABSENT_IS_NONE: Final = "__absentIsNone"
"""A property that tells `known_in_previews` of a resource that exists and has no more outputs than come with it."""


@contextlib.contextmanager
def known_in_previews() -> Iterator[None]:
    """Let a program see in a preview what an `up` would show it of a resource that nobody models: the rest is None.

    The SDK takes an output that does not come, or comes as None, for unknown in a preview and for None in an `up`. A
    real resource has it, so that this is seldom seen; one that is made up may never have one, and whatever depends on
    it would be shown as changed in every preview, and never change.
    """
    original: Callable[..., Any] = rpc.resolve_properties

    def resolve_properties(
        resolvers: Mapping[str, Callable[..., Any]],
        properties: dict[str, Any],
        deps: Mapping[str, Any],
        *args: Any,
        **options: Any,
    ) -> None:
        if properties.pop(ABSENT_IS_NONE, None) is None:
            original(resolvers, properties, deps, *args, **options)
            return
        absent = {key: resolver for key, resolver in resolvers.items() if properties.get(key) is None}
        present = {key: resolver for key, resolver in resolvers.items() if key not in absent}
        original(present, properties, deps, *args, **options)
        for key, resolver in absent.items():
            resolver(None, True, False, deps.get(key), None)

    rpc.resolve_properties = resolve_properties  # type: ignore[assignment]
    try:
        yield
    finally:
        rpc.resolve_properties = original
