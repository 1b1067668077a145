"""What a preview does with a provider whose own inputs are not known yet: it asks it nothing."""

from __future__ import annotations

from rehearsal.provider import DiffResult, InvokeResult, PropertyMap, Provider, ReadResult

__all__ = ["UnconfiguredProvider"]


class UnconfiguredProvider(Provider):
    """Takes inputs as they are, takes every resource for changed, and tells no outputs, as Pulumi does.

    To a program, in a preview, an output that it is not told is one that is not known.
    """

    def diff(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> DiffResult:
        del urn, id, old_inputs, old_outputs, news
        return DiffResult(changes=True)

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
