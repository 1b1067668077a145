"""The maximum depth of nested values: deeper than any real input, and within Python's limit of recursion."""

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["MOST_LEVELS", "TOO_DEEP", "is_too_deep"]

MOST_LEVELS: Final = 100
TOO_DEEP: Final = f"expected lists and mappings nested at most {MOST_LEVELS} deep, got deeper ones. Make them flatter."


def is_too_deep(value: Any) -> bool:
    """Whether lists and mappings in `value` are nested more than `MOST_LEVELS` deep, or contain themselves."""
    level = [value]
    for _ in range(MOST_LEVELS + 1):
        # Visit each object once for each level: objects that contain each other would otherwise be visited endlessly.
        level = list({id(inner): inner for outer in level for inner in _inside(outer)}.values())
        if not level:
            return False
    return True


def _inside(value: Any) -> list[Any]:
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else []
