"""Lifecycles of resources of unmodelled types."""

import re
import warnings

import pulumi
import pytest

import pulumi_toys
from rehearsal import Project, Stack
from rehearsal.made_up.absent_outputs import MADE_UP
from rehearsal.made_up.provider import MadeUpProvider
from rehearsal.state.property_values import Secret

ROBOT = "toys:index/robot:Robot"
URN = f"urn:pulumi:dev::proj::{ROBOT}::rob"


class Program:
    """Two robots; the second depends on computed outputs of the first."""

    def __init__(self):
        self.given = {"colour": "blue", "home": {"label": "shed"}}
        self.options = {}
        self.seen = []

    def __call__(self):
        rob = pulumi_toys.Robot("rob", pulumi.ResourceOptions(**self.options), **self.given)
        pulumi_toys.Robot("twin", code=rob.code, maker=rob.last_seen)
        rob.code.apply(self.seen.append)
        for name in ("code", "colour", "home", "id", "mode", "name", "note", "password", "port", "weight"):
            pulumi.export(name, getattr(rob, name))
        robots = pulumi_toys.get_robots(owner="me")
        pulumi.export("robots", [robots.ids, robots.owner, robots.found])


@pytest.fixture
def program():
    return Program()


@pytest.fixture
def stack(program, tmp_path):
    return Stack(Project("proj", tmp_path, tmp_path), program=program, clouds=[], unmodelled="made-up")


def changes(report):
    assert report.ok, report.errors
    return {op: count for op, count in report.changes.items() if op != "same"}


@pytest.mark.slow("several operations of a stack")
def test_made_up_outputs_are_stable(stack, program):
    before = stack.preview()
    assert changes(before) == {"create": 3}
    assert program.seen == []
    first = stack.up()
    changes(first)
    assert re.fullmatch(r"robot-[0-9a-f]{8}", first.outputs["id"])
    assert re.fullmatch(r"rob-[0-9a-f]{7}", first.outputs["name"])
    assert first.outputs["home"].keys() == {"label", "createdAt"}
    assert (first.outputs["colour"], first.outputs["mode"], first.outputs["weight"]) == ("blue", "calm", 2.5)
    assert isinstance(first.outputs["password"], Secret)
    assert first.outputs.get("note") is None
    assert first.outputs["robots"][1:] == ["me", False]
    again = stack.preview()
    assert (changes(again), again.outputs) == ({}, first.outputs)
    assert changes(stack.refresh()) == {}
    second = stack.up()
    assert (changes(second), second.outputs) == ({}, first.outputs)
    assert set(program.seen) == {first.outputs["code"]}
    assert changes(stack.destroy())["delete"]
    assert stack.export()["deployment"].get("resources", []) == []


@pytest.mark.slow("several operations of a stack")
def test_a_resource_exported_as_an_output_is_stable(tmp_path):
    def program():
        rob = pulumi_toys.Robot("rob", colour="blue")
        pulumi.export("rob", rob)
        pulumi.export("all", pulumi.Output.secret({"list": [rob]}))

    stack = Stack(Project("proj", tmp_path, tmp_path), program=program, clouds=[], unmodelled="made-up")
    first = stack.up()
    changes(first)
    assert stack.preview().outputs == first.outputs


def test_an_update_keeps_made_up_outputs(stack, program):
    before = stack.up().outputs
    program.given["home"] = {"label": "barn"}
    program.given["weight"] = 7
    preview, up = stack.preview(), stack.up()
    assert changes(preview) == changes(up) == {"update": 1}
    assert preview.outputs == up.outputs
    expected = before | {"home": {**before["home"], "label": "barn"}, "weight": 7}
    assert up.outputs == expected
    del program.given["weight"]
    assert changes(stack.up()) == {"update": 1}
    assert changes(stack.preview()) == {}
    assert stack.up().outputs["weight"] == 2.5


def test_a_property_documented_as_replacing_replaces(stack, program):
    before = stack.up().outputs
    program.given["colour"] = "red"
    preview, up = stack.preview(), stack.up()
    assert changes(preview) == {"replace": 2}  # the inputs of the twin are unknown until the first robot is replaced
    assert changes(up) == {"replace": 1, "update": 1}
    assert up.outputs["id"] != before["id"]
    assert up.outputs["code"] != before["code"]


def test_a_resource_with_a_given_name_is_replaced_delete_first():
    news = {"name": "rob", "colour": "red"}
    diff = MadeUpProvider().diff(URN, "id", {"name": "rob", "colour": "blue"}, {}, news)
    assert diff.replaces == ("colour",)
    assert diff.delete_before_replace
    assert not MadeUpProvider().diff(URN, "id", {"colour": "blue"}, {}, {"colour": "red"}).delete_before_replace


