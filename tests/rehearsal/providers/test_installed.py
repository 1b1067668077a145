"""Providers and clouds that installed packages register as entry points."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from rehearsal.providers import installed
from rehearsal.providers.installed import offers


def test_entry_points_are_looked_up_once_per_process(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def entry_points(*, group: str) -> list[EntryPoint]:
        asked.append(group)
        return [EntryPoint(name, "lamps:LAMPS", group) for name in ("b", "a")]

    monkeypatch.setattr(installed, "entry_points", entry_points)
    offers.cache_clear()
    try:
        assert [entry.name for entry in offers("a group")] == ["a", "b"]
        assert offers("a group") is offers("a group")
        assert asked == ["a group"]
    finally:
        offers.cache_clear()
