"""The owner tag: for which resource of which stack a stream key was made, or taken over.

    pulumi-ivs-stream-key:owner =
        v1 stack=4f0c… path=9a1b… triggers=77de… made=2026-01-31T23:59:59Z name=shop/prod/live

`stack` is a digest of organization, project and stack, `path` one of the types of the resource's parents, its own type
and its name, `triggers` one of its rotation triggers (``secret`` where those are secrets). `made` says when the key was
made; of a key that was there before, `before` says when it was taken over. `name` is project, stack and resource in
plain, for people, as far as a tag has room.

The tag is written by the call that makes the key, so that no crash and no lost answer can come between, and by the
call that gives a key that is taken over its tags. It is no tag of the user's: neither inputs nor outputs list it among
the tags, and no comparison sees it. docs/decisions/0010-whose-key-it-is.md says why it is done so.
"""

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from ivs_stream_key.aws.service_model import limits
from ivs_stream_key.aws_config.setting_values import has_unknown

__all__ = [
    "MARK",
    "Maker",
    "Mark",
    "Owner",
    "has_version",
    "leaves_room",
    "maker_of",
    "mark_for",
    "mark_of_takeover",
    "parse_mark",
]

MARK: Final = "pulumi-ivs-stream-key:owner"

_STACK_TYPE: Final = "pulumi:pulumi:Stack"
_LENGTH: Final = 24
_LENGTH_OF_OLD: Final = 32
_SECRET: Final = "secret"  # noqa: S105 - in place of a digest of secrets, which would let them be guessed
_CUT: Final = "..."

_FORMAT: Final = re.compile(
    rf"v1 stack=(?P<stack>[0-9a-f]{{{_LENGTH}}}) path=(?P<path>[0-9a-f]{{{_LENGTH}}})"
    r" triggers=(?P<triggers>[0-9a-f]{12}|secret) (?P<age>made|before)=(?P<time>[0-9TZ:-]+) name=(?P<name>.*)",
    re.DOTALL,
)
_VERSION: Final = re.compile(r"v[0-9]+ ")


@dataclass(frozen=True, slots=True)
class Owner:
    """The resource that a key is for. `path` is the type of its outermost component, …, its own type, its name."""

    organization: str
    project: str
    stack: str
    path: str
    name: str
    secret_triggers: bool = field(default=False, compare=False)

    @classmethod
    def of(cls, value: Any) -> "Owner | None":
        """Return what the input `owner` says: ``{"organization": …, "urn": …}``; None if it says nothing of use."""
        if not isinstance(value, Mapping):
            return None
        organization, urn = value.get("organization"), value.get("urn")
        parts = urn.removeprefix("urn:pulumi:").split("::", 3) if isinstance(urn, str) else []
        if not isinstance(organization, str) or len(parts) != 4:  # noqa: PLR2004 - stack, project, types, name
            return None
        stack, project, types, name = parts
        return cls(organization, project, stack, f"{types}::{name}", name, bool(value.get("secret_triggers")))

    @property
    def stack_digest(self) -> str:
        """What tells stacks apart, those of other organizations too."""
        return _digest(self.organization, self.project, self.stack)

    @property
    def path_digest(self) -> str:
        """What tells the resources of a stack apart."""
        return _digest(self.path)

    @property
    def plain(self) -> str:
        """Project, stack and name, for people."""
        return f"{self.project}/{self.stack}/{self.name}"

    @property
    def old_mark(self) -> str:
        """What versions before this format wrote into the tag."""
        return hashlib.sha256(self.plain.encode()).hexdigest()[:_LENGTH_OF_OLD]

    @staticmethod
    def urn_below(parent_urn: str, own_type: str, name: str) -> str:
        """Return the URN of a resource of this type and name whose parent (maybe the stack itself) has `parent_urn`."""
        stack, project, types = parent_urn.split("::", 3)[:3]
        # The engine leaves the stack's type out; Pulumi's mocks do not.
        prefix = f"{types}$".removeprefix(f"{_STACK_TYPE}$")
        return f"{stack}::{project}::{prefix}{own_type}::{name}"


