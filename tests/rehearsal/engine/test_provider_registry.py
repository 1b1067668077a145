"""The provider registry of one operation."""

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


class RecordingProvider(DynamicProvider):
    """A dynamic provider that records begin and close instead of starting a process."""

    instances: list[RecordingProvider]

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.calls: list[str] = []
        self.instances.append(self)

    def begin(self) -> None:
        self.calls.append("begin")

    def close(self) -> None:
        self.calls.append("close")


@pytest.fixture
def instances(monkeypatch: pytest.MonkeyPatch) -> list[RecordingProvider]:
    found: list[RecordingProvider] = []
    monkeypatch.setattr(RecordingProvider, "instances", found, raising=False)
    return found


def registry_in(folder: Path) -> Registry:
    return Registry(models=[], folder=folder, project="p", say=print, dynamic=RecordingProvider)


def test_an_early_started_process_serves_only_the_first_provider(
    tmp_path: Path, instances: list[RecordingProvider]
) -> None:
    registry = registry_in(tmp_path)
    registry.begin_dynamic()
    assert registry.get("one", DYNAMIC).provider is instances[0]
    assert registry.get("another", DYNAMIC).provider is instances[1]
    registry.close()
    assert [provider.calls for provider in instances] == [["begin", "close"], ["close"]]


def test_an_unused_early_process_ends_with_the_operation(tmp_path: Path, instances: list[RecordingProvider]) -> None:
    registry = registry_in(tmp_path)
    registry.begin_dynamic()
    registry.close()
    assert [provider.calls for provider in instances] == [["begin", "close"]]


def test_the_process_of_a_first_operation_starts_before_its_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = []
    monkeypatch.setattr(DynamicProvider, "begin", lambda _: events.append("begin"))

    def program() -> None:
        events.append("program")
        pulumi.ComponentResource("a:b:C", "no-dynamic-resource")

    stack = Stack(Project(name="p", folder=tmp_path, main=tmp_path), program=program, clouds=[])
    assert stack.up().ok
    assert events == ["begin", "program"]
    # The state now shows that the stack has no dynamic resource.
    assert stack.up().ok
    assert events == ["begin", "program", "program"]


def test_a_failed_start_is_reported_by_the_first_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_: DynamicProvider) -> NoReturn:
        raise OSError("no more processes")

    monkeypatch.setattr(DynamicProvider, "_start_process", start)
    provider = DynamicProvider(tmp_path, "p", print)
    provider.begin()
    with pytest.raises(OSError, match="no more processes"):
        provider.delete("urn", "id", {}, {})
