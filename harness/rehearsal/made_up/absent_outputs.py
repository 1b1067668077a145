"""Makes missing outputs of existing made-up resources None in previews, instead of unknown."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pulumi.runtime import rpc

__all__ = ["ABSENT_IS_NONE", "MADE_UP", "known_in_previews"]

ABSENT_IS_NONE: Final = "__absentIsNone"
"""A property that tells `known_in_previews` that the resource has no further outputs."""
MADE_UP: Final = "__madeUp"
"""An output, only in the state, that marks a made-up resource if the engine does not know that it is made up."""


@contextlib.contextmanager
def known_in_previews() -> Iterator[None]:
    """Resolve missing outputs of marked resources to None in previews too, while the `with` block runs.

    The SDK resolves a missing output to unknown in a preview, and to None in an `up`. An existing real resource has all
    its outputs, but a made-up one may lack some. Without this patch, its dependents would change in each preview, and
    in no `up`.
    """
    original: Callable[..., Any] = rpc.resolve_properties

    def resolve_properties(
        resolvers: Mapping[str, Callable[..., Any]],
        properties: dict[str, Any],
        deps: Mapping[str, Any],
        *args: Any,
        **options: Any,
    ) -> None:
        marks = [properties.pop(mark, None) for mark in (ABSENT_IS_NONE, MADE_UP)]
        if not any(marks):
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
