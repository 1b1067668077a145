"""A provider whose own inputs are not known yet: a preview makes no calls to it."""

from __future__ import annotations

from typing import Final

from rehearsal.provider import DiffResult, InvokeResult, PropertyMap, Provider, ReadResult

__all__ = ["UnconfiguredProvider"]

_NOT_KNOWN: Final = (
    "The provider for this resource has inputs that are not known during preview.\n"
    "This preview may not correctly represent the changes that will be applied during an update."
)


class UnconfiguredProvider(Provider):
    """Accepts inputs unchanged, treats every resource as changed, and returns no outputs, as Pulumi does.

    In a preview, a missing output is unknown to the program.
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
