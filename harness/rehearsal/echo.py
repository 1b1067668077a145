"""The provider of types that nobody models, where a program is allowed them: outputs are the inputs, and an id."""

from __future__ import annotations

import uuid

from rehearsal.provider import CreateResult, DiffResult, InvokeResult, PropertyMap, Provider, ReadResult

__all__ = ["EchoProvider"]


class EchoProvider(Provider):
    """Makes nothing anywhere, as Pulumi's mocks do: what is not an input is None, or in a preview unknown.

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
