"""Compares two sets of properties, as Pulumi does if a provider returns no detailed diff."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rehearsal.provider import PropertyMap
from rehearsal.state.property_paths import Path, write_path
from rehearsal.state.property_values import same_value

__all__ = ["differences"]


def differences(old: PropertyMap, new: PropertyMap) -> dict[str, str]:
    """Return the paths that differ, each with "add", "delete" or "update". Whether a value is secret does not count."""
    return {write_path(path): kind for path, kind in _walk(old, new, ())}


def _walk(old: Any, new: Any, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            if key not in old:
                yield (*path, key), "add"
            elif key not in new:
                yield (*path, key), "delete"
            else:
                yield from _walk(old[key], new[key], (*path, key))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            if index >= len(old):
                yield (*path, index), "add"
            elif index >= len(new):
                yield (*path, index), "delete"
            else:
                yield from _walk(old[index], new[index], (*path, index))
    elif not same_value(old, new):
        yield path, "update"
