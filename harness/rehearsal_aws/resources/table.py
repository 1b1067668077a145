"""A type of pulumi-aws by a table: what AWS is asked, and where in the answers its properties are.

What a table does not know of a type is not refused. An argument that it does not have is kept in the state alone, and
an output that it does not have is made up, as for types that nobody models; AWS knows of neither.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError

from rehearsal.made_up.declarations import Member, resource_declaration
from rehearsal.made_up.values import Maker, read_as
from rehearsal.provider import (
    UNKNOWN,
    CheckFailure,
    CheckResult,
    CreateResult,
    MadeUp,
    PropertyMap,
    ProviderFactory,
    ReadResult,
)
from rehearsal_aws.argument_rules import Rule
from rehearsal_aws.errors import Absent
from rehearsal_aws.made_up_names import made_up_value
from rehearsal_aws.resources.names import from_prefix, prefix_of
from rehearsal_aws.resources.resource import AwsResource, covers

__all__ = [
    "Call",
    "Do",
    "Table",
    "Tagging",
    "Update",
    "at",
    "flag",
    "if_there",
    "json_at",
    "model",
    "number",
    "same_json",
]

_ACCOUNT: Final = "123456789012"
# Types whose values programs may give as text, as Terraform reads them.
_READ: Final = (bool, int, float)
_NAME: Final = re.compile(r"\{(\w+)\}")

Value = Any
"""A literal; ``"{name}"``, the property of that name; text with such names in it; or a function of all properties."""
Output = str | Callable[[Mapping[str, Any], Mapping[str, Any]], Any]
"""A path in the answer (``Attributes.TopicArn``); text with ``{names}``; or a function of answer and properties."""


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """A method of boto's client and its arguments: dots make structures, what is None is left out.

    It is made unless `when` says no of the properties.
    """

    method: str
    arguments: Mapping[str, Value]
    when: Callable[[Mapping[str, Any]], bool] = lambda _: True

    def make(self, client: Any, properties: Mapping[str, Any]) -> Mapping[str, Any]:
        """Ask; return the answer."""
        if not self.when(properties):
            return {}
        request: dict[str, Any] = {}
        for path, value in self.arguments.items():
            found = _worked_out(value, properties)
            if found is None:
                continue
            *outer, last = path.split(".")
            place = request
            for name in outer:
                place = place.setdefault(name, {})
            place[last] = found
        answer: Mapping[str, Any] = getattr(client, self.method)(**request)
        return answer


@dataclasses.dataclass(frozen=True, slots=True)
class Do:
    """What takes as many calls as AWS's answers say: a function of all properties, `client` among them."""

    work: Callable[[Mapping[str, Any]], None]

    def make(self, client: Any, properties: Mapping[str, Any]) -> Mapping[str, Any]:
        """Do it; there is no answer."""
        del client
        self.work(properties)
        return {}


