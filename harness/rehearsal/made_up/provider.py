"""The provider of unmodelled types, which makes up their outputs.

Nothing is created in a cloud. Made-up outputs do not change until the resource is replaced, so that previews and
refreshes show no changes. In a preview of the creation they are unknown.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from typing import Any, Final

from rehearsal.made_up.absent_outputs import MADE_UP
from rehearsal.made_up.declarations import Declaration, function_declaration, resource_declaration
from rehearsal.made_up.values import Maker, hexadecimal, similar_id, split_name
from rehearsal.provider import (
    UNKNOWN,
    CheckResult,
    CreateResult,
    DiffResult,
    InvokeResult,
    MadeUp,
    NamingCloud,
    PropertyMap,
    Provider,
    ReadResult,
)
from rehearsal.state.property_diff import differences
from rehearsal.state.property_paths import parse_path
from rehearsal.state.urns import name_of, type_of

__all__ = ["MadeUpProvider"]

_DEFAULTS: Final = "__defaults"
_NO_DECLARATION: Final = Declaration({})
_IMPORTED: Final = "__imported"
"""An input of an imported resource, while the program's inputs are not known."""
# The length of made-up lists in a function's result: programs often use the first items, such as availability zones.
_LIST_LENGTH_IN_FUNCTIONS: Final = 2


