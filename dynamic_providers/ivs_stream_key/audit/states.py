"""The stream keys in a stack's state: the text of `pulumi stack export`, whose secrets are not needed."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from ivs_stream_key.errors import StreamKeyError
from ivs_stream_key.messages.formatting import may_be_content
from ivs_stream_key.properties import ARN, CHANNEL_ARN, CREATED_AT, ROTATION_DUE_AT

__all__ = ["BadState", "Copy", "StateKey", "read"]

_STREAM_KEY: Final = "pulumi-python:dynamic/ivs:StreamKey"
_PARAMETER: Final = "aws:ssm/parameter:Parameter"
_SECRET_VERSION: Final = "aws:secretsmanager/secretVersion:SecretVersion"  # noqa: S105 - a type


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
        """Its name in the program."""
        return self.urn.rpartition("::")[2]


def read(file: str) -> list[StateKey]:
    """Return the stream keys of the state in a file; BadState if it is not a state."""
    try:
        state = json.loads(Path(file).read_text(encoding="utf-8"))
        resources = state["deployment"].get("resources") or []
        return list(_keys([one for one in resources if isinstance(one, Mapping)]))
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
    for one in resources:
        if one.get("type") != _STREAM_KEY or one.get("external") or one.get("delete"):
            continue
        outputs = one.get("outputs") or {}
        arn, channel = outputs.get(ARN), outputs.get(CHANNEL_ARN)
        if not isinstance(arn, str) or not isinstance(channel, str):
            continue
        urn = str(one.get("urn"))
        copies = tuple(
            copy
            for other in resources
            if urn in (other.get("dependencies") or ())
            and not other.get("delete")
            and (copy := _copy(other)) is not None
        )
        yield StateKey(arn, channel, urn, _text(outputs.get(CREATED_AT)), _text(outputs.get(ROTATION_DUE_AT)), copies)


def _copy(resource: Mapping[str, Any]) -> Copy | None:
    outputs = resource.get("outputs") or {}
    region = _text(outputs.get("region")) or ""
    if resource.get("type") == _PARAMETER and isinstance(outputs.get("name"), str):
        return Copy("parameter", outputs["name"], region)
    if resource.get("type") == _SECRET_VERSION and isinstance(outputs.get("secretId"), str):
        return Copy("secret", outputs["secretId"], region)
    return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
