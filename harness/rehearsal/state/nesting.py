"""The maximum depth of nested values in a state.

Python's recursion limit is not enough, because the depth that `json` accepts differs between versions of Python.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

__all__ = ["MOST_LEVELS", "TOO_DEEP", "is_too_deep"]

MOST_LEVELS: Final = 200
"""Levels of lists and objects. Programs have a dozen; code that reads values recurses."""
TOO_DEEP: Final = f"nested more than {MOST_LEVELS} levels deep"


def is_too_deep(value: Any) -> bool:
    """Whether the lists and objects in JSON data are nested more than `MOST_LEVELS` deep."""
    level = _containers([value])
    for _ in range(MOST_LEVELS):
        if not level:
            return False
        level = [part for outer in level for part in _containers(outer.values() if isinstance(outer, dict) else outer)]
    return bool(level)


def _containers(values: Iterable[Any]) -> list[dict[str, Any] | list[Any]]:
    return [value for value in values if isinstance(value, dict | list)]
