"""Outputs that the user gives for types without a provider: commands, remote components, unmodelled types."""

import asyncio
import contextlib
import datetime as dt
import re

import pulumi
import pytest

import pulumi_toys
from rehearsal import Project, Stack
from rehearsal.errors import ConfigError
from rehearsal.made_up.given_outputs import GivenProvider, check_given
from rehearsal.provider import UNKNOWN

COMMAND = "command:local:Command"


class Command(pulumi.CustomResource):
    stdout: pulumi.Output[str]
    stderr: pulumi.Output[str]

    def __init__(self, name, create):
        super().__init__(COMMAND, name, {"create": create, "stdout": None, "stderr": None})


class Network(pulumi.ComponentResource):
    """A remote component in the form of a generated SDK: the package's plugin constructs it."""

    vpc_id: pulumi.Output[str]
    subnets: pulumi.Output[list[str]]

    def __init__(self, name, cidr):
        super().__init__("nets:index:Network", name, {"cidr": cidr, "vpcId": None, "subnets": None}, remote=True)
        self.vpc_id = self.vpcId


@pytest.mark.parametrize(
    ("value", "path", "kind"),
    [
        ({"a": [1, {"b": dt.date(2026, 1, 1)}]}, "stdout.a[1].b", "date"),
        ({"a": {1: "x"}}, "stdout.a.1", "int"),
    ],
)
def test_values_that_no_provider_can_return_are_refused_with_their_path(value, path, kind):
    with pytest.raises(ConfigError, match=re.escape(f"{path}: expected text, a number")) as refused:
        check_given({COMMAND: {"stdout": value}})
    assert f"got {kind};" in str(refused.value)


def test_an_output_is_refused():
    async def check() -> None:
        output = pulumi.Output.secret("x")
        with pytest.raises(ConfigError, match=r"stdout: expected text, a number.* got Output;"):
            check_given({COMMAND: {"stdout": output}})
        await output.future()

    with contextlib.closing(asyncio.new_event_loop()) as loop:
        loop.run_until_complete(check())


def test_values_that_a_provider_can_return_are_accepted():
    check_given({COMMAND: {"stdout": {"a": [1, 2.5, None, True], "b": pulumi.StringAsset("x")}}})


@pytest.fixture
def stack(tmp_path):
    def made(program, given, **more):
        project = Project("proj", tmp_path, tmp_path)
        return Stack(project, program=program, clouds=[], given_outputs=given, state=tmp_path / "dev.json", **more)

    return made


def changes(report):
    assert report.ok, report.errors
    return {op: count for op, count in report.changes.items() if op != "same"}


def test_a_command_has_the_given_outputs_and_is_not_run(stack):
    create, seen = ["make"], []

    def program():
        command = Command("build", create[0])
        command.stdout.apply(seen.append)
        pulumi.export("stdout", command.stdout)
        pulumi.export("id", command.id)

    building = stack(program, {COMMAND: {"id": "run-1", "stdout": "built"}})
    changes(building.preview())
    assert seen == []
    first = building.up()
    assert (first.outputs["stdout"], first.outputs["id"]) == ("built", "run-1")
    assert changes(building.preview()) == {}
    assert changes(building.refresh()) == {}
    create[0] = "make all"
    assert changes(building.up()) == {"update": 1}
    assert building.up().outputs["stdout"] == "built"
    assert changes(stack(program, {}).destroy())["delete"] > 0


def test_given_outputs_are_unknown_before_the_create():
    urn = f"urn:pulumi:dev::proj::{COMMAND}::build"
    assert GivenProvider({"stdout": "built"}).preview_create(urn, {"create": "make"}) == {
        "create": "make",
        "stdout": UNKNOWN,
    }


def test_a_refresh_uses_changed_given_outputs(stack):
    program = lambda: pulumi.export("stdout", Command("build", "make").stdout)  # noqa: E731
    changes(stack(program, {"command:*": {"stdout": "built"}}).up())
    again = stack(program, {"command:*": {"stdout": "built again"}})
    assert again.up().outputs["stdout"] == "built"
    changes(again.refresh())
    assert again.up().outputs["stdout"] == "built again"


def test_a_remote_component_has_the_given_outputs(stack):
    seen = []

    def program():
        network = Network("main", "10.0.0.0/16")
        network.vpc_id.apply(seen.append)
        pulumi.export("vpc", network.vpc_id)
        pulumi.export("subnets", network.subnets)

    given = {"nets:index:Network": {"vpcId": "vpc-1", "subnets": ["subnet-1", "subnet-2"]}}
    applied = stack(program, given)
    assert changes(applied.preview()) == {"create": 2}
    assert seen == []
    first = applied.up()
    assert changes(first) == {"create": 2}
    assert (first.outputs["vpc"], first.outputs["subnets"]) == ("vpc-1", ["subnet-1", "subnet-2"])
    again = applied.preview()
    assert changes(again) == {}
    assert again.outputs["vpc"] == "vpc-1"
    assert changes(applied.refresh()) == {}
    assert changes(applied.destroy()) == {"delete": 2}
    (error,) = stack(program, {}).preview().errors
    assert "given_outputs=" in error


def test_declared_outputs_that_are_not_given_are_made_up(stack):
    def program():
        robot = pulumi_toys.Robot("rob", colour="blue")
        for name in ("code", "colour", "mode", "name", "id"):
            pulumi.export(name, getattr(robot, name))
        pulumi.export("robots", pulumi_toys.get_robots(owner="me").ids)

    given = {"toys:index/robot:Robot": {"code": "c-1", "colour": "red"}, "toys:*": {"ids": ["a", "b"]}}
    made = stack(program, given)
    first = made.up()
    assert changes(first) == {"create": 2}
    assert (first.outputs["code"], first.outputs["colour"], first.outputs["mode"]) == ("c-1", "blue", "calm")
    assert first.outputs["robots"] == ["a", "b"]
    assert changes(made.preview()) == {}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"pulumi-python:dynamic:Resource": {}}, "'pulumi-python:dynamic:Resource': expected the type"),
        ({"Command": {}}, "'Command': expected the type"),
        ({COMMAND: ["built"]}, "expected a mapping of outputs by their names"),
        ({COMMAND: {1: "built"}}, "expected a mapping of outputs by their names"),
    ],
)
def test_invalid_given_outputs_are_refused(stack, given, message):
    with pytest.raises(ConfigError) as refused:
        stack(lambda: None, given)
    assert message in str(refused.value)