@dataclasses.dataclass(frozen=True, slots=True)
class Update:
    """What is asked if one of some arguments changes."""

    arguments: tuple[str, ...]
    calls: tuple[Call | Do, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Tagging:
    """How tags are read, given and taken away; `tags` is None where AWS takes no list of keys and values."""

    read: Call
    found: str
    add: str
    remove: str
    resource: Mapping[str, Value]
    tags: str = "Tags"
    keys: str = "TagKeys"
    gone: Callable[[list[str]], Any] = lambda keys: keys
    """What `keys` takes for the keys of tags to be taken away."""
    as_mapping: bool = False
    key: str = "Key"
    value: str = "Value"


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """One type. `id` is made of the answer to `create` (``{TopicArn}``), or of the inputs.

    `outputs` are all properties that AWS tells, arguments too; `arguments` are those of pulumi-aws that it is told.
    """

    type: str
    title: str
    service: str
    arguments: tuple[str, ...]
    create: tuple[Call | Do, ...]
    id: Value
    read: Call
    found: str
    outputs: Mapping[str, Output]
    delete: tuple[Call | Do, ...]
    told_once: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Outputs that only the answer to the creation has, by their names there: secrets, mostly. The state keeps them."""
    absences: tuple[str, ...] = ()
    """Outputs that the SDK declares and that are not there, so that they are not made up either."""
    updates: tuple[Update, ...] = ()
    tagging: Tagging | None = None
    tags_at_create: str = ""
    """The argument of the first call that takes the tags; empty: they are given afterwards."""
    identity: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    kept: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    volatile: tuple[str, ...] = ()
    rules: Mapping[str, Rule] = dataclasses.field(default_factory=dict)
    auto_named: str = ""
    longest_name: int = 255
    full_name: Callable[[str, Mapping[str, Any]], str] = lambda name, _: name
    """What a name that is not the program's is with what all names of this type begin or end with."""
    absent: tuple[str, ...] = ("ResourceNotFoundException",)
    pick: Callable[[Any, Mapping[str, Any]], Any] | None = None
    """What finds the one in an answer that holds several; None if it is not there."""
    always_updates: tuple[tuple[str, ...], tuple[Call | Do, ...]] = ((), ())
    """Arguments that AWS does not tell again, and what is asked if one of them changes."""
    same: Mapping[str, Callable[[Any, Any], bool]] = dataclasses.field(default_factory=dict)
    """How values of arguments compare that are not the same text: policies, mostly."""
    import_id: Callable[[str], Mapping[str, Any]] = lambda _: {}
    """What an id says of the arguments, for an import."""
    id_found: str = ""
    """Where the answer to `read` has the id, if a resource is imported by another one that does not make it."""


class TableResource(AwsResource):
    """The resources of a table."""

    table: ClassVar[Table]
    falls_back = True

    def __init__(self) -> None:
        super().__init__()
        table = self.table
        declared = resource_declaration(table.type)
        ours = {*table.arguments, *table.outputs, *table.told_once, *table.absences, "tags", "tagsAll", "region"}
        members = declared.members if declared else {}
        members = {**{name: Member(Any, optional=True) for name in table.local}, **members}
        prefix = (self.prefix,) if self.prefix in members and self.prefix not in ours else ()
        self._extras: dict[str, Member] = {
            name: member for name, member in members.items() if name not in {*ours, *prefix}
        }
        self._kinds = {name: member.type for name, member in members.items() if member.type in _READ}
        made_up = [name for name, member in self._extras.items() if not member.optional]
        forcing = [name for name, member in self._extras.items() if member.forces_replacement]
        self.arguments = (*table.arguments, *prefix, *self._extras)  # type: ignore[misc]
        self.local = frozenset({*table.local, *self._extras})  # type: ignore[misc]
        self.kept = frozenset({*table.kept, *made_up, *((table.auto_named, *prefix) if prefix else ())})  # type: ignore[misc]
        self.identity = frozenset({*table.identity, *prefix, *forcing})  # type: ignore[misc]
        self.conflicts = (frozenset({table.auto_named, *prefix}),) if prefix else ()  # type: ignore[misc]
        self._told: dict[str, PropertyMap] = {}
        self._ids: dict[str, str] = {}
        outputs = [name for name in (*table.outputs, *table.told_once) if name not in table.arguments]
        self.computed = (*outputs, *made_up)  # type: ignore[misc]

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        read = {
            name: read_as(value, self._kinds[name]) if name in self._kinds and isinstance(value, str) else value
            for name, value in news.items()
        }
        return super().check(urn, olds, read)

    def _failures(self, inputs: PropertyMap) -> Iterator[CheckFailure]:
        known = {*self.arguments, *self.table.local, "region", "tags"}
        if self._extras:
            yield from super()._failures({name: value for name, value in inputs.items() if name in known})
        else:
            # Without the SDK nobody knows which arguments there are.
            yield from super()._failures({name: value for name, value in inputs.items() if name in self.arguments})

    def same(self, name: str, new: Any, old: Any) -> bool:
        if old is not None and name in self.table.same and not _has_unknown(new):
            return self.table.same[name](new, old)
        if name in self._extras:
            return covers(new, old)
        return super().same(name, new, old)

    def full_name(self, name: str, inputs: PropertyMap) -> str:
        return self.table.full_name(name, inputs)

    def create(self, urn: str, inputs: PropertyMap) -> CreateResult:
        table = self.table
        if self.prefix in inputs and table.auto_named not in inputs:
            inputs = {**inputs, table.auto_named: self.full_name(from_prefix(inputs[self.prefix]), inputs)}
        return super().create(urn, inputs)

    def make(self, client: Any, inputs: PropertyMap, tags: Mapping[str, str]) -> str:
        table = self.table
        properties = self._properties(client, "", {**table.defaults, **inputs})
        first, *rest = table.create
        if tags and table.tags_at_create and table.tagging is not None and isinstance(first, Call):
            given = dict(tags) if table.tagging.as_mapping else _listed(tags, table.tagging)
            first = dataclasses.replace(first, arguments={**first.arguments, table.tags_at_create: given})
        answer = first.make(client, properties)
        made = str(_worked_out(table.id, {**properties, **_flat(answer)}))
        properties["id"] = made
        self._told[made] = {name: _flat(answer).get(there) for name, there in table.told_once.items()}
        try:
            for call in rest:
                call.make(client, properties)
            if tags and not table.tags_at_create:
                self.retag(client, {**properties, **self.find(client, made, inputs)}, [], tags)
        except Exception:
            # Half of it is of no use to anybody, and would be left behind.
            with contextlib.suppress(ClientError):
                self.remove(client, made, properties)
            raise
        return made

    def read(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult | None:
        """Read it; what is to be imported, or is only read, may be asked for by another id than it has."""
        found = super().read(urn, id, inputs, outputs)
        parts = self.table.import_id(id)
        # A resource of the state has the arguments that its import's id says; what is only read may have none.
        if found is None or not parts or parts.keys() <= (outputs or inputs).keys():
            return found
        own = self._ids.pop(id, None) or _worked_out(self.table.id, {"account": _ACCOUNT, **parts, **found.outputs})
        return dataclasses.replace(found, id=own) if own else found

    def find(self, client: Any, id: str, known: PropertyMap) -> PropertyMap:
        table = self.table
        kept = {name: known[name] for name in table.told_once if known.get(name) is not None}
        told = {**kept, **self._told.pop(id, {})}
        properties = self._properties(client, id, {**table.import_id(id), **known, **told})
        answer = at(table.found)(table.read.make(client, properties), properties)
        if table.pick is not None and answer is not None:
            answer = table.pick(answer, properties)
        if isinstance(answer, list):
            answer = answer[0] if answer else None
        if answer is None or (answer == {} and table.pick is not None):
            raise Absent(f"{self.title} ({id}) is not there")
        if table.id_found and table.import_id(id):
            self._ids[id] = str(at(table.id_found)(answer, {}) or id)
        found: PropertyMap = {**told}
        for name, output in table.outputs.items():
            value = _read(output, answer, {**properties, **found})
            if value is not None:
                found[name] = value
        if any(name not in found for name in table.required if name in table.outputs):
            raise Absent(f"{self.title} ({id}) is not there")
        if table.tagging is not None:
            tagging = table.tagging
            tags = at(tagging.found)(tagging.read.make(client, {**properties, **found}), {}) or {}
            found["tags"] = (
                dict(tags) if isinstance(tags, dict) else {tag[tagging.key]: tag[tagging.value] for tag in tags}
            )
        return found

    def _outputs(self, found: PropertyMap, region: str, known: PropertyMap) -> PropertyMap:
        outputs = super()._outputs(found, region, known)
        if self.prefix in self.arguments:
            outputs[self.prefix] = prefix_of(str(found.get(self.table.auto_named) or ""))
        given = {name: known[name] for name in self._extras if known.get(name) is not None}
        id_ = str(found.get("arn") or known.get("id") or found.get("name") or self.table.type)
        config = {"region": region}

        def ask(output: str, path: str) -> Any:
            seed = f"{self.table.type}\0{id_}\0{path}"
            asked = MadeUp(self.table.type, output, str(found.get("name") or id_), seed, "", outputs, config)
            return made_up_value(asked, _ACCOUNT)

        # What nobody has given is not there, where there can be any number.
        maker = Maker(f"{self.table.type}\0{id_}", str(found.get("name") or id_), ask, several=0)
        outputs |= maker.complete(given, self._extras)
        return {name: value for name, value in outputs.items() if value is not None}

    def change(self, client: Any, id: str, changed: frozenset[str], inputs: PropertyMap, olds: PropertyMap) -> None:
        properties = self._properties(client, id, {**olds, **dict.fromkeys(self.arguments), **self.table.defaults})
        properties |= {name: olds[name] for name in self.kept if olds.get(name) is not None} | inputs
        properties |= {name: olds[name] for name in self.computed if name in olds}
        for update in self.table.updates:
            if changed & set(update.arguments):
                for call in update.calls:
                    call.make(client, {**properties, "id": id, "olds": olds})

    def update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        self._told[id] = {name: old_outputs[name] for name in self.table.told_once if name in old_outputs}
        if self.prefix in news and self.table.auto_named in old_outputs:
            news = {self.table.auto_named: old_outputs[self.table.auto_named], **news}
        names, calls = self.table.always_updates
        if frozenset(self._changed(old_outputs, news)) & set(names):
            region = old_outputs.get("region") or self.connection.region
            client = self.connection.client(self.service, region)
            properties = self._properties(client, id, {**self.table.defaults, **old_outputs, **news})
            with self._translate_errors("updating", id):
                for call in calls:
                    call.make(client, properties)
        return super().update(urn, id, old_inputs, old_outputs, news)

    def retag(self, client: Any, outputs: PropertyMap, gone: list[str], new: Mapping[str, str]) -> None:
        tagging = self.table.tagging
        if tagging is None:
            return
        where = {name: _worked_out(value, outputs) for name, value in tagging.resource.items()}
        if gone:
            getattr(client, tagging.remove)(**where, **{tagging.keys: tagging.gone(gone)})
        if new:
            given = dict(new) if tagging.as_mapping else _listed(new, tagging)
            getattr(client, tagging.add)(**where, **{tagging.tags: given})

    def remove(self, client: Any, id: str, known: PropertyMap) -> None:
        properties = self._properties(client, id, known)
        for call in self.table.delete:
            call.make(client, properties)

    @staticmethod
    def _properties(client: Any, id: str, known: Mapping[str, Any]) -> dict[str, Any]:
        return {"region": client.meta.region_name, **known, "id": id, "account": _ACCOUNT, "client": client}


def model(table: Table) -> ProviderFactory:
    """Return the provider of a table's type."""
    return type(
        table.type.rpartition(":")[2],
        (TableResource,),
        {
            "__doc__": f"``{table.type}``.",
            "table": table,
            "title": table.title,
            "service": table.service,
            "required": frozenset(table.required),
            "rules": table.rules,
            "defaults": table.defaults,
            "volatile": frozenset(table.volatile),
            "auto_named": table.auto_named,
            "prefix": f"{table.auto_named}Prefix" if table.auto_named else "",
            "longest_name": table.longest_name,
            "taggable": table.tagging is not None,
            "absent": frozenset(table.absent),
        },
    )


def at(path: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], Any]:
    """Return what reads a path in an answer; the whole of it for an empty one, None where it does not lead on."""

    def read(answer: Any, properties: Mapping[str, Any]) -> Any:
        del properties
        for name in filter(None, path.split(".")):
            if not isinstance(answer, dict):
                return None
            answer = answer.get(name)
        return answer

    return read


def number(path: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], Any]:
    """Return what reads a number, be it in text."""
    return lambda answer, _: None if (found := at(path)(answer, {})) is None else int(found)


