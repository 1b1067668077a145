"""Resources of an explicit provider whose inputs are unknown in a preview."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from rehearsal import Project, Stack
from rehearsal.made_up.provider import MadeUpProvider
from rehearsal.provider import CheckResult, PropertyMap


class Lamps(MadeUpProvider):
    """A provider that requires a known address in `configure`."""

    def configure(self, config: PropertyMap) -> None:
        self.address = config["address"]
        assert isinstance(self.address, str)

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        return CheckResult({"address": self.address, **news})


class LampProvider(pulumi.ProviderResource):
    """The explicit provider of lamps, configured with an address."""

    def __init__(self, name: str, address: Any) -> None:
        super().__init__("lamp", name, {"address": address})


class Program:
    """A program whose lamp has a provider with the id of a new house."""

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


def test_creates_with_unconfigured_provider_are_planned_without_calls_and_then_done(stack: Stack) -> None:
    plan = stack.preview()
    assert plan.ok, plan.errors
    assert plan.changes["create"] == 4
    report = stack.up()
    assert report.ok, report.errors
    (lamp,) = (s for s in stack.export()["deployment"]["resources"] if s["type"] == "lamp:index:Lamp")
    assert lamp["outputs"]["address"].startswith("High Street, home-")
    assert stack.preview().changes.keys() == {"same"}


class MovingLamps:
    """A program that moves its lamp to a provider with the id of a house that does not exist yet."""

    def __init__(self) -> None:
        self.houses, self.reads = ["old"], False
        self.seen: list[Any] = []

    def __call__(self) -> None:
        made = [pulumi.CustomResource("house:index:House", name) for name in self.houses]
        provider = LampProvider("there", made[-1].id)
        options = pulumi.ResourceOptions(provider=provider)
        lamp = pulumi.CustomResource("lamp:index:Lamp", "desk", {"watt": 40}, options)
        pulumi.export("lamp", lamp.id)
        if self.reads:
            read_options = pulumi.ResourceOptions(provider=provider, id="lamp-7")
            existing = pulumi.CustomResource("lamp:index:Lamp", "existing", {}, read_options)
            pulumi.export("existing", existing.id)
            call = pulumi.InvokeOutputOptions(provider=provider)
            result = pulumi.runtime.invoke_output("lamp:index:count", {"kind": "desk"}, call)
            result.apply(self.seen.append)


def test_existing_resources_are_planned_as_updates_with_pulumis_warning(tmp_path: Path) -> None:
    program = MovingLamps()
    providers = {"lamp:*": Lamps, "house:*": MadeUpProvider}
    stack = Stack(Project("proj", tmp_path, tmp_path), program=program, clouds=[], providers=providers)
    lamp = stack.up().outputs["lamp"]
    program.houses.append("new")
    plan = stack.preview()
    assert plan.ok, plan.errors
    assert [(s.op.value, s.urn.rpartition("::")[2]) for s in plan.steps if "lamp:index:Lamp" in s.urn] == [
        ("update", "desk")
    ]
    (warning,) = plan.diagnostics
    assert (warning.severity, warning.urn.rpartition("::")[2]) == ("warning", "desk")
    assert warning.text == (
        "The provider for this resource has inputs that are not known during preview.\n"
        "This preview may not correctly represent the changes that will be applied during an update."
    )
    assert plan.outputs == {"lamp": lamp}
    up = stack.up()
    assert up.ok, up.errors
    assert list(up.diagnostics) == []
    assert stack.preview().changes.keys() == {"same"}


def test_an_unconfigured_provider_gets_no_reads_and_invokes(tmp_path: Path) -> None:
    program = MovingLamps()
    providers = {"lamp:*": Lamps, "house:*": MadeUpProvider}
    stack = Stack(Project("proj", tmp_path, tmp_path), program=program, clouds=[], providers=providers)
    program.reads = True
    plan = stack.preview()
    assert plan.ok, plan.errors
    # As in Pulumi, an invoke of an unconfigured provider returns an empty result.
    assert program.seen == [{}]
    up = stack.up()
    assert up.ok, up.errors
    assert up.outputs["existing"] == "lamp-7"
    assert program.seen[1:] == [{"kind": "desk"}]
    assert stack.preview().changes.keys() == {"same"}
