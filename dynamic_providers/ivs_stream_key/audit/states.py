"""Reads the stream keys from a stack's state, as `pulumi stack export` writes it; secrets may stay encrypted."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

from ivs_stream_key.errors import StreamKeyError
from ivs_stream_key.messages.formatting import may_be_content
from ivs_stream_key.messages.redaction import SECRETS
from ivs_stream_key.properties import ARN, CHANNEL_ARN, CREATED_AT, ROTATION_DUE_AT

__all__ = ["BadState", "Copy", "StateKey", "read"]

_STREAM_KEY: Final = "pulumi-python:dynamic/ivs:StreamKey"
_PARAMETER: Final = "aws:ssm/parameter:Parameter"
_SECRET_VERSION: Final = "aws:secretsmanager/secretVersion:SecretVersion"  # noqa: S105 - a type
# By resource type: the kind of copy, the output with its name or ARN, and the input that holds the key.
_COPIES: Final[Mapping[str, tuple[str, str, str]]] = {
    _PARAMETER: ("parameter", "name", "value"),
    _SECRET_VERSION: ("secret", "secretId", "secretString"),
}
_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"


class BadState(StreamKeyError):
    """A file is not the state of a stack."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A published copy of a key: `kind` is ``parameter`` or ``secret``, `place` its name or ARN."""

    kind: str
    place: str
    region: str


@dataclass(frozen=True, slots=True)
class StateKey:
    """A stream key in a state; times are UTC in ISO 8601, None if the state has none."""

    arn: str
    channel_arn: str
    urn: str
    created_at: str | None
    due_at: str | None
    copies: tuple[Copy, ...]

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return self.urn.rpartition("::")[2]


def read(file: str) -> list[StateKey]:
    """Return the stream keys of the state in a file; BadState if it is not a state."""
    try:
        state = json.loads(Path(file).read_text(encoding="utf-8"))
        resources = state["deployment"].get("resources") or []
        return list(_keys([one for one in resources if isinstance(one, Mapping)]))
    except BadState:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it has another form"
        name = "given" if may_be_content(file) else file
        raise BadState(
            f"The state {name} cannot be read.",
            expected="the text that `pulumi stack export` writes",
            got=reason,
            remedy="run `pulumi stack export --file FILE`, and name that file.",
        ) from None


def _keys(resources: list[Mapping[str, Any]]) -> Iterator[StateKey]:
    copies = _copies(resources)
    for one in resources:
        if one.get("type") != _STREAM_KEY or one.get("external") or one.get("delete"):
            continue
        outputs, urn = one.get("outputs") or {}, str(one.get("urn"))
        arn, channel = (_plain(outputs.get(name), f"{name} of {urn}") for name in (ARN, CHANNEL_ARN))
        if not isinstance(arn, str) or not isinstance(channel, str):
            continue
        yield StateKey(
            arn, channel, urn, _time(outputs.get(CREATED_AT)), _time(outputs.get(ROTATION_DUE_AT)), tuple(copies[urn])
        )


def _copies(resources: Iterable[Mapping[str, Any]]) -> dict[str, list[Copy]]:
    """Return the published copies by the URNs of the resources that they depend on."""
    found: dict[str, list[Copy]] = defaultdict(list)
    for one in resources:
        if one.get("type") in _COPIES and not one.get("delete"):
            copy = _copy(one)
            for urn in one.get("dependencies") or () if copy else ():
                found[str(urn)].append(cast(Copy, copy))
    return found


def _copy(resource: Mapping[str, Any]) -> Copy | None:
    """Return a resource as a published copy; None if its value is not secret, such as the ARN of a key."""
    kind, place, value = _COPIES[str(resource.get("type"))]
    outputs = resource.get("outputs") or {}
    if isinstance((resource.get("inputs") or {}).get(value), str):
        return None
    where = _plain(outputs.get(place), f"{place} of {resource.get('urn')}")
    return Copy(kind, where, _text(outputs.get("region")) or "") if isinstance(where, str) else None


def _plain(value: Any, what: str) -> Any:
    """Return a value in plaintext, and redact it from output if it is secret; BadState if it is encrypted."""
    if not isinstance(value, Mapping) or _SIGNATURE not in value:
        return value
    if "plaintext" not in value:
        raise BadState(
            f"The {what} is a secret in the state.",
            expected="a state in which it can be read",
            got="an encrypted one",
            remedy="run `pulumi stack export --show-secrets --file FILE`, name that file, and delete it afterwards.",
        )
    secret = json.loads(value["plaintext"])
    SECRETS.learn(secret)
    return secret


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _time(value: Any) -> str | None:
    """Return the text of a time in ISO 8601; None if the value is not one."""
    try:
        datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return str(value)
