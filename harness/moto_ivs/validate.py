"""Validates a value against botocore's model: types, required members, lengths, bounds, patterns, enumerations.

The limits come from the service model. This module adds the reserved tag prefix, which the model omits, and corrects
the pattern of ResourceArn.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from botocore.model import ListShape, MapShape, Shape, StructureShape
from moto.core.model import OperationModel
from moto.core.utils import get_service_model

from moto_ivs.exceptions import ValidationException

__all__ = ["check_request", "check_tags", "operation_model", "shape_for", "violations"]

# "aws:" in any case is reserved, for keys and for values: "Tag naming limits and requirements" of the Tag Editor user
# guide, to which every `tags` member of the IVS model refers.
_RESERVED_TAG_PREFIX = "aws:"

# The model's pattern allows only one character for the resource type, so that no real ARN would match.
_FIXED_PATTERNS = {
    "arn:aws:ivs:[a-z0-9-]+:[0-9]+:[a-z-]/[a-zA-Z0-9-]+": "arn:aws:ivs:[a-z0-9-]+:[0-9]+:[a-z-]+/[a-zA-Z0-9-]+"
}

_UNICODE_CATEGORY = re.compile(r"\\p\{(\w+)\}")


def operation_model(operation: str) -> OperationModel:
    """Return botocore's model of an IVS operation, such as `CreateStreamKey`."""
    model: OperationModel = get_service_model("ivs").operation_model(operation)
    return model


def shape_for(name: str) -> Shape:
    """Return one of the IVS model's shapes by its name, such as `ChannelArn`."""
    return get_service_model("ivs").shape_for(name)


def check_request(operation: OperationModel, parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that the operation's input shape does not allow, or that contain reserved tags.

    Raises ValidationException, which names every invalid member and the rule it breaks.
    """
    shape = operation.input_shape
    if shape is None:
        return
    found = list(violations(shape, parameters))
    for name, member in shape.members.items():
        if member.name == "Tags" and isinstance(parameters.get(name), Mapping):
            found.extend(_reserved(name, parameters[name]))
    _refuse(found)


def check_tags(tags: Mapping[str, str]) -> None:
    """Refuse the resulting tags of a resource if the model's bounds do not allow them.

    Raises ValidationException.
    """
    _refuse(list(violations(shape_for("Tags"), tags, at="tags")))


def violations(shape: Shape, value: object, at: str = "") -> Iterator[str]:
    """Yield, for each rule of the shape that the value breaks, a sentence with the member's path and the rule.

    `value` is JSON data (mappings, lists, strings, numbers, booleans), or contains datetimes. Unknown members are
    ignored, as the service does. A sensitive member's value is not quoted.
    """
    yield from _CHECKS[shape.type_name](shape, value, at)


def _structure(shape: Shape, value: object, at: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield _violation(shape, value, at, "Member must be a structure")
        return
    members = cast("StructureShape", shape).members
    for name in shape.required_members:
        if value.get(name) is None:
            yield _violation(members[name], None, _join(at, name), "Member must not be null")
    for name, member in members.items():
        if value.get(name) is not None:
            yield from violations(member, value[name], _join(at, name))


def _list(shape: Shape, value: object, at: str) -> Iterator[str]:
    if not isinstance(value, list):
        yield _violation(shape, value, at, "Member must be a list")
        return
    yield from _length(shape, value, at)
    for number, item in enumerate(value, start=1):
        yield from violations(cast("ListShape", shape).member, item, f"{at}.{number}.member")


def _map(shape: Shape, value: object, at: str) -> Iterator[str]:
    if not isinstance(value, Mapping):
        yield _violation(shape, value, at, "Member must be a map")
        return
    yield from _length(shape, value, at)
    for key, item in value.items():
        yield from violations(cast("MapShape", shape).key, key, f"{at}.key")
        yield from violations(cast("MapShape", shape).value, item, f"{at}.{key}.member")


def _string(shape: Shape, value: object, at: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield _violation(shape, value, at, "Member must be a string")
        return
    yield from _length(shape, value, at)
    pattern = shape.metadata.get("pattern")
    if pattern is not None and not _matches(_FIXED_PATTERNS.get(pattern, pattern), value):
        yield _violation(shape, value, at, f"Member must satisfy regular expression pattern: {pattern}")
    allowed = shape.metadata.get("enum")
    if allowed is not None and value not in allowed:
        yield _violation(shape, value, at, f"Member must satisfy enum value set: [{', '.join(allowed)}]")


def _timestamp(shape: Shape, value: object, at: str) -> Iterator[str]:
    # moto's parser has already parsed those of a request.
    if not isinstance(value, str | dt.datetime):
        yield _violation(shape, value, at, "Member must be a timestamp")


def _number(shape: Shape, value: object, at: str) -> Iterator[str]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield _violation(shape, value, at, "Member must be a whole number")
        return
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and value < low:
        yield _violation(shape, value, at, f"Member must have value greater than or equal to {low}")
    if high is not None and value > high:
        yield _violation(shape, value, at, f"Member must have value less than or equal to {high}")


def _boolean(shape: Shape, value: object, at: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield _violation(shape, value, at, "Member must be true or false")


_CHECKS: dict[str, Callable[[Shape, object, str], Iterator[str]]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "timestamp": _timestamp,
    "integer": _number,
    "long": _number,
    "boolean": _boolean,
}


def _length(shape: Shape, value: str | list[Any] | Mapping[Any, Any], at: str) -> Iterator[str]:
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and len(value) < low:
        yield _violation(shape, value, at, f"Member must have length greater than or equal to {low}")
    if high is not None and len(value) > high:
        yield _violation(shape, value, at, f"Member must have length less than or equal to {high}")


def _matches(pattern: str, value: str) -> bool:
    # Python's re has no \p{L}: replace the class by the characters of the value that belong to it.
    def of_category(match: re.Match[str]) -> str:
        return "".join(re.escape(c) for c in sorted(set(value)) if unicodedata.category(c).startswith(match[1]))

    return re.fullmatch(_UNICODE_CATEGORY.sub(of_category, pattern), value) is not None


def _reserved(at: str, tags: Mapping[Any, Any]) -> Iterator[str]:
    for key, value in tags.items():
        for text in (key, value):
            if isinstance(text, str) and text.lower().startswith(_RESERVED_TAG_PREFIX):
                yield (
                    f"Value '{text}' at '{at}' failed to satisfy constraint: "
                    f"The prefix {_RESERVED_TAG_PREFIX} is reserved for AWS"
                )


def _violation(shape: Shape, value: object, at: str, rule: str) -> str:
    quoted = "null" if value is None else "(withheld)" if shape.metadata.get("sensitive") else f"'{value}'"
    return f"Value {quoted} at '{at}' failed to satisfy constraint: {rule}"


def _join(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _refuse(found: list[str]) -> None:
    if found:
        errors = "error" if len(found) == 1 else "errors"
        raise ValidationException(f"{len(found)} validation {errors} detected: {'; '.join(found)}")
