"""``pulumi:pulumi:StackReference``: the outputs of another stack."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from rehearsal.provider import PropertyMap, Provider, ProviderError, ReadResult
from rehearsal.state.property_values import contains_secret

__all__ = ["STACK_REFERENCE", "Lookup", "StackReferences"]

STACK_REFERENCE: Final = "pulumi:pulumi:StackReference"

Lookup = Callable[[str], Mapping[str, Any]]
"""Returns a stack's outputs by its name, secrets as `Secret`. LookupError, with the known stacks, if none is found."""


class StackReferences(Provider):
    """Reads the outputs of other stacks."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    def read(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult:
        del urn, outputs
        try:
            found = dict(self._lookup(id))
        except LookupError as error:
            raise ProviderError(error.args[0]) from None
        secret = sorted(name for name, value in found.items() if contains_secret(value))
        return ReadResult(id, {"name": id, "outputs": found, "secretOutputNames": secret}, inputs)
