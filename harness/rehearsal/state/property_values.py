"""Property values: in the engine, in messages to the SDK and providers, and in the state.

Inside the engine a value is plain Python data, with three kinds of special object: `Secret`, `UNKNOWN` and
`ResourceReference`. Assets and archives pass through as the SDK's dictionaries. The signatures are those of Pulumi's
``sdk/go/common/resource/sig``.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from google.protobuf import struct_pb2

from rehearsal.provider import UNKNOWN, PropertyMap
from rehearsal.state.nesting import TOO_DEEP, is_too_deep

__all__ = [
    "ResourceReference",
    "Secret",
    "contains_secret",
    "contains_unknown",
    "from_state",
    "from_wire",
    "identical",
    "keep_secrets",
    "make_secret",
    "map_leaves",
    "properties_from_wire",
    "properties_to_wire",
    "reveal",
    "same_value",
    "secrets_in",
    "to_state",
    "to_wire",
]

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker, not a password
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
UNKNOWN_WIRE: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

# Above this limit a double can't represent every integer, so larger floats are not converted to int.
_EXACT_INTEGERS: Final = 2**53


@dataclasses.dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A secret value, which logs, plans and errors must not show."""

    value: Any

    def __repr__(self) -> str:
        return "[secret]"


@dataclasses.dataclass(frozen=True, slots=True)
class ResourceReference:
    """A resource as the value of a property; `id` is None for a component, "" if it is not known yet."""

    urn: str
    id: str | None = None
    package_version: str = ""

    def reduced(self) -> str:
        """Return the id or URN for a provider that does not accept resource references, as Pulumi does."""
        return self.urn if self.id is None else self.id or UNKNOWN_WIRE


def make_secret(value: Any) -> Secret:
    """Mark a value as secret, unless it is already marked."""
    return value if isinstance(value, Secret) else Secret(value)


