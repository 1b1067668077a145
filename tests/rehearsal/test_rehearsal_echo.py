"""Types that nobody models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pulumi
import pytest

from rehearsal import Project, Stack

TYPE = "thing:index:Thing"


class Thing(pulumi.CustomResource):
    size: pulumi.Output[int]
    colour: pulumi.Output[str]

    def __init__(self, name: str, size: Any, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(TYPE, name, {"size": size, "colour": None}, opts)


class Program:
    """One thing and another that depends on it; `size` is to be changed."""

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
    return Stack(Project("proj", tmp_path, tmp_path), program=program, clouds=[], unmodelled="echo")


def test_they_are_refused_by_name_if_they_are_not_allowed(program: Program, tmp_path: Path) -> None:
    report = Stack(Project("proj", tmp_path, tmp_path), program=program, clouds=[]).preview()
    assert "no provider for thing:index:" in report.errors[0]
    assert 'unmodelled="echo"' in report.errors[0]


def test_their_outputs_are_their_inputs_and_an_id(stack: Stack) -> None:
    report = stack.up()
    assert report.ok, report.errors
    assert report.outputs["id"].startswith("one-")
    assert {name: report.outputs.get(name) for name in ("size", "colour", "answer")} == {
        "size": 1,
        "colour": None,
        "answer": "x",
    }


def test_they_live_and_leave_nothing(stack: Stack, program: Program) -> None:
    stack.up()
    assert stack.preview().changes.keys() == {"same"}
    assert stack.refresh().changes.keys() == {"same"}
    program.size = 2
    assert stack.up().changes == {"update": 2, "same": 1}
    assert stack.preview().changes.keys() == {"same"}
    assert stack.destroy().ok
    assert stack.export()["deployment"].get("resources", []) == []


def test_what_is_secret_of_them_stays_secret(stack: Stack, program: Program) -> None:
    program.secret = True
    report = stack.up()
    assert report.ok, report.errors
    states = [s for s in stack.export()["deployment"]["resources"] if s["type"] == TYPE]
    assert [s["outputs"]["size"]["plaintext"] for s in states] == ["1", "1"]


def test_a_word_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="expected \"echo\" or None, got 'mock'"):
        Stack(Project("proj", tmp_path, tmp_path), clouds=[], unmodelled="mock")
