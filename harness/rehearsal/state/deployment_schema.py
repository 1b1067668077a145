"""The JSON Schema of a Pulumi deployment (``apitype.DeploymentV3``), to validate imported deployments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from rehearsal.errors import StateError
from rehearsal.state.nesting import MOST_LEVELS, TOO_DEEP

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

__all__ = ["is_plausible", "validate"]

_MOST_FAULTS: Final = 20
_LONGEST_QUOTE: Final = 60

_TEXT: Final = {"type": "string"}
_NAME: Final = {"type": "string", "minLength": 1}
_FLAG: Final = {"type": ["boolean", "null"]}
_OPTIONAL_TEXT: Final = {"type": ["string", "null"]}
_TEXTS: Final = {"type": ["array", "null"], "items": _TEXT}
_TEXTS_BY_NAME: Final = {"type": ["object", "null"], "additionalProperties": _TEXTS}
_OBJECT: Final = {"type": ["object", "null"]}
_URN: Final = {"type": "string", "pattern": r"\Aurn:pulumi:[^:]+::[^:]+::(?:[^:]|:(?!:))+::.+\Z"}

_RESOURCE: Final[Mapping[str, Any]] = {
    "type": "object",
    "required": ["urn", "type"],
    "properties": {
        "urn": _NAME,
        "type": _NAME,
        "custom": _FLAG,
        "delete": _FLAG,
        "protect": _FLAG,
        "external": _FLAG,
        "pendingReplacement": _FLAG,
        "retainOnDelete": _FLAG,
        "taint": _FLAG,
        "id": _OPTIONAL_TEXT,
        "parent": _OPTIONAL_TEXT,
        "provider": {"type": ["string", "null"], "pattern": r"\A(?:|urn:pulumi:.+::[^:]*)\Z"},
        "importID": _OPTIONAL_TEXT,
        "deletedWith": _OPTIONAL_TEXT,
        "created": _OPTIONAL_TEXT,
        "modified": _OPTIONAL_TEXT,
        "dependencies": _TEXTS,
        "additionalSecretOutputs": _TEXTS,
        "aliases": _TEXTS,
        "initErrors": _TEXTS,
        "replaceWith": _TEXTS,
        "ignoreChanges": _TEXTS,
        "hideDiff": _TEXTS,
        "replaceOnChanges": _TEXTS,
        "propertyDependencies": _TEXTS_BY_NAME,
        "resourceHooks": _TEXTS_BY_NAME,
        "customTimeouts": {"type": ["object", "null"], "additionalProperties": {"type": ["number", "null"]}},
        "inputs": _OBJECT,
        "outputs": _OBJECT,
    },
}
_DEPLOYMENT: Final[Mapping[str, Any]] = {
    "type": "object",
    "properties": {
        "manifest": _OBJECT,
        "metadata": _OBJECT,
        "secrets_providers": _OBJECT,
        "resources": {"type": ["array", "null"], "items": _RESOURCE},
        "pending_operations": {
            "type": ["array", "null"],
            "items": {
                "type": "object",
                "required": ["resource", "type"],
                "properties": {
                    "resource": {"allOf": [_RESOURCE], "properties": {"urn": _URN}},
                    "type": {"enum": ["creating", "updating", "deleting", "reading", "importing"]},
                },
            },
        },
    },
}
# Paths whose values can be secrets: an error there gives only the type.
_MAY_BE_SECRET: Final = frozenset(
    {"inputs", "outputs", "replacementTrigger", "secrets_providers", "plaintext", "ciphertext"}
)
_KINDS: Final = {
    "null": "null",
    "boolean": "a boolean",
    "number": "a number",
    "string": "a string",
    "array": "an array",
    "object": "an object",
}
_NAMES: Final = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}
_TYPES: Final = {kind: _KINDS[name] for kind, name in _NAMES.items()}


def validate(deployment: Mapping[str, Any], source: str) -> None:
    """Validate the structure of a deployment, which errors call `source`.

    :raises StateError: with the path and the reason of each error, without values that may be secrets.
    """
    # Check this before the schema, whose validation is recursive.
    faults = list(_unreadable(deployment))
    if not faults:
        from jsonschema import Draft202012Validator  # noqa: PLC0415 - takes a tenth of a second, and only an import needs it

        found = Draft202012Validator(_DEPLOYMENT).iter_errors(deployment)
        faults = sorted(map(_described, found))
    if faults:
        shown = [f"{source} is not a Pulumi deployment: {fault}" for fault in faults[:_MOST_FAULTS]]
        more = [f"… and {len(faults) - _MOST_FAULTS} more"] if len(faults) > _MOST_FAULTS else []
        raise StateError("\n".join(shown + more))


def is_plausible(deployment: Mapping[str, Any]) -> bool:
    """Check quickly, in a few milliseconds, whether a deployment has the right types.

    It is for the stack's own state, which every command reads. If it returns False, `validate` reports why.
    """
    return next(_unreadable(deployment), None) is None and _fits(deployment, _DEPLOYMENT)


def _fits(value: Any, schema: Mapping[str, Any]) -> bool:
    kinds = schema.get("type")
    if kinds is not None and _NAMES.get(type(value)) not in ([kinds] if isinstance(kinds, str) else kinds):
        return False
    if value not in schema.get("enum", [value]):
        return False
    if not all(_fits(value, part) for part in schema.get("allOf", ())):
        return False
    if isinstance(value, list):
        return "items" not in schema or all(_fits(item, schema["items"]) for item in value)
    if not isinstance(value, dict):
        return True
    rest: Mapping[str, Any] = schema.get("additionalProperties", {})
    properties: Mapping[str, Any] = schema.get("properties", {})
    return all(name in value for name in schema.get("required", ())) and all(
        _fits(item, properties.get(key, rest)) for key, item in value.items()
    )


def _unreadable(deployment: Mapping[str, Any]) -> Iterator[str]:
    """Yield errors for values that can't be processed: text that is not valid Unicode, and excessive nesting."""
    waiting: list[tuple[str, int, Any]] = [("", 0, deployment)]
    while waiting:
        path, depth, value = waiting.pop()
        if isinstance(value, str):
            if not _is_unicode(value):
                yield f"{path}: expected text, got a lone surrogate in it"
        elif isinstance(value, dict | list):
            if depth == MOST_LEVELS:
                yield f"{_start(path)}: {TOO_DEEP}"
                continue
            if isinstance(value, list):
                waiting += [(f"{path}[{i}]", depth + 1, inner) for i, inner in enumerate(value)]
                continue
            for key, inner in value.items():
                if not _is_unicode(key):
                    yield f"{path}: expected names of text, got a lone surrogate in one"
                else:
                    waiting.append((f"{path}.{key}" if path else key, depth + 1, inner))


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _start(path: str) -> str:
    return path if len(path) <= _LONGEST_QUOTE else f"{path[:_LONGEST_QUOTE]}…"


def _described(error: ValidationError) -> str:
    path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path).lstrip(".")
    return f"{path or 'deployment'}: expected {_expected(error)}, got {_got(error)}"


def _expected(error: ValidationError) -> str:
    rule: Any = error.validator_value
    instance: Any = error.instance
    match error.validator:
        case "type":
            names = rule
            return " or ".join(_KINDS[name] for name in ([names] if isinstance(names, str) else names))
        case "required":
            missing = [name for name in rule if name not in instance]
            return " and ".join(f"a {name}" for name in missing)
        case "enum":
            return f"one of {', '.join(map(str, rule))}"
        case "pattern":
            is_urn = error.schema is _URN
            return "a URN (urn:pulumi:STACK::PROJECT::TYPE::NAME)" if is_urn else "a provider's URN::ID"
        case _:
            return "text that is not empty"


def _got(error: ValidationError) -> str:
    if error.validator == "required":
        return "none"
    kind = _TYPES[type(error.instance)]
    if isinstance(error.instance, dict | list) or _MAY_BE_SECRET & set(error.absolute_path):
        return kind
    text = repr(error.instance)
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"