def map_leaves(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return the value with `change` applied to each part that is neither a dict nor a list, including `Secret`s."""
    match value:
        case dict():
            return {k: map_leaves(v, change) for k, v in value.items()}
        case list():
            return [map_leaves(v, change) for v in value]
        case _:
            return change(value)


def reveal(value: Any) -> Any:
    """Return the value with all `Secret`s replaced by their plaintext."""
    match value:
        case Secret():
            return reveal(value.value)
        case dict():
            return {k: reveal(v) for k, v in value.items()}
        case list():
            return [reveal(v) for v in value]
        case _:
            return value


def secrets_in(value: Any) -> Iterator[Any]:
    """Yield the plaintext of every outermost secret in the value."""
    match value:
        case Secret():
            yield reveal(value.value)
        case dict():
            for v in value.values():
                yield from secrets_in(v)
        case list():
            for v in value:
                yield from secrets_in(v)


def contains_secret(value: Any) -> bool:
    """Whether any part of the value is secret."""
    return any(True for _ in secrets_in(value))


def contains_unknown(value: Any) -> bool:
    """Whether any part of the value is not known yet."""
    match value:
        case Secret():
            return contains_unknown(value.value)
        case dict():
            return any(contains_unknown(v) for v in value.values())
        case list():
            return any(contains_unknown(v) for v in value)
        case _:
            return value is UNKNOWN


def same_value(a: Any, b: Any) -> bool:
    """Whether two values are equal, whether or not they are secret. UNKNOWN equals only itself."""
    return identical(reveal(a), reveal(b))


def identical(a: Any, b: Any) -> bool:
    """Whether two values are equal, and equally secret (``DeepEquals``). A missing property equals a null one."""
    match a, b:
        case dict(), dict():
            return all(identical(a.get(key), b.get(key)) for key in a.keys() | b.keys())
        case list(), list():
            return len(a) == len(b) and all(map(identical, a, b))
        case Secret(), Secret():
            return identical(a.value, b.value)
        case ResourceReference(), ResourceReference():
            return (a.urn, a.id) == (b.urn, b.id)
        case _:
            return isinstance(a, bool) == isinstance(b, bool) and bool(a == b)


def keep_secrets(outs: PropertyMap, ins: Mapping[str, Any]) -> PropertyMap:
    """Return `outs`, in which a property is secret if the same property of `ins` contains a secret.

    Pulumi does this for providers that do not accept secrets (``annotateSecrets``).
    """
    kept = dict(outs)
    for key, value in ins.items():
        if key not in kept:
            continue
        if isinstance(kept[key], dict) and isinstance(value, dict):
            kept[key] = keep_secrets(kept[key], value)
        elif contains_secret(value):
            kept[key] = make_secret(kept[key])
    return kept


def _special_from_wire(fields: Mapping[str, struct_pb2.Value], signature: str) -> Any:
    if signature == SECRET_SIGNATURE:
        return Secret(from_wire(fields["value"]))
    if signature == RESOURCE_SIGNATURE:
        id_ = from_wire(fields["id"]) if "id" in fields else None
        version = fields["packageVersion"].string_value if "packageVersion" in fields else ""
        return ResourceReference(fields["urn"].string_value, "" if id_ is UNKNOWN else id_, version)
    if signature == OUTPUT_SIGNATURE:
        value = from_wire(fields["value"]) if "value" in fields else UNKNOWN
        return Secret(value) if "secret" in fields and fields["secret"].bool_value else value
    return {k: from_wire(v) for k, v in fields.items()}


def from_wire(value: struct_pb2.Value) -> Any:
    """Convert a protobuf value from the SDK or a provider."""
    match value.WhichOneof("kind"):
        case "string_value":
            return UNKNOWN if value.string_value == UNKNOWN_WIRE else value.string_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() and abs(number) < _EXACT_INTEGERS else number
        case "bool_value":
            return value.bool_value
        case "struct_value":
            fields = value.struct_value.fields
            if SIGNATURE in fields:
                return _special_from_wire(fields, fields[SIGNATURE].string_value)
            return {k: from_wire(v) for k, v in fields.items()}
        case "list_value":
            return [from_wire(v) for v in value.list_value.values]
        case _:
            return None


def properties_from_wire(properties: struct_pb2.Struct) -> PropertyMap:
    """Convert a protobuf struct to properties."""
    return {k: from_wire(v) for k, v in properties.fields.items()}


def to_wire(value: Any) -> struct_pb2.Value:
    """Convert a value to protobuf for the SDK, with secrets marked. For a provider, call `reveal` first."""
    match value:
        case None:
            return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
        case bool():
            return struct_pb2.Value(bool_value=value)
        case int() | float():
            return struct_pb2.Value(number_value=value)
        case str():
            return struct_pb2.Value(string_value=value)
        case dict():
            return struct_pb2.Value(struct_value=properties_to_wire(value))
        case list() | tuple():
            return struct_pb2.Value(list_value=struct_pb2.ListValue(values=[to_wire(v) for v in value]))
        case Secret():
            return to_wire({SIGNATURE: SECRET_SIGNATURE, "value": value.value})
        case ResourceReference():
            fields = {
                SIGNATURE: RESOURCE_SIGNATURE,
                "urn": value.urn,
                "packageVersion": value.package_version,
            }
            return to_wire(fields if value.id is None else fields | {"id": value.id or UNKNOWN})
        case _ if value is UNKNOWN:
            return struct_pb2.Value(string_value=UNKNOWN_WIRE)
        case _:
            raise TypeError(f"a property holds a {type(value).__name__}, which Pulumi has no wire form for")


def properties_to_wire(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Convert properties to a protobuf struct."""
    return struct_pb2.Struct(fields={k: to_wire(v) for k, v in properties.items()})


def to_state(value: Any) -> Any:
    """Return the value as JSON data of a deployment, with secrets in plaintext in Pulumi's envelope."""
    match value:
        case Secret():
            return {SIGNATURE: SECRET_SIGNATURE, "plaintext": json.dumps(to_state(value.value))}
        case ResourceReference():
            fields = {
                SIGNATURE: RESOURCE_SIGNATURE,
                "urn": value.urn,
                "packageVersion": value.package_version,
            }
            return fields if value.id is None else fields | {"id": value.id}
        case dict():
            return {k: to_state(v) for k, v in value.items()}
        case list():
            return [to_state(v) for v in value]
        case _:
            return UNKNOWN_WIRE if value is UNKNOWN else value


def from_state(value: Any) -> Any:
    """Convert a value from the JSON data of a deployment.

    :raises ValueError: if a secret or a resource reference in it is invalid, or a secret is nested too deep.
    """
    match value:
        case dict() if value.get(SIGNATURE) == SECRET_SIGNATURE:
            if "plaintext" not in value:
                raise ValueError(
                    "the state holds an encrypted secret, which rehearsal has no key for; "
                    "export it with `pulumi stack export --show-secrets`"
                )
            return Secret(from_state(_parsed(value["plaintext"])))
        case dict() if value.get(SIGNATURE) == RESOURCE_SIGNATURE:
            if not isinstance(value.get("urn"), str):
                raise ValueError("a reference to a resource has no urn")  # noqa: TRY004 - the data is wrong, not the call
            return ResourceReference(value["urn"], value.get("id"), value.get("packageVersion", ""))
        case dict():
            return {k: from_state(v) for k, v in value.items()}
        case list():
            return [from_state(v) for v in value]
        case _:
            return UNKNOWN if value == UNKNOWN_WIRE else value


def _parsed(plaintext: Any) -> Any:
    try:
        value = json.loads(plaintext)
    except (TypeError, ValueError):
        raise ValueError("the plaintext of a secret is no JSON text") from None
    except RecursionError:
        raise ValueError(TOO_DEEP) from None
    if is_too_deep(value):
        raise ValueError(TOO_DEEP)
    return value