class MadeUpProvider(Provider):
    """A provider for any type and function. `clouds` make up values of their types. `note` is called with each type.

    With `marks`, outputs contain MADE_UP, for `known_in_previews` on an engine that does not know made-up types.
    """

    def __init__(
        self, clouds: Sequence[NamingCloud] = (), note: Callable[[str], None] = lambda _: None, *, marks: bool = False
    ) -> None:
        self._clouds = clouds
        self._mark = {MADE_UP: True} if marks else {}
        self._note = note
        self._config: PropertyMap = {}

    def configure(self, config: PropertyMap) -> None:
        self._config = config

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        self._note(type_of(urn))
        inputs = dict(news)
        # In a state from Pulumi, __defaults lists the inputs that the real provider has added.
        kept = [name for name in olds.get(_DEFAULTS, ()) if name not in inputs and name in olds]
        if _DEFAULTS in olds:
            inputs |= {name: olds[name] for name in (*kept, _DEFAULTS)}
        return CheckResult(inputs)

    def diff(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> DiffResult:
        del id, old_outputs
        before = {name: value for name, value in old_inputs.items() if name != _IMPORTED}
        found = differences(_without_defaults_key(before), _without_defaults_key(news))
        token = type_of(urn)
        members = self._declared(token).members
        replaces = tuple(
            dict.fromkeys(
                name
                for name in (str(parse_path(path)[0]) for path in found)
                if (name in members and members[name].forces_replacement)
                or any(cloud.replaces(token, name) for cloud in self._clouds)
            )
        )
        if _IMPORTED in old_inputs:
            replaces = ()
        kinds = {
            path: f"{kind}-replace" if str(parse_path(path)[0]) in replaces else kind for path, kind in found.items()
        }
        # If the program gives the same name again, the old resource must be deleted first.
        named = "name" in news and news["name"] == old_inputs.get("name") and "name" in members
        return DiffResult(bool(found), replaces, delete_before_replace=bool(replaces) and named, detailed=kinds)

    def create(self, urn: str, inputs: PropertyMap) -> CreateResult:
        token, seed = type_of(urn), uuid.uuid4().hex
        id_, outputs = self._made(token, name_of(urn), seed, "", _without_defaults_key(inputs))
        return CreateResult(id_, {**outputs, **self._mark})

    def preview_create(self, urn: str, inputs: PropertyMap) -> PropertyMap:
        given = _without_none(_without_defaults_key(inputs))
        members = self._declared(type_of(urn)).members
        unknown = {name: UNKNOWN for name, member in members.items() if not member.optional and name not in given}
        return {**unknown, **given}

    def read(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult:
        token = type_of(urn)
        known = _without_none(_without_defaults_key(outputs or inputs))
        if not known:
            inputs = {_IMPORTED: True}
        if not self._declared(token).members:
            return ReadResult(id, {**known, **self._mark}, inputs)
        self._note(token)
        _, found = self._made(token, name_of(urn), "", id, known)
        return ReadResult(id, {**found, **self._mark}, inputs)

    def adopt(self, urn: str, id: str, wanted: PropertyMap) -> ReadResult:
        return self.read(urn, id, wanted, {})

    def update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        token = type_of(urn)
        given = _without_none(_without_defaults_key(news))
        members = self._declared(token).members
        if not members:
            return {**given, **self._mark}
        derived = {name for cloud in self._clouds for name in cloud.derived(token)}
        stays = {name: value for name, value in old_outputs.items() if name not in old_inputs and name not in derived}
        return self._made(token, name_of(urn), "", id, {**stays, **given})[1]

    def preview_update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        return self.update(urn, id, old_inputs, old_outputs, news)

    def delete(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> None:
        del urn, id, inputs, outputs

    def invoke(self, token: str, args: PropertyMap) -> InvokeResult:
        self._note(token)
        declared = function_declaration(token) or _NO_DECLARATION
        given = {
            name: value
            for name, value in _without_none(args).items()
            if not declared.members or name in declared.members
        }
        seed = f"{token}\0{sorted(args.items(), key=repr)!r}"
        name = str(given.get("name") or f"{split_name(token)[-1]}-{hexadecimal(seed, 7)}")
        maker = self._maker(token, given, seed, "", name, several=_LIST_LENGTH_IN_FUNCTIONS)
        return InvokeResult(maker.complete(given, declared.members))

    def _declared(self, token: str) -> Declaration:
        return resource_declaration(token) or _NO_DECLARATION

    def _made(self, token: str, name: str, seed: str, id_: str, given: PropertyMap) -> tuple[str, PropertyMap]:
        declared = self._declared(token)
        known = _without_none(given)
        physical = _physical_name(token, name, seed, known)
        if id_:
            physical = known.get("name") or re.split(r"[/:]", id_)[-1]
        else:
            id_ = self._id(token, physical, seed, known, declared)
        # The seed contains the id, so that a later read makes up the same outputs.
        maker = self._maker(token, known, f"{token}\0{id_}", id_, str(physical))
        return id_, maker.complete(known, declared.members)

    def _id(self, token: str, name: str, seed: str, given: PropertyMap, declared: Declaration) -> str:
        asked = MadeUp(token, "id", name, seed, "", given, self._config, declared.example)
        for cloud in self._clouds:
            found = cloud.make_up(asked)
            if found:
                return str(found)
        example = declared.example
        made = similar_id(example, seed)
        if made != example:
            return made
        return name if example else f"{name}-{hexadecimal(seed, 12)}"

    def _maker(self, token: str, given: PropertyMap, seed: str, id_: str, name: str, *, several: int = 1) -> Maker:
        def ask(output: str, path: str) -> Any:
            own = id_ if path == f".{output}" else ""
            asked = MadeUp(token, output, name, f"{seed}\0{path}", own, given, self._config)
            return next((found for cloud in self._clouds if (found := cloud.make_up(asked)) is not None), None)

        return Maker(seed, name, ask, several)


def _physical_name(token: str, name: str, seed: str, given: PropertyMap) -> str:
    """Return the physical name that the program gives, or one generated as Pulumi does."""
    kind = token.rpartition(":")[2]
    kind = kind[:1].lower() + kind[1:]
    for argument in ("name", "identifier", kind, f"{kind}Name", f"{kind}Identifier", f"{kind}Id"):
        if isinstance(given.get(argument), str) and given[argument]:
            return str(given[argument])
    prefix = given.get("namePrefix")
    return f"{prefix}{hexadecimal(seed, 12)}" if isinstance(prefix, str) else f"{name}-{hexadecimal(seed, 7)}"


def _without_none(properties: PropertyMap) -> PropertyMap:
    return {name: value for name, value in properties.items() if value is not None}


def _without_defaults_key(value: Any) -> Any:
    """Return the value without the key ``__defaults``, which bridged providers write into states."""
    if isinstance(value, dict):
        return {key: _without_defaults_key(item) for key, item in value.items() if key != _DEFAULTS}
    return [_without_defaults_key(item) for item in value] if isinstance(value, list) else value
