"""Uses outputs from the user for types that rehearsal does not run, such as commands and remote components.

Nothing is created in a cloud. All other outputs that the SDK declares are made up.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pulumi

from rehearsal.errors import ConfigError
from rehearsal.made_up.declarations import Declaration
from rehearsal.made_up.provider import MadeUpProvider
from rehearsal.provider import (
    UNKNOWN,
    CreateResult,
    InvokeResult,
    NamingCloud,
    PropertyMap,
    ReadResult,
)
from rehearsal.state.urns import name_of

__all__ = ["GivenProvider", "check_given", "given_models"]

Given = Mapping[str, Mapping[str, Any]]
"""Outputs by the pattern of the types or functions that have them."""


def check_given(given: Given) -> None:
    """Validate given outputs.

    :raises ConfigError: for Pulumi's own types, including dynamic resources, and for values that are not mappings.
    """
    for token, outputs in given.items():
        if token.startswith("pulumi") or ":" not in token:
            raise ConfigError(
                f"given_outputs: {token!r}: expected the type of a resource or a function, such as "
                "command:local:Command; Pulumi's own types and dynamic resources have their own outputs"
            )
        if not isinstance(outputs, Mapping) or not all(isinstance(name, str) for name in outputs):
            raise ConfigError(f"given_outputs: {token!r}: expected a mapping of outputs by their names")
        for path, value in _not_json(dict(outputs), ""):
            raise ConfigError(
                f"given_outputs: {token!r}: {path}: expected text, a number, true or false, a list or a mapping, got "
                f"{type(value).__name__}; the program says which outputs are secret (additional_secret_outputs), and "
                "YAML takes a date for text only in quotes"
            )


def _not_json(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield the paths and values of parts that are not JSON data, which no provider can return."""
    if isinstance(value, dict):
        for name, item in value.items():
            own = f"{path}.{name}" if path else str(name)
            yield from _not_json(item, own) if isinstance(name, str) else [(own, name)]
    elif isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from _not_json(item, f"{path}[{place}]")
    elif value is not None and not isinstance(value, str | bool | int | float | pulumi.Asset | pulumi.Archive):
        yield path, value


def given_models(given: Given, clouds: Sequence[NamingCloud] = ()) -> list[tuple[str, Callable[[], GivenProvider]]]:
    """Return the models for given outputs, by the patterns of their types."""
    return [(pattern, functools.partial(GivenProvider, outputs, clouds)) for pattern, outputs in given.items()]


class GivenProvider(MadeUpProvider):
    """A provider whose results are the given `outputs`, by their names in the protocol; ``id`` may be one of them."""

    def __init__(self, outputs: Mapping[str, Any], clouds: Sequence[NamingCloud] = ()) -> None:
        super().__init__(clouds)
        self._id_given = outputs.get("id")
        self._given = {name: value for name, value in outputs.items() if name != "id" and value is not None}

    def create(self, urn: str, inputs: PropertyMap) -> CreateResult:
        return super().create(urn, {**inputs, **self._arguments_without_outputs(inputs)})

    def preview_create(self, urn: str, inputs: PropertyMap) -> PropertyMap:
        return {**dict.fromkeys(self._given, UNKNOWN), **super().preview_create(urn, inputs)}

    def read(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult:
        return super().read(urn, id, inputs, {**(outputs or inputs), **self._arguments_without_outputs(inputs)})

    def update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        given = self._arguments_without_outputs(news)
        return {**super().update(urn, id, old_inputs, {**old_outputs, **given}, news), **given}

    def invoke(self, token: str, args: PropertyMap) -> InvokeResult:
        made = super().invoke(token, {**args, **self._given})
        return InvokeResult({**made.outputs, **self._given}, made.failures)

    def construct(self, urn: str, token: str, *, known: bool) -> PropertyMap:
        """Return the outputs of a remote component. They are unknown unless `known`, in a preview of its creation."""
        if not known:
            return self.preview_create(urn, {})
        return self._made(token, name_of(urn), urn, "", self._given)[1]

    def _arguments_without_outputs(self, inputs: PropertyMap) -> PropertyMap:
        return {name: value for name, value in self._given.items() if inputs.get(name) is None}

    def _id(self, token: str, name: str, seed: str, given: PropertyMap, declared: Declaration) -> str:
        if self._id_given is not None:
            return str(self._id_given)
        return super()._id(token, name, seed, given, declared)
