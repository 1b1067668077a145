"""Makes up plausible values for outputs from their names and declared types; the same seed gives the same values."""

from __future__ import annotations

import base64
import dataclasses
import enum
import hashlib
import re
import typing
import uuid
from collections import abc
from collections.abc import Callable, Mapping
from typing import Any, Final

from pulumi import _types

from rehearsal.made_up.declarations import Member, members_of
from rehearsal.provider import UNKNOWN, PropertyMap

__all__ = ["Maker", "read_as", "similar_id", "split_name"]

TIME: Final = "2026-01-01T00:00:00Z"
_DEEPEST: Final = 6
_PLAIN: Final = (str, int, float, bool)
_NUMBERS: Final = (int, float)
_ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# The parts of an example id that are replaced by random ones. Words and short numbers are kept.
_RANDOM_PART: Final = re.compile(r"(?<![A-Za-z0-9])(?=[0-9a-z]*\d)[0-9a-z]{6,}|(?=[A-Z0-9]*\d)[A-Z0-9]{8,}")
_KEYS: Final = re.compile(r"""\w\[["'](\w+)["']\]""")
_SECRETS: Final = {"password", "secret", "token", "passphrase"}
_TIMES: Final = {"date", "time", "timestamp", "at", "created", "modified", "expiry", "expiration", "before", "after"}
_HOSTS: Final = {"domain", "host", "hostname", "fqdn", "dns"}
_DIGESTS: Final = {"fingerprint", "hash", "sha", "checksum", "etag", "digest", "md"}

Ask = Callable[[str, str], Any]
"""Returns a cloud's value for the output of this name and path; None to make one up from the name."""


def split_name(name: str) -> list[str]:
    """Return the words of a camelCase name in lower case: ``ingest`` and ``endpoint`` for ``ingestEndpoint``."""
    return [word.lower() for word in _WORDS.findall(name)]


def similar_id(example: str, seed: str) -> str:
    """Return an id like the example, with the same words and new random parts."""
    if _UUID.search(example):
        return _UUID.sub(lambda _: str(uuid.UUID(hexadecimal(seed, 32))), example)
    return _RANDOM_PART.sub(lambda found: _random_like(found[0], f"{seed}{found.start()}"), example)


def _random_like(part: str, seed: str) -> str:
    if part.isdigit():
        return "".join(str(int(digit, 16) % 10) for digit in hexadecimal(seed, len(part)))
    text = hexadecimal(seed, len(part)) if set(part.lower()) <= set("0123456789abcdef") else letters(seed, len(part))
    return text.upper() if part.isupper() else text


def hexadecimal(seed: str, count: int) -> str:
    """Return hexadecimal digits, the same for the same seed."""
    return hashlib.shake_256(seed.encode("utf-8", "surrogatepass")).hexdigest((count + 1) // 2)[:count]


def letters(seed: str, count: int) -> str:
    """Return lower-case letters and digits, the same for the same seed."""
    digest = hashlib.shake_256(f"{seed}\0letters".encode("utf-8", "surrogatepass")).digest(count)
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest)


