from __future__ import annotations

import sys
import types
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pulumi
import pytest

from rehearsal import Project, RehearsalError, Stack
from rehearsal.made_up.provider import MadeUpProvider
from rehearsal.provider import CreateResult, PropertyMap
from rehearsal.providers import catalog
from rehearsal.providers.catalog import installed_providers, model_of, model_of_provider


def test_the_first_matching_pattern_wins() -> None:
    one, two = object(), object()
    given: Any = [("lamp:index:Lamp", one), ("lamp:*", two), ("*", one)]
    assert model_of(given, "lamp:index:Lamp") is one
    assert model_of(given, "lamp:index:Switch") is two


def test_a_provider_resource_is_matched_only_by_its_own_type() -> None:
    one, two = object(), object()
    given: Any = [("*", one), ("pulumi:providers:*", one), ("pulumi:providers:lamp", two)]
    assert model_of_provider(given, "pulumi:providers:lamp") is two
    assert model_of_provider(given, "pulumi:providers:fan") is None


def test_an_unmodelled_token_is_an_error_with_a_remedy() -> None:
    with pytest.raises(RehearsalError, match=r"no provider for lamp:index:Lamp: .*rehearsal\.providers.*Pulumi CLI"):
        model_of([("fan:*", MadeUpProvider)], "lamp:index:Lamp", "run this program with the Pulumi CLI")


def test_installed_packages_register_providers_by_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    def offers(group: str) -> list[EntryPoint]:
        return [EntryPoint(name, f"lamps:{name}", group) for name in ("FANS", "LAMPS")]

    offered = types.SimpleNamespace(LAMPS={"lamp:*": MadeUpProvider}, FANS={"fan:*": Bright})
    monkeypatch.setitem(sys.modules, "lamps", offered)
    monkeypatch.setattr(catalog, "offers", offers)
    assert installed_providers() == {"lamp:*": MadeUpProvider, "fan:*": Bright}


class Bright(MadeUpProvider):
    def create(self, urn: str, inputs: PropertyMap) -> CreateResult:
        return CreateResult("bright", {**inputs, "lumen": 800})


def test_a_stack_prefers_its_own_providers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("rehearsal.stack.installed_providers", lambda: {"lamp:*": MadeUpProvider, "fan:*": Bright})

    def program() -> None:
        for token in ("lamp:index:Lamp", "fan:index:Fan"):
            made = pulumi.CustomResource(token, token.partition(":")[0], {})
            pulumi.export(token.partition(":")[0], made.id)

    project = Project("proj", tmp_path, tmp_path)
    outputs = Stack(project, program=program, clouds=[], providers={"lamp:*": Bright}).up().outputs
    assert outputs == {"lamp": "bright", "fan": "bright"}
