"""Resources of a provider whose inputs are outputs of something that is not there yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from rehearsal import Project, Stack
from rehearsal.made_up.provider import MadeUpProvider
from rehearsal.provider import CheckResult, PropertyMap


class Lamps(MadeUpProvider):
    """Lamps of a house, which cannot be without its address."""

    def configure(self, config: PropertyMap) -> None:
        self.address = config["address"]
        assert isinstance(self.address, str)

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        return CheckResult({"address": self.address, **news})


class LampProvider(pulumi.ProviderResource):
    """The provider of lamps in a house."""

    def __init__(self, name: str, address: Any) -> None:
        super().__init__("lamp", name, {"address": address})


class Program:
    street = "High Street"

    def __call__(self) -> None:
        house = pulumi.CustomResource("house:index:House", "home", {"address": self.street})
        provider = LampProvider("there", house.id.apply(lambda id_: f"{self.street}, {id_}"))
        lamp = pulumi.CustomResource("lamp:index:Lamp", "desk", {"watt": 40}, pulumi.ResourceOptions(provider=provider))
        pulumi.export("seen", lamp.id)


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    providers = {"lamp:*": Lamps, "house:*": MadeUpProvider}
    return Stack(Project("proj", tmp_path, tmp_path), program=Program(), clouds=[], providers=providers)


def test_they_are_planned_without_asking_the_provider_and_then_made(stack: Stack) -> None:
    plan = stack.preview()
    assert plan.ok, plan.errors
    assert plan.changes["create"] == 4
    report = stack.up()
    assert report.ok, report.errors
    (lamp,) = (s for s in stack.export()["deployment"]["resources"] if s["type"] == "lamp:index:Lamp")
    assert lamp["outputs"]["address"].startswith("High Street, home-")
    assert stack.preview().changes.keys() == {"same"}