@dataclasses.dataclass(frozen=True, slots=True)
class Maker:
    """Makes up the outputs of one resource or function call; `name` is its physical name."""

    seed: str
    name: str
    ask: Ask
    several: int = 1
    """The length of made-up lists."""

    def complete(self, given: PropertyMap, members: Mapping[str, Member]) -> PropertyMap:
        """Return the given values, plus made-up values for the other outputs that are not optional."""
        return self._object(given, members, "", 0)

    def _object(self, given: Mapping[str, Any], members: Mapping[str, Member], path: str, depth: int) -> PropertyMap:
        made = {
            name: self._with_missing_members(value, members.get(name), f"{path}.{name}", depth)
            for name, value in given.items()
        }
        for name, member in members.items():
            if made.get(name) is None and not member.optional:
                made[name] = self.value(name, member, f"{path}.{name}", depth)
        return made

    def _object_with_required(self, members: Mapping[str, Member], path: str, depth: int) -> PropertyMap:
        """Return a made-up object with its required members; if it has none, with its members of plain types."""
        made = self._object({}, members, path, depth)
        plain = {name: member for name, member in members.items() if member.type in _PLAIN}
        return made or {name: self.value(name, member, f"{path}.{name}", depth) for name, member in plain.items()}

    def _with_missing_members(self, value: Any, member: Member | None, path: str, depth: int) -> Any:
        """Return a given value, with missing members of objects in it made up."""
        if member is None or value is UNKNOWN:
            return value
        kind = member.type
        if isinstance(value, str) and kind in {bool, int, float}:
            return read_as(value, kind)
        if isinstance(value, dict) and _is_object(kind):
            return self._object(value, members_of(kind), path, depth + 1)
        if isinstance(value, list) and (inner := _item(kind)) is not None:
            held = Member(inner, optional=False)
            return [
                self._with_missing_members(item, held, f"{path}[{place}]", depth) for place, item in enumerate(value)
            ]
        return value

    def value(self, name: str, member: Member, path: str, depth: int) -> Any:
        """Return a value of a member's type."""
        kind = member.type
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return next(iter(kind)).value
        if _is_object(kind):
            return {} if depth > _DEEPEST else self._object_with_required(members_of(kind), path, depth + 1)
        inner = _item(kind)
        if inner is not None:
            held = Member(inner, optional=False, doc=member.doc)
            count = min(1, self.several) if _is_object(inner) else self.several
            one = name.removesuffix("s")
            return [self.value(one, held, f"{path}[{place}]", depth) for place in range(count)]
        if typing.get_origin(kind) in {dict, abc.Mapping}:
            # Examples in the documentation show the keys, such as `uris["GRAPHQL"]`.
            keys = dict.fromkeys(_KEYS.findall(member.doc))
            held = Member(typing.get_args(kind)[1], optional=False)
            return self.ask(name, path) or {key: self.value(name, held, f"{path}.{key}", depth) for key in keys}
        if kind in {bool, int, float}:
            better = None if member.default else self.ask(name, path)
            return kind(better) if isinstance(better, _NUMBERS) else _number(kind, name, member)
        return self._text(name, member, path) if kind is str else None

    def _text(self, name: str, member: Member, path: str) -> str:  # noqa: C901, PLR0912 - a table
        better = self.ask(name, path)
        if better is not None and not isinstance(better, _NUMBERS):
            return str(better)
        if member.default and not member.default.isspace():
            return member.default
        seed = f"{self.seed}\0{path}"
        parts = split_name(name)
        last, known = parts[-1], set(parts)
        host = f"{hexadecimal(seed, 12)}.example.com"
        text = ""
        if last in {"id", "arn"}:
            text = hexadecimal(seed, 16)
        elif name == "name" or parts[-2:] == ["resource", "name"]:
            text = self.name
        elif last in {"url", "uri", "endpoint", "link"}:
            text = f"https://{host}/" if last != "endpoint" else f"https://{host}"
        elif {"ipv", "6"} <= known:
            text = f"fd00::{hexadecimal(seed, 4)}/64" if "cidr" in known else f"fd00::{hexadecimal(seed, 4)}"
        elif "cidr" in known:
            text = "10.0.0.0/16"
        elif "ip" in known or (last == "address" and "email" not in known):
            # An address from the range for documentation, which no real host has.
            text = f"192.0.2.{int(hexadecimal(seed, 2), 16)}"
        elif "email" in known:
            text = f"{letters(seed, 8)}@example.com"
        elif known & _HOSTS:
            text = host
        elif known & _TIMES or "RFC3339" in member.doc or "ISO 8601" in member.doc:
            text = TIME
        elif member.choice:
            text = member.choice
        elif last in {"status", "state"}:
            text = "ACTIVE"
        elif last == "version":
            text = "1"
        elif known & _DIGESTS:
            text = hexadecimal(seed, 40)
        elif "base64" in member.doc.lower():
            text = base64.b64encode(f"user:{letters(seed, 24)}".encode()).decode()
        elif known & _SECRETS or last == "key":
            text = letters(seed, 40)
        elif last in {"policy", "json", "document"}:
            text = "{}"
        elif last == "name":
            text = self.name if "[" not in path else f"{self.name}-{hexadecimal(seed, 4)}"
        return text or f"{'-'.join(parts)}-{hexadecimal(seed, 8)}"


def _number(kind: type, name: str, member: Member) -> Any:
    default = member.default.replace(",", "").replace("_", "")
    if kind is bool:
        return default.lower() == "true"
    try:
        return kind(default)
    except ValueError:
        return kind(443 if "port" in split_name(name) else 1)


def read_as(text: str, kind: type) -> Any:
    """Convert text to a value of this type, as providers do; return the text if it can't be converted."""
    if kind is bool:
        return {"true": True, "false": False}.get(text.lower(), text)
    try:
        return kind(text)
    except ValueError:
        return text


def _is_object(kind: Any) -> bool:
    return isinstance(kind, type) and _types.is_output_type(kind)


def _item(kind: Any) -> Any:
    """Return the type of the items of a list type; None for other types."""
    if typing.get_origin(kind) in {list, abc.Sequence}:
        (item,) = typing.get_args(kind)
        return _types.unwrap_type(item)
    return None