@dataclass(frozen=True, slots=True)
class Mark:
    """An owner tag of this format, taken apart.

    `time` is when the key was made, or, if it was there before, first taken over; then `made` is None.
    """

    text: str
    stack: str
    path: str
    triggers: str
    made: str | None
    time: str
    name: str

    def same_triggers(self, triggers: Any, owner: Owner | None) -> bool | None:
        """Whether the key was made for these rotation triggers; None if that cannot be told (secret, or unknown)."""
        if self.triggers == _SECRET or owner is None:
            return None
        if owner.secret_triggers or has_unknown(triggers):
            return None
        return self.triggers == _digest_of_triggers(triggers, self.stack, self.time)


class Maker(Enum):
    """Whose a key is, seen from one resource."""

    NOBODY = "none"
    """It bears no owner tag: IVS made it with the channel, somebody by hand, or it has 50 tags of its own."""
    RESOURCE = "this resource"
    STACK = "another resource of this stack"
    OTHER_STACK = "another stack"
    UNKNOWN = "unknown"
    """The tag is of another version: it was written for another resource, and does not say of which stack."""


def parse_mark(text: str | None) -> Mark | None:
    """Take the text of an owner tag apart; None if there is none, or it is of another version."""
    match = _FORMAT.fullmatch(text or "")
    if match is None:
        return None
    made = match["time"] if match["age"] == "made" else None
    return Mark(match[0], match["stack"], match["path"], match["triggers"], made, match["time"], match["name"])


def has_version(text: str | None) -> bool:
    """Whether an owner tag is of this format or a later one, which a takeover writes; older ones it did not."""
    return _VERSION.match(text or "") is not None


def maker_of(text: str | None, owner: Owner | None) -> Maker:
    """Return whose the key with this owner tag is, seen from `owner`."""
    if not text:
        return Maker.NOBODY
    mark = parse_mark(text)
    if owner is None:
        return Maker.UNKNOWN
    if mark is None:
        return Maker.RESOURCE if text == owner.old_mark else Maker.UNKNOWN
    if mark.stack != owner.stack_digest:
        return Maker.OTHER_STACK
    return Maker.RESOURCE if mark.path == owner.path_digest else Maker.STACK


def leaves_room(tags: Mapping[str, str]) -> bool:
    """Whether a key with these tags can bear the owner tag as well."""
    return len(tags) < limits().most_tags


def mark_for(owner: Owner | None, triggers: Any, made: str) -> dict[str, str]:
    """Return the owner tag of a key that is made at `made` (ISO 8601, UTC) for these rotation triggers.

    Without an owner it is one of its own, which this very call of create alone knows again.
    """
    return {MARK: _text(owner, triggers, f"made={made}", made)}


def mark_of_takeover(found: str | None, owner: Owner | None, triggers: Any, now: str) -> dict[str, str]:
    """Return the owner tag of a key that is taken over with the owner tag `found`: its age is kept where known."""
    earlier = parse_mark(found)
    if earlier is None:
        return {MARK: _text(owner, triggers, f"before={now}", now)}
    age = "before" if earlier.made is None else "made"
    return {MARK: _text(owner, triggers, f"{age}={earlier.time}", earlier.time)}


def _text(owner: Owner | None, triggers: Any, age: str, time: str) -> str:
    stack = owner.stack_digest if owner else _digest(uuid.uuid4().hex)
    path = owner.path_digest if owner else stack
    secret = owner is None or owner.secret_triggers
    digest = _SECRET if secret else _digest_of_triggers(triggers, stack, time)
    limit = limits().tag_value
    start = f"v1 stack={stack} path={path} triggers={digest} {age} name="
    name = "".join(c if limit.matches(c) else "_" for c in (owner.plain if owner else ""))
    room = limit.longest - len(start)
    return start + (name if len(name) <= room else name[: room - len(_CUT)] + _CUT)


def _digest(*parts: str) -> str:
    # As JSON, so that no two lists of parts are the same text.
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_LENGTH]


def _digest_of_triggers(triggers: Any, *salt: str) -> str:
    text = json.dumps([*salt, _comparable(triggers or {})], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _comparable(value: Any) -> Any:
    """Return a value such that what `comparison` takes for the same is the same JSON."""
    match value:
        case Mapping():
            return {str(k): _comparable(v) for k, v in value.items() if v is not None}
        case str() | bool() | None:
            return value
        case int() | float():
            return float(value)
        case list() | tuple():
            return [_comparable(v) for v in value]
        case _:
            return repr(value)
