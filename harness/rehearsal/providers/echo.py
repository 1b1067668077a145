"""The provider of types that nobody models, where a program is allowed them: outputs are the inputs, and an id."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pulumi.runtime import rpc

from rehearsal.provider import CreateResult, DiffResult, InvokeResult, PropertyMap, Provider, ReadResult

__all__ = ["ABSENT_IS_NONE", "EchoProvider", "known_in_previews"]

ABSENT_IS_NONE: Final = "__absentIsNone"
"""A property that tells `known_in_previews` of a resource that exists and has no more outputs than come with it."""


@contextlib.contextmanager
def known_in_previews() -> Iterator[None]:
    """Let a program see in a preview what an `up` would show it of an echoed resource that exists: the rest is None.

    The SDK takes an output that does not come, or comes as None, for unknown in a preview and for None in an `up`. A
    real resource has it, so that this is seldom seen; an echoed one never has, and whatever depends on it would be
    shown as changed in every preview, and never change.
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


class EchoProvider(Provider):
    """Makes nothing anywhere, as Pulumi's mocks do: what is not an input is unknown until it is made, and then None.

    Any change is an update in place, nothing drifts, and a function returns its arguments.
    """

    def diff(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> DiffResult:
        del urn, id, old_inputs, old_outputs, news
        return DiffResult(changes=None)

    def create(self, urn: str, inputs: PropertyMap) -> CreateResult:
        return CreateResult(f"{urn.rpartition('::')[2]}-{uuid.uuid4().hex[:12]}", dict(inputs))

    def read(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult:
        del urn
        return ReadResult(id, outputs or inputs, inputs)

    def update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        del urn, id, old_inputs, old_outputs
        return dict(news)

    def preview_update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        return self.update(urn, id, old_inputs, old_outputs, news)

    def delete(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> None:
        del urn, id, inputs, outputs

    def invoke(self, token: str, args: PropertyMap) -> InvokeResult:
        del token
        return InvokeResult(dict(args))
