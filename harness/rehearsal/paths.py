"""Property paths, such as ``tags.Name``, ``rules[0].port`` and ``tags["a.b"]``, as resource options use them."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable
from typing import Any, Final

from rehearsal.errors import RehearsalError
from rehearsal.provider import PropertyMap
from rehearsal.values import Secret

__all__ = ["ignore_changes", "matches", "parse_path"]

_PART: Final = re.compile(r"""\.?(?P<name>[^.\[\]"]+)|\[(?P<index>\d+|\*)\]|\["(?P<quoted>(?:[^"\\]|\\.)*)"\]""")
_MISSING: Final = object()


def parse_path(path: str) -> tuple[str | int, ...]:
    """Return the keys and indices of a path; ``*`` stands for all of them."""
    parts: list[str | int] = []
    position = 0
    while position < len(path):
        found = _PART.match(path, position)
        if found is None:
            raise RehearsalError(f"{path!r} is not a property path; expected something like 'tags.Name' or 'rules[0]'")
        name, index, quoted = found["name"], found["index"], found["quoted"]
        if index is not None:
            parts.append(index if index == "*" else int(index))
        else:
            parts.append(name if name is not None else quoted.replace('\\"', '"'))
        position = found.end()
    return tuple(parts)


def matches(pattern: tuple[str | int, ...], path: tuple[str | int, ...]) -> bool:
    """Say whether a path lies at or below the pattern, or the pattern below the path."""
    return all(p in ("*", q) for p, q in zip(pattern, path, strict=False))


def _inside(value: Any) -> Any:
    return value.value if isinstance(value, Secret) else value


def _get(value: Any, key: str | int) -> Any:
    value = _inside(value)
    try:
        return value[key]
    except (KeyError, IndexError, TypeError):
        return _MISSING


def _restore(new: Any, old: Any, path: tuple[str | int, ...]) -> None:
    new, old = _inside(new), _inside(old)
    head, rest = path[0], path[1:]
    if head == "*":
        keys: Iterable[Any] = (
            {*new, *(old if isinstance(old, dict) else ())} if isinstance(new, dict) else range(len(new))
        )
        for key in list(keys):
            _restore(new, old, (key, *rest))
        return
    was = _get(old, head)
    if rest and _get(new, head) is not _MISSING:
        _restore(new[head], was, rest)
    elif rest:
        return
    elif was is not _MISSING:
        if isinstance(new, dict) or (isinstance(head, int) and head < len(new)):
            new[head] = copy.deepcopy(was)
    elif isinstance(new, dict):
        new.pop(head, None)


def ignore_changes(inputs: PropertyMap, old_inputs: PropertyMap, paths: Iterable[str]) -> PropertyMap:
    """Return the inputs with what lies at the paths as it was."""
    restored = copy.deepcopy(inputs)
    for path in paths:
        _restore(restored, old_inputs, parse_path(path))
    return restored
