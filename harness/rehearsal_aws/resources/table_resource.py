"""The provider of a type that a table describes.

An argument that is not in the table is accepted, and stored only in the state. An output that is not in the table is
made up, as for unmodelled types.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final

from botocore.exceptions import ClientError

from rehearsal.made_up.declarations import Member, resource_declaration
from rehearsal.made_up.values import Maker, read_as
from rehearsal.provider import (
    UNKNOWN,
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    MadeUp,
    PropertyMap,
    ProviderError,
    ProviderFactory,
    ReadResult,
)
from rehearsal_aws.errors import Absent
from rehearsal_aws.made_up_names import made_up_value
from rehearsal_aws.resources.names import from_prefix, prefix_of
from rehearsal_aws.resources.resource import AwsResource, covers
from rehearsal_aws.resources.table import Call, Output, Table, Tagging, at, evaluate

__all__ = ["TableResource", "model"]

_ACCOUNT: Final = "123456789012"
# Types of properties whose values programs may pass as text, as in Terraform.
_PARSED_TYPES: Final = (bool, int, float)


class TableResource(AwsResource):
    """The provider of the type that `table` describes."""

    table: ClassVar[Table]
    falls_back = True

    def __init__(self) -> None:
        super().__init__()
        table = self.table
        declared = resource_declaration(table.type)
        ours = {
            *table.arguments,
            *table.outputs,
            *table.create_only_outputs,
            *table.omitted_outputs,
            "tags",
            "tagsAll",
            "region",
        }
        members = declared.members if declared else {}
        members = {**{name: Member(Any, optional=True) for name in table.local}, **members}
        prefix = (self.prefix,) if self.prefix in members and self.prefix not in ours else ()
        self._not_in_table: dict[str, Member] = {
            name: member for name, member in members.items() if name not in {*ours, *prefix}
        }
        self._kinds = {name: member.type for name, member in members.items() if member.type in _PARSED_TYPES}
        made_up = [name for name, member in self._not_in_table.items() if not member.optional]
        forcing = [name for name, member in self._not_in_table.items() if member.forces_replacement]
        self.arguments = (*table.arguments, *prefix, *self._not_in_table)  # type: ignore[misc]
        self.local = frozenset({*table.local, *self._not_in_table})  # type: ignore[misc]
        self.kept = frozenset({*table.kept, *made_up, *((table.auto_named, *prefix) if prefix else ())})  # type: ignore[misc]
        self.identity = frozenset({*table.identity, *prefix, *forcing})  # type: ignore[misc]
        names = (frozenset({table.auto_named, *prefix}),) if prefix else ()
        self.conflicts = (*names, *table.conflicts)  # type: ignore[misc]
        self._create_only: dict[str, PropertyMap] = {}
        self._ids: dict[str, str] = {}
        outputs = [name for name in (*table.outputs, *table.create_only_outputs) if name not in table.arguments]
        self.computed = (*outputs, *made_up)  # type: ignore[misc]

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        read = {
            name: read_as(value, self._kinds[name]) if name in self._kinds and isinstance(value, str) else value
            for name, value in news.items()
        }
        return super().check(urn, olds, read)

    def _failures(self, inputs: PropertyMap) -> Iterator[CheckFailure]:
        known = {*self.arguments, *self.table.local, "region", "tags"}
        if self._not_in_table:
            yield from super()._failures({name: value for name, value in inputs.items() if name in known})
        else:
            # If pulumi-aws is not installed, other arguments are not known.
            yield from super()._failures({name: value for name, value in inputs.items() if name in self.arguments})

    def same(self, name: str, new: Any, old: Any) -> bool:
        if old is not None and name in self.table.same and not _has_unknown(new):
            return self.table.same[name](new, old)
        if name in self._not_in_table:
            return covers(new, old)
        return super().same(name, new, old)

    def diff(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> DiffResult:
        found = super().diff(urn, id, old_inputs, old_outputs, news)
        name = self.table.auto_named
        # As in pulumi-aws, the old resource is deleted first if the program gives both the same name.
        named = bool(name) and name in news and name not in (news.get("__defaults") or ())
        taken = named and news[name] == old_outputs.get(name)
        return dataclasses.replace(found, delete_before_replace=taken and bool(found.replaces))

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
            given = dict(tags) if table.tagging.as_mapping else _tag_list(tags, table.tagging)
            first = dataclasses.replace(first, arguments={**first.arguments, table.tags_at_create: given})
        response = first.make(client, properties)
        made = str(evaluate(table.id, {**properties, **_flatten(response)}))
        properties["id"] = made
        self._create_only[made] = {
            name: _flatten(response).get(there) for name, there in table.create_only_outputs.items()
        }
        try:
            for call in rest:
                call.make(client, properties)
            if tags and not table.tags_at_create:
                self.retag(client, {**properties, **self.find(client, made, inputs)}, [], tags)
        except Exception:
            # Delete the partially created resource, which would be in no state.
            with contextlib.suppress(ClientError):
                self.remove(client, made, properties)
            raise
        return made

    def read(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult | None:
        """Read an existing resource. The id for an import or for `get` may differ from the id in the state."""
        found = super().read(urn, id, inputs, outputs)
        parts = self._parts(id, outputs or inputs)
        # In an import, the properties include the arguments that the id contains. In a `get` they may be empty.
        if found is None or not parts or parts.keys() <= (outputs or inputs).keys():
            return found
        own = self._ids.pop(id, None) or evaluate(self.table.id, {"account": _ACCOUNT, **parts, **found.outputs})
        return dataclasses.replace(found, id=own) if own else found

    def _parts(self, id: str, known: PropertyMap) -> Mapping[str, Any]:
        try:
            parts = self.table.import_id(id)
        except ValueError:
            parts = {}
        if self.table.import_form and not parts and not known:
            raise ProviderError(
                f"reading {self.title} ({id}): expected an id of the form {self.table.import_form}, got {id!r}"
            )
        return parts

    def find(self, client: Any, id: str, known: PropertyMap) -> PropertyMap:
        table = self.table
        kept = {name: known[name] for name in table.create_only_outputs if known.get(name) is not None}
        told = {**kept, **self._create_only.pop(id, {})}
        properties = self._properties(client, id, {**self._parts(id, known), **known, **told})
        response = at(table.found)(table.read.make(client, properties), properties)
        if table.pick is not None and response is not None:
            response = table.pick(response, properties)
        if isinstance(response, list):
            response = response[0] if response else None
        if response is None or (response == {} and table.pick is not None):
            raise Absent(f"{self.title} ({id}) is not there")
        if table.id_found and self._parts(id, known):
            self._ids[id] = str(at(table.id_found)(response, {}) or id)
        found: PropertyMap = {**told}
        for name, output in table.outputs.items():
            value = _read(output, response, {**properties, **found})
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
        given = {name: known[name] for name in self._not_in_table if known.get(name) is not None}
        id_ = str(found.get("arn") or known.get("id") or found.get("name") or self.table.type)
        config = {"region": region}

        def ask(output: str, path: str) -> Any:
            seed = f"{self.table.type}\0{id_}\0{path}"
            asked = MadeUp(self.table.type, output, str(found.get("name") or id_), seed, "", outputs, config)
            return made_up_value(asked, _ACCOUNT)

        # A list that the program does not give is empty.
        maker = Maker(f"{self.table.type}\0{id_}", str(found.get("name") or id_), ask, several=0)
        # As in Terraform, a boolean that is not sent to AWS is false unless it is given.
        flags = (name for name in self.table.local if self._kinds.get(name) is bool)
        outputs |= {name: False for name in flags if outputs.get(name) is None}
        outputs |= maker.complete(given, self._not_in_table)
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
        self._create_only[id] = {
            name: old_outputs[name] for name in self.table.create_only_outputs if name in old_outputs
        }
        if self.prefix in news and self.table.auto_named in old_outputs:
            news = {self.table.auto_named: old_outputs[self.table.auto_named], **news}
        names, calls = self.table.write_only_updates
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
        where = {name: evaluate(value, outputs) for name, value in tagging.resource.items()}
        if gone:
            getattr(client, tagging.remove)(**where, **{tagging.keys: tagging.gone(gone)})
        if new:
            given = dict(new) if tagging.as_mapping else _tag_list(new, tagging)
            getattr(client, tagging.add)(**where, **{tagging.tags: given})

    def remove(self, client: Any, id: str, known: PropertyMap) -> None:
        properties = self._properties(client, id, known)
        for call in self.table.delete:
            call.make(client, properties)

    @staticmethod
    def _properties(client: Any, id: str, known: Mapping[str, Any]) -> dict[str, Any]:
        return {"region": client.meta.region_name, **known, "id": id, "account": _ACCOUNT, "client": client}


def model(table: Table) -> ProviderFactory:
    """Return the provider class for a table's type."""
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


def _read(output: Output, response: Mapping[str, Any], properties: Mapping[str, Any]) -> Any:
    if callable(output):
        return output(response, properties)
    return evaluate(output, properties) if "{" in output else at(output)(response, properties)


def _has_unknown(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_has_unknown, value.values()))
    return any(map(_has_unknown, value)) if isinstance(value, list) else value is UNKNOWN


def _flatten(response: Any) -> dict[str, Any]:
    """Return the strings and numbers in a response by their names, also nested ones. Outer values take precedence."""
    found: dict[str, Any] = {}
    inner = [response]
    while inner:
        structure = inner.pop(0)
        for name, value in structure.items():
            if isinstance(value, dict):
                inner.append(value)
            elif isinstance(value, str | int | float):
                found.setdefault(name, value)
    return found


def _tag_list(tags: Mapping[str, str], tagging: Tagging) -> list[dict[str, str]]:
    return [{tagging.key: key, tagging.value: value} for key, value in tags.items()]
