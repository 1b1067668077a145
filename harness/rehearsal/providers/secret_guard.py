"""Calls providers for the engine: passes secrets in plaintext, and marks properties in results as secret again.

Errors of modelled types may quote names and values; secrets in them are redacted.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

from rehearsal.provider import (
    CheckFailure,
    CreateResult,
    DiffResult,
    InvokeResult,
    PropertyMap,
    Provider,
    ProviderError,
    ReadResult,
)
from rehearsal.providers.harness_work import provider_work
from rehearsal.state.property_diff import differences
from rehearsal.state.property_paths import ignore_changes
from rehearsal.state.property_values import ResourceReference, Secret, keep_secrets, reveal, secrets_in
from rehearsal.state.resource import ResourceState

__all__ = ["GuardedProvider", "without_secrets"]

# Shorter secrets are not redacted: the same text occurs by chance.
_SHORTEST: Final = 5


class GuardedProvider:
    """Calls a `Provider` as Pulumi calls a plugin that accepts neither secrets nor resource references.

    The provider runs in the program's process, but the program's configuration of logging does not apply to it.
    """

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> tuple[PropertyMap, tuple[CheckFailure, ...]]:
        """Return the checked inputs and their failures."""
        with self._redacting_errors(olds, news):
            result = self.provider.check(urn, _plain(olds), _plain(news))
        return keep_secrets(result.inputs, news), self._redacted(result.failures, olds, news)

    def diff(
        self,
        urn: str,
        id_: str,
        old_inputs: PropertyMap,
        old_outputs: PropertyMap,
        news: PropertyMap,
        ignored: Sequence[str] = (),
    ) -> DiffResult:
        """Return the diff. If the provider returns none, compare the inputs, except those in `ignored`."""
        with self._redacting_errors(old_inputs, old_outputs, news):
            result = self.provider.diff(urn, id_, _plain(old_inputs), _plain(old_outputs), _plain(news))
        if result.changes is None:
            considered, _ = ignore_changes(news, old_inputs, ignored)
            found = differences(reveal(old_inputs), reveal(considered))
            return dataclasses.replace(result, changes=bool(found), detailed=found)
        return result

    def create(self, urn: str, inputs: PropertyMap, *, preview: bool) -> CreateResult:
        """Return the created resource, or in a preview the planned one, without an id."""
        with self._redacting_errors(inputs):
            if preview:
                return CreateResult("", keep_secrets(self.provider.preview_create(urn, _plain(inputs)), inputs))
            result = self.provider.create(urn, _plain(inputs))
        return CreateResult(result.id, keep_secrets(result.outputs, inputs))

    def read(self, urn: str, id_: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult | None:
        """Return the existing resource, or None."""
        with self._redacting_errors(inputs, outputs):
            result = self.provider.read(urn, id_, _plain(inputs), _plain(outputs))
        if result is None:
            return None
        read_inputs = None if result.inputs is None else keep_secrets(result.inputs, inputs)
        return ReadResult(result.id, keep_secrets(result.outputs, outputs), read_inputs)

    def adopt(self, urn: str, id_: str, wanted: PropertyMap) -> ReadResult | None:
        """Return an existing resource for an import, or None; `wanted` are the program's inputs."""
        with self._redacting_errors(wanted):
            result = self.provider.adopt(urn, id_, _plain(wanted))
        if result is None or result.inputs is None:
            return result
        return ReadResult(result.id, keep_secrets(result.outputs, wanted), keep_secrets(result.inputs, wanted))

    def update(self, old: ResourceState, news: PropertyMap, *, preview: bool) -> PropertyMap:
        """Return the outputs after the change, or in a preview the known ones."""
        method = self.provider.preview_update if preview else self.provider.update
        with self._redacting_errors(old.inputs, old.outputs, news):
            outputs = method(old.urn, old.id, _plain(old.inputs), _plain(old.outputs), _plain(news))
        return keep_secrets(outputs, news)

    def delete(self, state: ResourceState) -> None:
        """Delete the resource."""
        with self._redacting_errors(state.inputs, state.outputs):
            self.provider.delete(state.urn, state.id, _plain(state.inputs), _plain(state.outputs))

    def invoke(self, token: str, args: PropertyMap) -> InvokeResult:
        """Call a function of the package."""
        with self._redacting_errors(args):
            result = self.provider.invoke(token, _plain(args))
        return dataclasses.replace(result, failures=self._redacted(result.failures, args))

    @contextlib.contextmanager
    def _redacting_errors(self, *given: PropertyMap) -> Iterator[None]:
        """Run a call of the provider in the block, and redact the properties' secrets in its errors."""
        try:
            with provider_work():
                yield
        except ProviderError as error:
            text = str(error) if self.provider.is_tested else without_secrets(str(error), given)
            if text == str(error):
                raise
            raise type(error)(text) from None

    def _redacted(self, failures: Sequence[CheckFailure], *given: PropertyMap) -> tuple[CheckFailure, ...]:
        if self.provider.is_tested:
            return tuple(failures)
        return tuple(CheckFailure(failure.property, without_secrets(failure.reason, given)) for failure in failures)


def without_secrets(text: str, given: Sequence[PropertyMap]) -> str:
    """Return a text with the secrets in the properties redacted, also as escaped in Python or JSON strings."""
    secrets = {one for properties in given for value in secrets_in(dict(properties)) for one in _texts(value)}
    for secret in sorted(secrets, key=len, reverse=True):
        for form in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]):
            text = text.replace(form, "[secret]")
    return text


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in a secret, including the keys of mappings."""
    match value:
        case str() if len(value) >= _SHORTEST:
            yield value
        case dict():
            for name, inner in value.items():
                yield from (*_texts(name), *_texts(inner))
        case list():
            for inner in value:
                yield from _texts(inner)


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
