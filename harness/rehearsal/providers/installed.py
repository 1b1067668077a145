"""Finds extensions of rehearsal in installed packages by their entry points."""

from __future__ import annotations

import functools
from importlib.metadata import EntryPoint, entry_points

__all__ = ["offers"]


@functools.cache
def offers(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of a group, by name.

    They are cached, because the lookup reads the metadata of every installed distribution.
    """
    return tuple(sorted(entry_points(group=group), key=lambda entry: entry.name))
