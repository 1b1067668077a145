"""Classes to describe a type of pulumi-aws as a table: the calls to AWS, and where responses have the properties."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from rehearsal_aws.argument_rules import Rule

__all__ = [
    "Call",
    "Procedure",
    "Table",
    "Tagging",
    "Update",
    "at",
    "evaluate",
    "flag",
    "json_at",
    "number",
    "same_json",
]

_NAME: Final = re.compile(r"\{(\w+)\}")

Value = Any
"""A literal, a property's value (``"{name}"``), text with such names, or a function of all properties."""
Output = str | Callable[[Mapping[str, Any], Mapping[str, Any]], Any]
"""A path in the response (``Attributes.TopicArn``), text with ``{names}``, or a function of response and properties."""


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """A method of boto3's client and its arguments. A dot in a name makes a nested argument; None is left out.

    The call is skipped if `when`, called with the properties, returns False.
    """

    method: str
    arguments: Mapping[str, Value]
    when: Callable[[Mapping[str, Any]], bool] = lambda _: True

    def make(self, client: Any, properties: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make the call, and return the response."""
        if not self.when(properties):
            return {}
        request: dict[str, Any] = {}
        for path, value in self.arguments.items():
            found = evaluate(value, properties)
            if found is None:
                continue
            *outer, last = path.split(".")
            place = request
            for name in outer:
                place = place.setdefault(name, {})
            place[last] = found
        response: Mapping[str, Any] = getattr(client, self.method)(**request)
        return response


@dataclasses.dataclass(frozen=True, slots=True)
class Procedure:
    """A function that makes several calls. It gets all properties, and the client as `client`."""

    work: Callable[[Mapping[str, Any]], None]

    def make(self, client: Any, properties: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make the calls; there is no response."""
        del client
        self.work(properties)
        return {}


@dataclasses.dataclass(frozen=True, slots=True)
class Update:
    """The calls that are made if any of these arguments changes."""

    arguments: tuple[str, ...]
    calls: tuple[Call | Procedure, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Tagging:
    """How tags are read, added and removed. `tags` is the argument of the method `add`, `keys` of `remove`."""

    read: Call
    found: str
    add: str
    remove: str
    resource: Mapping[str, Value]
    tags: str = "Tags"
    keys: str = "TagKeys"
    gone: Callable[[list[str]], Any] = lambda keys: keys
    """Returns the value of the argument `keys` for the keys to remove."""
    as_mapping: bool = False
    key: str = "Key"
    value: str = "Value"


@dataclasses.dataclass(frozen=True, slots=True)
class Table:
    """One type. `id` is a value from the response to `create` (``{TopicArn}``) or from the inputs.

    `arguments` are the arguments of pulumi-aws that are sent to AWS. `outputs` are the properties that a read returns,
    including arguments.
    """

    type: str
    title: str
    service: str
    arguments: tuple[str, ...]
    create: tuple[Call | Procedure, ...]
    id: Value
    read: Call
    found: str
    outputs: Mapping[str, Output]
    delete: tuple[Call | Procedure, ...]
    create_only_outputs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Outputs that only the response to the creation has, with their names in that response. The state keeps them."""
    omitted_outputs: tuple[str, ...] = ()
    """Outputs that the SDK declares, but that stay empty: they are neither read nor made up."""
    updates: tuple[Update, ...] = ()
    tagging: Tagging | None = None
    tags_at_create: str = ""
    """The argument of the first call of `create` for tags. If it is empty, tags are added after the creation."""
    identity: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    conflicts: tuple[frozenset[str], ...] = ()
    """Sets of arguments of which a program may give only one."""
    defaults: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    kept: tuple[str, ...] = ()
    local: tuple[str, ...] = ()
    volatile: tuple[str, ...] = ()
    rules: Mapping[str, Rule] = dataclasses.field(default_factory=dict)
    auto_named: str = ""
    longest_name: int = 255
    full_name: Callable[[str, Mapping[str, Any]], str] = lambda name, _: name
    """Adds to a generated name the prefix or suffix that all names of this type must have."""
    absent: tuple[str, ...] = ("ResourceNotFoundException",)
    pick: Callable[[Any, Mapping[str, Any]], Any] | None = None
    """Finds the resource in a response that has several; returns None if it does not exist."""
    write_only_updates: tuple[tuple[str, ...], tuple[Call | Procedure, ...]] = ((), ())
    """Arguments that no read returns, and the calls that are made if one of them changes."""
    same: Mapping[str, Callable[[Any, Any], bool]] = dataclasses.field(default_factory=dict)
    """Compares values of arguments that may differ in form, such as policies."""
    import_id: Callable[[str], Mapping[str, Any]] = lambda _: {}
    """Returns the arguments that an id contains, for an import."""
    import_form: str = ""
    """The form of an id for an import, for error messages."""
    id_found: str = ""
    """The path of the resource's id in the response to `read`, if it differs from the id for an import."""


def at(path: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], Any]:
    """Return a function that gets the value at a path in a response: None if it is missing, all for an empty path."""

    def read(response: Any, properties: Mapping[str, Any]) -> Any:
        del properties
        for name in filter(None, path.split(".")):
            if not isinstance(response, dict):
                return None
            response = response.get(name)
        return response

    return read


def number(path: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], Any]:
    """Return a function that reads a number, which may be text in the response."""
    return lambda response, _: None if (found := at(path)(response, {})) is None else int(found)


def flag(path: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], Any]:
    """Return a function that reads a boolean, which may be text in the response; False if it is missing."""
    return lambda response, _: str(at(path)(response, {})).lower() == "true"


def json_at(path: str) -> Callable[[Mapping[str, Any], Mapping[str, Any]], Any]:
    """Return a function that gets a value as JSON text, the form of policies in pulumi-aws."""

    def read(response: Mapping[str, Any], properties: Mapping[str, Any]) -> Any:
        del properties
        found = at(path)(response, {})
        return found if found is None or isinstance(found, str) else json.dumps(found, separators=(",", ":"))

    return read


def same_json(new: Any, old: Any) -> bool:
    """Whether two texts are the same JSON value."""
    with contextlib.suppress(TypeError, ValueError):
        return bool(json.loads(new) == json.loads(old))
    return bool(new == old)


def evaluate(value: Value, properties: Mapping[str, Any]) -> Any:
    """Return the result of a `Value` for these properties."""
    if callable(value):
        return value(properties)
    if not isinstance(value, str) or "{" not in value:
        return value
    if whole := _NAME.fullmatch(value):
        return properties.get(whole[1])
    return _NAME.sub(lambda name: str(properties.get(name[1]) or ""), value)
