"""Makes up a resource of a modelled type if it refers to something that does not exist in the cloud."""

from __future__ import annotations

from collections.abc import Callable

from rehearsal.made_up.absent_outputs import MADE_UP
from rehearsal.made_up.provider import MadeUpProvider
from rehearsal.provider import (
    CheckResult,
    CreateResult,
    DiffResult,
    InvokeResult,
    NotFound,
    PropertyMap,
    Provider,
    ReadResult,
)
from rehearsal.state.urns import name_of, type_of

__all__ = ["FallbackProvider"]


class FallbackProvider(Provider):
    """Uses the provider `model`, and makes up the resources whose creation raises `NotFound`.

    A made-up resource stays made up until it is replaced. `tell` is called with a message for each such resource.
    """

    def __init__(self, model: Provider, made_up: MadeUpProvider, tell: Callable[[str], None]) -> None:
        self._model = model
        self._made_up = made_up
        self._tell = tell

    def _of(self, outputs: PropertyMap) -> Provider:
        return self._made_up if MADE_UP in outputs else self._model

    def configure(self, config: PropertyMap) -> None:
        self._model.configure(config)
        self._made_up.configure(config)

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        return self._model.check(urn, olds, news)

    def diff(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> DiffResult:
        return self._of(old_outputs).diff(urn, id, old_inputs, old_outputs, news)

    def create(self, urn: str, inputs: PropertyMap) -> CreateResult:
        try:
            return self._model.create(urn, inputs)
        except NotFound as reason:
            self._tell(f"{type_of(urn)} {name_of(urn)!r} is made up: {reason}")
        made = self._made_up.create(urn, inputs)
        return CreateResult(made.id, {**made.outputs, MADE_UP: True})

    def preview_create(self, urn: str, inputs: PropertyMap) -> PropertyMap:
        return self._model.preview_create(urn, inputs)

    def read(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult | None:
        return self._of(outputs).read(urn, id, inputs, outputs)

    def adopt(self, urn: str, id: str, wanted: PropertyMap) -> ReadResult | None:
        return self._model.adopt(urn, id, wanted)

    def update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        outputs = self._of(old_outputs).update(urn, id, old_inputs, old_outputs, news)
        return {**outputs, MADE_UP: True} if MADE_UP in old_outputs else outputs

    def preview_update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        outputs = self._of(old_outputs).preview_update(urn, id, old_inputs, old_outputs, news)
        return {**outputs, MADE_UP: True} if MADE_UP in old_outputs else outputs

    def delete(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> None:
        self._of(outputs).delete(urn, id, inputs, outputs)

    def invoke(self, token: str, args: PropertyMap) -> InvokeResult:
        try:
            return self._model.invoke(token, args)
        except NotFound as reason:
            self._tell(f"the result of {token} is made up: {reason}")
        return self._made_up.invoke(token, args)

    def close(self) -> None:
        self._model.close()
