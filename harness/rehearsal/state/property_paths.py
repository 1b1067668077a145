"""Property paths, such as ``tags.Name``, ``rules[0].port`` and ``tags["a.b"]``, as resource options use them."""

from __future__ import annotations

import copy
import dataclasses
import re
from collections.abc import Iterable
from typing import Any, Final

from rehearsal.errors import RehearsalError
from rehearsal.provider import PropertyMap
from rehearsal.state.property_values import Secret, make_secret

__all__ = ["Path", "contains", "ignore_changes", "parse_path", "write_path"]

Path = tuple[str | int, ...]

_PART: Final = re.compile(
    r"""(?:\.(?=[^.])|^(?!\.)|(?=\[))(?:(?P<name>[^.\[]+)|\[(?P<index>-?\d+|\*)\]|\["(?P<quoted>(?:\\"|[^"])*)"\])"""
)
_PLAIN: Final = re.compile(r"\w+", re.ASCII)


def parse_path(path: str) -> Path:
    """Parse a path to its keys and indices; ``*`` matches every key or index.

    :raises RehearsalError: if it is not a valid path.
    """
    parts: list[str | int] = []
    position = 0
    while position < len(path):
        found = None if path.startswith(".") else _PART.match(path, position)
        if found is None:
            raise RehearsalError(f"{path!r} is not a property path; expected something like 'tags.Name' or 'rules[0]'")
        name, index, quoted = found["name"], found["index"], found["quoted"]
        if index is not None:
            parts.append(index if index == "*" else int(index))
        else:
            parts.append(name if name is not None else quoted.replace('\\"', '"'))
        position = found.end()
    return tuple(parts)


def write_path(path: Path) -> str:
    """Return the text of a path."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        else:
            quoted = part.replace('"', '\\"')
            text += f'["{quoted}"]'
    return text


def contains(pattern: Path, path: Path) -> bool:
    """Whether a path matches the pattern, or is below a path that matches."""
    return len(pattern) <= len(path) and all(p in ("*", q) for p, q in zip(pattern, path, strict=False))


def ignore_changes(inputs: PropertyMap, olds: PropertyMap, paths: Iterable[str]) -> tuple[PropertyMap, list[str]]:
    """Return the inputs with the old values at the paths, and the paths for which this is not possible.

    Items of lists are neither added nor removed, and missing parents of a path are not created.
    """
    restored, refused = copy.deepcopy(inputs), []
    for text in paths:
        try:
            path = parse_path(text)
        except RehearsalError:
            refused.append(text)
            continue
        if path and not _reset(path, _Place(olds, restored)):
            refused.append(text)
    return restored, refused


@dataclasses.dataclass(frozen=True, slots=True)
class _Place:
    """The values at one path in the old and the new properties."""

    old: Any
    new: Any
    was_secret: bool = False
    is_secret: bool = False

    def seen(self) -> _Place:
        old, new, was_secret, is_secret = self.old, self.new, self.was_secret, self.is_secret
        while isinstance(old, Secret):
            old, was_secret = old.value, True
        while isinstance(new, Secret):
            new, is_secret = new.value, True
        return _Place(old, new, was_secret, is_secret)

    def both(self, kind: type) -> bool:
        return isinstance(self.old, kind) and isinstance(self.new, kind)

    def neither(self, kind: type) -> bool:
        return not (isinstance(self.old, kind) or isinstance(self.new, kind))

    def inside(self, key: Any) -> _Place:
        return dataclasses.replace(self, old=_item(self.old, key), new=_item(self.new, key))

    def restore(self, key: Any) -> None:
        """Replace the new value at the key by the old one. An old secret stays secret."""
        value = copy.deepcopy(self.old[key])
        self.new[key] = make_secret(value) if self.was_secret and not self.is_secret else value


def _item(value: Any, key: Any) -> Any:
    return value[key] if _has(value, key) else None


def _has(value: Any, key: Any) -> bool:
    if isinstance(value, dict):
        return key in value
    return isinstance(value, list) and isinstance(key, int) and 0 <= key < len(value)


def _reset(path: Path, place: _Place) -> bool:
    """Replace the new value at the path by the old one; return whether that was possible."""
    place = place.seen()
    head, rest = path[0], path[1:]
    if head == "*":
        return _reset_all(rest, place)
    if isinstance(head, int):
        return _reset_index(head, rest, place)
    return _reset_key(head, rest, place)


def _reset_index(index: int, rest: Path, place: _Place) -> bool:
    if index < 0:
        return False
    if not place.both(list):
        return place.neither(list)
    in_old, in_new = _has(place.old, index), _has(place.new, index)
    if rest:
        return in_old and in_new and _reset(rest, place.inside(index))
    if in_old and in_new:
        place.restore(index)
    return in_old == in_new


def _reset_key(key: str, rest: Path, place: _Place) -> bool:
    in_old = isinstance(place.old, dict) and key in place.old
    in_new = isinstance(place.new, dict) and key in place.new
    if rest:
        if not place.both(dict):
            return place.neither(dict)
        # If the old value has no such path, the new value must not have it either.
        return _reset(rest, place.inside(key)) if in_new else not in_old
    if in_old and not isinstance(place.new, dict):
        return False
    if in_old:
        place.restore(key)
    elif in_new:
        del place.new[key]
    return True


def _reset_all(rest: Path, place: _Place) -> bool:
    if rest:
        if place.both(dict):
            return all(key in place.new and _reset(rest, place.inside(key)) for key in place.old)
        if place.both(list):
            shared = range(min(len(place.old), len(place.new)))
            return all(_reset(rest, place.inside(i)) for i in shared) and len(place.old) == len(place.new)
        return False
    if place.both(dict):
        for key in place.new.keys() - place.old.keys():
            del place.new[key]
        for key in place.old:
            place.restore(key)
    elif place.both(list):
        for index in range(min(len(place.old), len(place.new))):
            place.restore(index)
        return len(place.old) == len(place.new)
    return isinstance(place.new, dict | list)
