"""Extensions of rehearsal by installed packages, through entry points."""

from __future__ import annotations

import functools
from importlib.metadata import EntryPoint, entry_points

__all__ = ["offers"]


@functools.cache
def offers(group: str) -> tuple[EntryPoint, ...]:
    """Return the entry points of a group, by name.

    They are looked up once in a process: that reads the metadata of every installed distribution.
    """
    return tuple(sorted(entry_points(group=group), key=lambda entry: entry.name))
