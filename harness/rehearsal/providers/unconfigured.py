"""Stands for a provider whose own inputs are not known yet in a preview, so that it can't be called."""

from __future__ import annotations

from typing import Final

from rehearsal.provider import DiffResult, InvokeResult, PropertyMap, Provider, ReadResult

__all__ = ["UnconfiguredProvider"]

_NOT_KNOWN: Final = (
    "The provider for this resource has inputs that are not known during preview.\n"
    "This preview may not correctly represent the changes that will be applied during an update."
)


class UnconfiguredProvider(Provider):
    """As in Pulumi, returns inputs unchanged, reports every resource as changed, and returns no outputs.

    The SDK treats missing outputs in a preview as unknown.
    """

    def diff(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> DiffResult:
        del urn, id, old_inputs, old_outputs, news
        return DiffResult(changes=True, warning=_NOT_KNOWN)

    def preview_create(self, urn: str, inputs: PropertyMap) -> PropertyMap:
        del urn, inputs
        return {}

    def preview_update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        del urn, id, old_inputs, old_outputs, news
        return {}

    def read(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult:
        del urn, inputs, outputs
        return ReadResult(id, {})

    def invoke(self, token: str, args: PropertyMap) -> InvokeResult:
        del token, args
        return InvokeResult({})
