"""Outputs that made-up resources lack, in previews."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import pulumi
import pytest

from rehearsal import Project, Stack
from rehearsal.made_up.absent_outputs import ABSENT_IS_NONE, MADE_UP, known_in_previews

TYPE = "thing:index:Thing"


class Thing(pulumi.CustomResource):
    size: pulumi.Output[int]
    colour: pulumi.Output[str]

    def __init__(self, name: str, size: Any, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TYPE, name, {"size": size, "colour": None}, opts)


class Program:
    """Two resources, one of which depends on the other; tests change `size`."""

    size: int = 1
    secret: bool = False

    def __call__(self) -> None:
        one = Thing("one", pulumi.Output.secret(self.size) if self.secret else self.size)
        two = Thing("two", one.size)
        for name, value in {"size": two.size, "colour": one.colour, "id": one.id}.items():
            pulumi.export(name, value)
        pulumi.export("answer", pulumi.runtime.invoke("thing:index:ask", {"why": "x"}).value["why"])


@pytest.fixture
def program() -> Program:
    return Program()


@pytest.fixture
def stack(program: Program, tmp_path: Path) -> Stack:
    return Stack(Project("proj", tmp_path, tmp_path), program=program, clouds=[], unmodelled="made-up")


def test_unmodelled_types_are_refused_by_name_by_default(program: Program, tmp_path: Path) -> None:
    report = Stack(Project("proj", tmp_path, tmp_path), program=program, clouds=[]).preview()
    assert "no provider for thing:index:" in report.errors[0]
    assert 'unmodelled="made-up"' in report.errors[0]


def test_made_up_resources_return_their_inputs_and_an_id(stack: Stack) -> None:
    report = stack.up()
    assert report.ok, report.errors
    assert report.outputs["id"].startswith("one-")
    assert {name: report.outputs.get(name) for name in ("size", "colour", "answer")} == {
        "size": 1,
        "colour": None,
        "answer": "x",
    }


def test_made_up_resources_complete_a_lifecycle(stack: Stack, program: Program) -> None:
    stack.up()
    assert stack.preview().changes.keys() == {"same"}
    assert stack.refresh().changes.keys() == {"same"}
    program.size = 2
    assert stack.up().changes == {"update": 2, "same": 1}
    assert stack.preview().changes.keys() == {"same"}
    assert stack.destroy().ok
    assert stack.export()["deployment"].get("resources", []) == []


class Die(pulumi.CustomResource):
    """A resource whose output `hex` only the provider can compute, as in the random provider."""

    hex: pulumi.Output[str]

    def __init__(self, name: str, keepers: Any = None, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("dice:index/die:Die", name, {"keepers": keepers, "hex": None}, opts)


class DependentProgram:
    """Resources and outputs that depend on a computed output; tests change `keepers`."""

    keepers: Any = None
    seen: list[Any]

    def __call__(self) -> None:
        self.seen = []
        die = Die("drawn", self.keepers)
        die.hex.apply(self.seen.append)
        pulumi.CustomResource(TYPE, "thing", {"size": die.hex.apply(lambda value: f"size {value}")})
        pulumi.CustomResource(TYPE, "other", {"nested": {"list": [die.hex]}})
        found = Die("found", opts=pulumi.ResourceOptions(id="existing-id"))
        for name, value in {"hex": die.hex, "text": die.hex.apply(lambda v: f"{v}!"), "found": found.hex}.items():
            pulumi.export(name, value)


@pytest.fixture
def dependent_program() -> DependentProgram:
    return DependentProgram()


@pytest.fixture
def dependent_stack(dependent_program: DependentProgram, tmp_path: Path) -> Stack:
    return Stack(Project("proj", tmp_path, tmp_path), program=dependent_program, clouds=[], unmodelled="made-up")


def test_computed_outputs_are_unknown_before_the_create_and_stable_afterwards(
    dependent_stack: Stack, dependent_program: DependentProgram
) -> None:
    assert dependent_stack.preview().errors == []
    assert dependent_program.seen == []
    made = dependent_stack.up()
    assert made.ok, made.errors
    assert dependent_program.seen == [None]
    preview = dependent_stack.preview()
    assert preview.changes.keys() == {"same"}
    assert dependent_program.seen == [None]
    assert preview.outputs == made.outputs
    assert made.outputs["text"] == "None!"
    assert dependent_stack.up().changes.keys() == {"same"}


def test_a_changed_input_changes_no_other_output(dependent_stack: Stack, dependent_program: DependentProgram) -> None:
    assert dependent_stack.up().ok
    dependent_program.keepers = {"a": "b"}
    preview, up = dependent_stack.preview(), dependent_stack.up()
    assert preview.changes == up.changes == {"update": 1, "same": 3}
    assert dependent_stack.preview().changes.keys() == {"same"}
    assert dependent_stack.destroy().ok


def test_outputs_of_a_replacement_are_unknown_again(
    dependent_stack: Stack, dependent_program: DependentProgram
) -> None:
    assert dependent_stack.up().ok
    assert dependent_stack.preview(replace=["**::drawn"]).changes["replace"] == 1
    assert dependent_program.seen == []


@pytest.mark.parametrize("mark", [ABSENT_IS_NONE, MADE_UP])
def test_the_marker_of_made_up_outputs_is_not_an_output(mark: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulumi.runtime.settings, "is_dry_run", lambda: True)
    resolved: dict[str, Any] = {}
    resolvers = {name: lambda *result, name=name: resolved.setdefault(name, result) for name in ("size", "colour")}
    # Newer SDKs have a parameter for custom resources.
    custom = [True] if "custom" in inspect.signature(pulumi.runtime.rpc.resolve_properties).parameters else []
    with known_in_previews():
        pulumi.runtime.rpc.resolve_properties(resolvers, {"size": 1, mark: True}, {}, *custom)
        assert {name: result[:2] for name, result in resolved.items()} == {"size": (1, True), "colour": (None, True)}
        resolved.clear()
        pulumi.runtime.rpc.resolve_properties(resolvers, {"size": 1}, {}, *custom)
    assert {name: result[:2] for name, result in resolved.items()} == {"size": (1, True), "colour": (None, False)}


def test_the_sdk_is_restored_after_a_program(dependent_stack: Stack) -> None:
    before = pulumi.runtime.rpc.resolve_properties
    dependent_stack.up()
    assert pulumi.runtime.rpc.resolve_properties is before


def test_types_of_pulumi_itself_are_refused(tmp_path: Path) -> None:
    def program() -> None:
        pulumi.CustomResource("pulumi:index:Stash", "s", {"input": 1})

    report = Stack(Project("proj", tmp_path, tmp_path), program=program, clouds=[], unmodelled="made-up").up()
    assert report.errors == ["rehearsal does not model pulumi:index:Stash; run this program with the Pulumi CLI"]


def test_secrets_of_made_up_resources_stay_secret(stack: Stack, program: Program) -> None:
    program.secret = True
    report = stack.up()
    assert report.ok, report.errors
    states = [s for s in stack.export()["deployment"]["resources"] if s["type"] == TYPE]
    assert [s["outputs"]["size"]["plaintext"] for s in states] == ["1", "1"]


def test_an_unknown_choice_for_unmodelled_types_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='expected "made-up" or "refuse", got \'mock\''):
        Stack(Project("proj", tmp_path, tmp_path), clouds=[], unmodelled="mock")