def flag(path: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], Any]:
    """Return what reads a truth value, be it in text; no where there is none."""
    return lambda answer, _: str(at(path)(answer, {})).lower() == "true"


def json_at(path: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], Any]:
    """Return what reads data as JSON, as pulumi-aws has policies."""

    def read(answer: Mapping[str, Any], properties: Mapping[str, Any]) -> Any:
        del properties
        found = at(path)(answer, {})
        return found if found is None or isinstance(found, str) else json.dumps(found, separators=(",", ":"))

    return read


def same_json(new: Any, old: Any) -> bool:
    """Say whether two texts are the same JSON."""
    with contextlib.suppress(TypeError, ValueError):
        return bool(json.loads(new) == json.loads(old))
    return bool(new == old)


def if_there(call: Call, absent: str, path: str = "") -> Callable[[Mapping[str, Any], Mapping[str, Any]], Any]:
    """Return what asks for more, and reads a path in the answer; None where AWS says that there is nothing."""

    def read(answer: Mapping[str, Any], properties: Mapping[str, Any]) -> Any:
        del answer
        try:
            return at(path)(call.make(properties["client"], properties), {})
        except ClientError as error:
            if error.response["Error"].get("Code") == absent:
                return None
            raise

    return read


def _read(output: Output, answer: Mapping[str, Any], properties: Mapping[str, Any]) -> Any:
    if callable(output):
        return output(answer, properties)
    return _worked_out(output, properties) if "{" in output else at(output)(answer, properties)


def _worked_out(value: Value, properties: Mapping[str, Any]) -> Any:
    if callable(value):
        return value(properties)
    if not isinstance(value, str) or "{" not in value:
        return value
    if whole := _NAME.fullmatch(value):
        return properties.get(whole[1])
    return _NAME.sub(lambda name: str(properties.get(name[1]) or ""), value)


def _has_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_unknown, value.values()))
    return any(map(_has_unknown, value)) if isinstance(value, list) else value is UNKNOWN


def _flat(answer: Any) -> dict[str, Any]:
    """Return the texts and numbers of an answer by their names, those of outer structures first."""
    found: dict[str, Any] = {}
    inner = [answer]
    while inner:
        structure = inner.pop(0)
        for name, value in structure.items():
            if isinstance(value, dict):
                inner.append(value)
            elif isinstance(value, str | int | float):
                found.setdefault(name, value)
    return found


def _listed(tags: Mapping[str, str], tagging: Tagging) -> list[dict[str, str]]:
    return [{tagging.key: key, tagging.value: value} for key, value in tags.items()]
