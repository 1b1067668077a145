"""The providers of one operation."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NoReturn

import pulumi
import pytest

from rehearsal.engine.provider_registry import Registry
from rehearsal.project import Project
from rehearsal.providers.dynamic_process import DynamicProvider
from rehearsal.stack import Stack

DYNAMIC = "pulumi-python:dynamic:Resource"


class Recorded(DynamicProvider):
    """Starts no process; takes note of what is asked of it."""

    made: list[Recorded]

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.told: list[str] = []
        self.made.append(self)

    def begin(self) -> None:
        self.told.append("begin")

    def close(self) -> None:
        self.told.append("close")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Recorded]:
    found: list[Recorded] = []
    monkeypatch.setattr(Recorded, "made", found, raising=False)
    return found


def registry_in(folder: Path) -> Registry:
    return Registry(models=[], folder=folder, project="p", say=print, dynamic=Recorded)


def test_an_early_started_process_serves_only_the_first_provider(tmp_path: Path, made: list[Recorded]) -> None:
    registry = registry_in(tmp_path)
    registry.begin_dynamic()
    assert registry.get("one", DYNAMIC).provider is made[0]
    assert registry.get("another", DYNAMIC).provider is made[1]
    registry.close()
    assert [provider.told for provider in made] == [["begin", "close"], ["close"]]


def test_an_unused_early_process_ends_with_the_operation(tmp_path: Path, made: list[Recorded]) -> None:
    registry = registry_in(tmp_path)
    registry.begin_dynamic()
    registry.close()
    assert [provider.told for provider in made] == [["begin", "close"]]


def test_the_process_of_a_first_operation_starts_before_its_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    happened = []
    monkeypatch.setattr(DynamicProvider, "begin", lambda _: happened.append("begin"))

    def program() -> None:
        happened.append("program")
        pulumi.ComponentResource("a:b:C", "no-dynamic-resource")

    stack = Stack(Project(name="p", folder=tmp_path, main=tmp_path), program=program, clouds=[])
    assert stack.up().ok
    assert happened == ["begin", "program"]
    # Now it is known that there is none.
    assert stack.up().ok
    assert happened == ["begin", "program", "program"]


def test_a_failed_start_is_reported_by_the_first_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: DynamicProvider) -> NoReturn:
        raise OSError("no more processes")

    monkeypatch.setattr(DynamicProvider, "_start_process", start)
    provider = DynamicProvider(tmp_path, "p", print)
    provider.begin()
    with pytest.raises(OSError, match="no more processes"):
        provider.delete("urn", "id", {}, {})
