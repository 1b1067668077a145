"""Providers as the engine calls them: they get no secrets, and properties that were secret stay secret in results."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from rehearsal.provider import (
    CheckFailure,
    CreateResult,
    DiffResult,
    InvokeResult,
    PropertyMap,
    Provider,
    ReadResult,
)
from rehearsal.providers.harness_work import provider_work
from rehearsal.state.property_diff import differences
from rehearsal.state.property_paths import ignore_changes
from rehearsal.state.property_values import ResourceReference, Secret, keep_secrets, reveal
from rehearsal.state.resource import ResourceState

__all__ = ["GuardedProvider"]


class GuardedProvider:
    """A `Provider` under Pulumi's rules for plugins that accept neither secrets nor resource references.

    It shares the program's process, but not the program's configuration of logging.
    """

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> tuple[PropertyMap, tuple[CheckFailure, ...]]:
        """Return the checked inputs and their failures."""
        with provider_work():
            result = self.provider.check(urn, _plain(olds), _plain(news))
        return keep_secrets(result.inputs, news), result.failures

    def diff(
        self,
        urn: str,
        id_: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        news: PropertyMap,
        ignored: Sequence[str] = (),
    ) -> DiffResult:
        """Return the diff; if a provider can't tell, the inputs are compared, except for those `ignored`."""
        with provider_work():
            result = self.provider.diff(urn, id_, _plain(old_inputs), _plain(old_outputs), _plain(news))
        if result.changes is None:
            considered, _ = ignore_changes(news, old_inputs, ignored)
            found = differences(reveal(old_inputs), reveal(considered))
            return dataclasses.replace(result, changes=bool(found), detailed=found)
        return result

    def create(self, urn: str, inputs: PropertyMap, *, preview: bool) -> CreateResult:
        """Return the created resource, or in a preview the planned one, without an id."""
        with provider_work():
            if preview:
                return CreateResult("", keep_secrets(self.provider.preview_create(urn, _plain(inputs)), inputs))
            result = self.provider.create(urn, _plain(inputs))
        return CreateResult(result.id, keep_secrets(result.outputs, inputs))

    def read(self, urn: str, id_: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult | None:
        """Return the existing resource, or None."""
        with provider_work():
            result = self.provider.read(urn, id_, _plain(inputs), _plain(outputs))
        if result is None:
            return None
        read_inputs = None if result.inputs is None else keep_secrets(result.inputs, inputs)
        return ReadResult(result.id, keep_secrets(result.outputs, outputs), read_inputs)

    def adopt(self, urn: str, id_: str, wanted: PropertyMap) -> ReadResult | None:
        """Return an existing resource for an import, or None; `wanted` are the program's inputs."""
        with provider_work():
            result = self.provider.adopt(urn, id_, _plain(wanted))
        if result is None or result.inputs is None:
            return result
        return ReadResult(result.id, keep_secrets(result.outputs, wanted), keep_secrets(result.inputs, wanted))

    def update(self, old: ResourceState, news: PropertyMap, *, preview: bool) -> PropertyMap:
        """Return the outputs after the change, or in a preview as far as they are known."""
        method = self.provider.preview_update if preview else self.provider.update
        with provider_work():
            outputs = method(old.urn, old.id, _plain(old.inputs), _plain(old.outputs), _plain(news))
        return keep_secrets(outputs, news)

    def delete(self, state: ResourceState) -> None:
        """Delete the resource."""
        with provider_work():
            self.provider.delete(state.urn, state.id, _plain(state.inputs), _plain(state.outputs))

    def invoke(self, token: str, args: PropertyMap) -> InvokeResult:
        """Call a function of the package."""
        with provider_work():
            return self.provider.invoke(token, _plain(args))


def _plain(properties: PropertyMap) -> PropertyMap:
    return {key: _reduce(value) for key, value in properties.items()}


def _reduce(value: Any) -> Any:
    match value:
        case Secret():
            return _reduce(value.value)
        case ResourceReference():
            return value.reduced()
        case dict():
            return {k: _reduce(v) for k, v in value.items()}
        case list():
            return [_reduce(v) for v in value]
        case _:
            return value
