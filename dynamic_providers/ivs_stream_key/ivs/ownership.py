"""The owner tag: the resource and stack for which a stream key was created or taken over.

    pulumi-ivs-stream-key:owner =
        v1 stack=4f0c… path=9a1b… triggers=77de… made=2026-01-31T23:59:59Z name=shop/prod/live

`stack` is a digest of organization, project and stack. `path` is a digest of the types of the resource's parents, its
own type and its name. `triggers` is a digest of its rotation triggers (``secret`` if those are secrets). `made` is the
time when the key was created; if the key existed before, `before` is the time when it was taken over. `name` is
project, stack and resource in plain text, for people, cut to the space that a tag has.

The tag is set by the call that creates the key, so that a crash or a lost response cannot leave a key without it. A
takeover writes it in the call that sets the key's tags. It is not one of the user's tags: the inputs and outputs `tags`
and `tags_all` do not contain it, and no diff includes it. docs/decisions/0010-whose-key-it-is.md gives the reasons.
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
    "OWNER_TAG_KEY",
    "Owner",
    "OwnerTag",
    "Ownership",
    "has_version",
    "leaves_room",
    "owner_tag_for",
    "owner_tag_of_takeover",
    "ownership_of",
    "parse_owner_tag",
]

OWNER_TAG_KEY: Final = "pulumi-ivs-stream-key:owner"

_STACK_TYPE: Final = "pulumi:pulumi:Stack"
_LENGTH: Final = 24
_LENGTH_OF_OLD: Final = 32
_SECRET: Final = "secret"  # noqa: S105 - replaces a digest: secrets could be guessed from one
_CUT: Final = "..."

_FORMAT: Final = re.compile(
    rf"v1 stack=(?P<stack>[0-9a-f]{{{_LENGTH}}}) path=(?P<path>[0-9a-f]{{{_LENGTH}}})"
    r" triggers=(?P<triggers>[0-9a-f]{12}|secret) (?P<age>made|before)=(?P<time>[0-9TZ:-]+) name=(?P<name>.*)",
    re.DOTALL,
)
_VERSION: Final = re.compile(r"v[0-9]+ ")


@dataclass(frozen=True, slots=True)
class Owner:
    """The resource that owns a key. `path` is the type of its outermost component, …, its own type, its name."""

    organization: str
    project: str
    stack: str
    path: str
    name: str
    secret_triggers: bool = field(default=False, compare=False)

    @classmethod
    def of(cls, value: Any) -> "Owner | None":
        """Parse the input `owner`: ``{"organization": …, "urn": …}``; None if it is invalid."""
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
        """The digest that identifies the stack, including its organization."""
        return _digest(self.organization, self.project, self.stack)

    @property
    def path_digest(self) -> str:
        """The digest that identifies the resource within its stack."""
        return _digest(self.path)

    @property
    def plain(self) -> str:
        """Project, stack and name, for people."""
        return f"{self.project}/{self.stack}/{self.name}"

    @property
    def old_owner_tag(self) -> str:
        """The text of the tag in versions before this format."""
        return hashlib.sha256(self.plain.encode()).hexdigest()[:_LENGTH_OF_OLD]

    @staticmethod
    def urn_below(parent_urn: str, own_type: str, name: str) -> str:
        """Return the URN of a resource of this type and name whose parent (or the stack itself) has `parent_urn`."""
        stack, project, types = parent_urn.split("::", 3)[:3]
        # The engine omits the stack's type; Pulumi's mocks do not.
        prefix = f"{types}$".removeprefix(f"{_STACK_TYPE}$")
        return f"{stack}::{project}::{prefix}{own_type}::{name}"


@dataclass(frozen=True, slots=True)
class OwnerTag:
    """A parsed owner tag of this format.

    `time` is when the key was created. If the key existed before, it is when it was first taken over, and `made` is
    None.
    """

    text: str
    stack: str
    path: str
    triggers: str
    made: str | None
    time: str
    name: str

    @property
    def resource(self) -> str | None:
        """The resource's name in its program; None if the tag had no space for all of it."""
        name = self.name.split("/", 2)[2:]
        return name[0] if name and name[0] and not name[0].endswith(_CUT) else None

    def same_triggers(self, triggers: Any, owner: Owner | None) -> bool | None:
        """Whether the key was created for these rotation triggers; None if that is unknown (they may be secret)."""
        if self.triggers == _SECRET or owner is None:
            return None
        if owner.secret_triggers or has_unknown(triggers):
            return None
        return self.triggers == _digest_of_triggers(triggers, self.stack, self.time)


class Ownership(Enum):
    """Who owns a key, from the point of view of one resource."""

    NOBODY = "none"
    """The key has no owner tag: IVS created it with the channel, a person did, or it has 50 tags of its own."""
    RESOURCE = "this resource"
    STACK = "another resource of this stack"
    OTHER_STACK = "another stack"
    UNKNOWN = "unknown"
    """The tag is of another version: it names another resource, and does not say which stack."""


def parse_owner_tag(text: str | None) -> OwnerTag | None:
    """Parse the text of an owner tag; None if there is none, or it is of another version."""
    match = _FORMAT.fullmatch(text or "")
    if match is None:
        return None
    made = match["time"] if match["age"] == "made" else None
    return OwnerTag(match[0], match["stack"], match["path"], match["triggers"], made, match["time"], match["name"])


def has_version(text: str | None) -> bool:
    """Whether an owner tag has this format or a later one. Takeovers by older versions wrote no tag."""
    return _VERSION.match(text or "") is not None


def ownership_of(text: str | None, owner: Owner | None) -> Ownership:
    """Return who owns the key with this owner tag, from the point of view of `owner`."""
    if not text:
        return Ownership.NOBODY
    owner_tag = parse_owner_tag(text)
    if owner is None:
        return Ownership.UNKNOWN
    if owner_tag is None:
        return Ownership.RESOURCE if text == owner.old_owner_tag else Ownership.UNKNOWN
    if owner_tag.stack != owner.stack_digest:
        return Ownership.OTHER_STACK
    return Ownership.RESOURCE if owner_tag.path == owner.path_digest else Ownership.STACK


def leaves_room(tags: Mapping[str, str]) -> bool:
    """Whether a key with these tags has room for the owner tag."""
    return len(tags) < limits().most_tags


def owner_tag_for(owner: Owner | None, triggers: Any, made: str) -> dict[str, str]:
    """Return the owner tag of a key that is created at `made` (ISO 8601, UTC) for these rotation triggers.

    Without an owner the tag is a random text, so that only this call of create recognizes its key.
    """
    return {OWNER_TAG_KEY: _text(owner, triggers, f"made={made}", made)}


def owner_tag_of_takeover(found: str | None, owner: Owner | None, triggers: Any, now: str) -> dict[str, str]:
    """Return the owner tag for a takeover of a key with the owner tag `found`; the key's age is kept if known."""
    earlier = parse_owner_tag(found)
    if earlier is None:
        return {OWNER_TAG_KEY: _text(owner, triggers, f"before={now}", now)}
    age = "before" if earlier.made is None else "made"
    return {OWNER_TAG_KEY: _text(owner, triggers, f"{age}={earlier.time}", earlier.time)}


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
    # As JSON, so that different lists of parts never give the same text.
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:_LENGTH]


def _digest_of_triggers(triggers: Any, *salt: str) -> str:
    text = json.dumps([*salt, _comparable(triggers or {})], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _comparable(value: Any) -> Any:
    """Return a value whose JSON is the same for values that a diff treats as equal."""
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