def test_a_read_resource_is_stable(tmp_path):
    def program():
        robot = pulumi_toys.Robot.get("existing", "robot-42")
        pulumi.export("all", [robot.id, robot.name, robot.code, robot.home])

    stack = Stack(Project("proj", tmp_path, tmp_path), program=program, clouds=[], unmodelled="made-up")
    first = stack.up()
    changes(first)
    assert first.outputs["all"][:2] == ["robot-42", "robot-42"]
    again = stack.preview()
    assert again.outputs["all"] == first.outputs["all"]
    assert set(again.changes) <= {"same", "read"}


def test_an_import_uses_the_programs_inputs(stack, program):
    program.options = {"import_": "robot-42"}
    up = stack.up()
    assert changes(up) == {"import": 1, "create": 2}
    assert up.outputs["id"] == "robot-42"
    program.options = {}
    assert changes(stack.preview()) == {}
    assert changes(stack.refresh()) == {}


def test_an_import_without_the_programs_inputs_causes_no_replacement():
    provider = MadeUpProvider()
    found = provider.adopt(URN, "robot-42", {})
    news = {"colour": "red", "name": "rob"}
    diff = provider.diff(URN, "robot-42", found.inputs, found.outputs, news)
    assert (diff.changes, diff.replaces) == (True, ())
    assert provider.check(URN, found.inputs, news).inputs == news
    assert not provider.diff(URN, "robot-42", found.inputs, found.outputs, {}).changes
    assert provider.diff(URN, "robot-42", news, found.outputs, {"colour": "blue"}).replaces == ("colour",)


def test_all_results_of_marking_providers_are_marked_as_made_up():
    provider, inputs = MadeUpProvider(marks=True), {"colour": "red"}
    made = provider.create(URN, inputs)
    marked = [made.outputs, provider.read(URN, made.id, inputs, made.outputs).outputs]
    marked += [provider.adopt(URN, "robot-42", inputs).outputs]
    marked += [
        change(URN, made.id, inputs, made.outputs, inputs) for change in (provider.update, provider.preview_update)
    ]
    assert [outputs[MADE_UP] for outputs in marked] == [True] * 5
    assert MADE_UP not in provider.preview_create(URN, inputs)
    assert MADE_UP not in MadeUpProvider().create(URN, inputs).outputs


def test_one_warning_per_run_names_the_types_and_functions(stack):
    for report in (stack.preview(), stack.up()):
        (warning,) = [d.text for d in report.diagnostics if d.severity == "warning"]
        assert warning == (
            "no model for toys:index/getRobots:getRobots, toys:index/robot:Robot: nothing is created, and their "
            "outputs are made up"
        )
    assert [d for d in stack.refresh().diagnostics if d.severity == "warning"] == []


def test_unmodelled_types_are_refused_unless_requested(program, tmp_path):
    for unmodelled in (None, "refuse"):
        refusing = Stack(Project("proj", tmp_path, tmp_path), program=program, clouds=[], unmodelled=unmodelled)
        assert 'have its outputs made up (unmodelled="made-up")' in refusing.preview().errors[0]


def test_echo_is_an_older_name_of_the_option(program, tmp_path):
    with pytest.warns(DeprecationWarning, match='unmodelled="echo" is now called unmodelled="made-up"'):
        stack = Stack(Project("proj", tmp_path, tmp_path), program=program, clouds=[], unmodelled="echo")
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        assert re.match("robot-", stack.up().outputs["id"])


def test_a_state_written_by_pulumi_keeps_its_providers_outputs():
    provider = MadeUpProvider()
    olds = {"name": "rob-1a2b3c4", "colour": "red", "__defaults": ["name"]}
    inputs = provider.check(URN, olds, {"colour": "red"}).inputs
    assert inputs == olds
    assert not provider.diff(URN, "id", olds, {}, inputs).changes


def test_a_cloud_can_give_outputs_and_replacing_properties():
    class Cloud:
        def make_up(self, asked):
            return f"{asked.property} of {asked.name} in {asked.config['place']}" if asked.property == "code" else None

        def replaces(self, type, property):
            return (type, property) == (ROBOT, "port")

        def derived(self, type):
            return {"wheels"}

    provider = MadeUpProvider([Cloud()])
    provider.configure({"place": "here"})
    made = provider.create(URN, {"name": "r2"})
    assert made.outputs["code"] == "code of r2 in here"
    assert provider.diff(URN, "id", {"port": 1}, {}, {"port": 2}).replaces == ("port",)
    updated = provider.update(URN, made.id, {"name": "r2"}, {**made.outputs, "wheels": {"old": "1"}}, {"name": "r2"})
    assert updated == made.outputs
