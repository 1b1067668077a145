"""The base class of providers whose resources exist only in the state."""

from __future__ import annotations

from typing import ClassVar

from rehearsal.provider import UNKNOWN, CreateResult, DiffResult, PropertyMap, Provider, ReadResult
from rehearsal.state.property_diff import differences
from rehearsal.state.property_paths import parse_path

__all__ = ["LocalResource"]


class LocalResource(Provider):
    """A provider whose outputs are computed when a resource is created, and do not change until it is replaced."""

    computed: ClassVar[tuple[str, ...]] = ()
    """Outputs that are not inputs."""
    in_place: ClassVar[frozenset[str]] = frozenset()
    """Inputs that can be updated; a change of any other input replaces the resource."""
    defaults: ClassVar[PropertyMap] = {}
    """Defaults of inputs, for the outputs of the same names."""

    def make(self, inputs: PropertyMap) -> tuple[str, PropertyMap]:
        """Return the id and the computed outputs."""
        raise NotImplementedError

    def remake(self, id: str, inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap:
        """Return the computed outputs after an update."""
        del id, inputs
        return {name: outputs[name] for name in self.computed if name in outputs}

    def diff(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> DiffResult:
        del urn, id, old_outputs
        # Ignore names that begin with two underscores, which bridged providers add to states.
        before, after = ({n: v for n, v in inputs.items() if not n.startswith("__")} for inputs in (old_inputs, news))
        found = differences(before, after)
        names = dict.fromkeys(str(parse_path(path)[0]) for path in found)
        replaces = tuple(name for name in names if name not in self.in_place)
        kinds = {
            path: f"{kind}-replace" if str(parse_path(path)[0]) in replaces else kind for path, kind in found.items()
        }
        return DiffResult(bool(found), replaces, detailed=kinds)

    def create(self, urn: str, inputs: PropertyMap) -> CreateResult:
        del urn
        given = self._given(inputs)
        id_, made = self.make(given)
        return CreateResult(id_, {**given, **made})

    def preview_create(self, urn: str, inputs: PropertyMap) -> PropertyMap:
        del urn
        return {**self._given(inputs), **dict.fromkeys(self.computed, UNKNOWN)}

    def read(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult | None:
        del urn
        return ReadResult(id, outputs or self._given(inputs), inputs)

    def update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        del urn, old_inputs
        given = self._given(news)
        return {**given, **self.remake(id, given, old_outputs)}

    def preview_update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        if any(value is UNKNOWN for value in news.values()):
            return {**self._given(news), **dict.fromkeys(self.computed, UNKNOWN)}
        return self.update(urn, id, old_inputs, old_outputs, news)

    def delete(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> None:
        del urn, id, inputs, outputs

    def _given(self, inputs: PropertyMap) -> PropertyMap:
        given = {name: value for name, value in inputs.items() if value is not None and not name.startswith("__")}
        return {**self.defaults, **given}
