"""Modelled types that refer to something missing: an error, or made up with `unmodelled="made-up"`."""

from typing import ClassVar

import pulumi
import pytest

import pulumi_toys
from rehearsal import Project, Stack
from rehearsal.provider import CreateResult, DiffResult, InvokeResult, NotFound, Provider, ProviderError, ReadResult


class Robots(Provider):
    """A provider that raises NotFound for unknown colours, and records its deletes."""

    falls_back = True
    calls: ClassVar[list[str]] = []

    def diff(self, urn, id, old_inputs, old_outputs, news):
        return DiffResult(changes=old_inputs != news)

    def create(self, urn, inputs):
        if inputs["colour"] == "none":
            raise ProviderError("creating Robot: none is no colour")
        if inputs["colour"] != "blue":
            raise NotFound(f"creating Robot: no paint of {inputs['colour']}")
        return CreateResult("real", {**inputs, "code": "r2"})

    def read(self, urn, id, inputs, outputs):
        return ReadResult(id, outputs, inputs)

    def update(self, urn, id, old_inputs, old_outputs, news):
        return {**old_outputs, **news}

    def delete(self, urn, id, inputs, outputs):
        self.calls.append(f"delete {id}")

    def invoke(self, token, args):
        if args["owner"] != "me":
            raise NotFound(f"reading Robots: nobody is {args['owner']}")
        return InvokeResult({"ids": ["real"], "owner": "me"})


class Cloud:
    def environment(self):
        return {}

    def providers(self):
        return {"toys:index/*": Robots}

    def close(self):
        pass


@pytest.fixture
def arguments():
    return {"colour": "red", "home": "shed", "notes": [], "owner": "you"}


@pytest.fixture
def make_stack(tmp_path, arguments, monkeypatch):
    monkeypatch.setattr(Robots, "calls", [])

    def program():
        robot = pulumi_toys.Robot("rob", colour=arguments["colour"], home={"label": arguments["home"]})
        pulumi.export("code", robot.code)
        pulumi.export("id", robot.id)
        pulumi.export("home", robot.home)
        robot.note.apply(arguments["notes"].append)
        pulumi.export("ids", pulumi_toys.get_robots(owner=arguments["owner"]).ids)

    project = Project("proj", tmp_path, tmp_path)
    path = tmp_path / "dev.json"
    return lambda unmodelled: Stack(
        project, program=program, clouds=[lambda *_: Cloud()], state=path, unmodelled=unmodelled
    )


def changes(report):
    assert report.ok, report.errors
    return {op: count for op, count in report.changes.items() if op != "same"}


def warnings_of(report):
    return [d.text for d in report.diagnostics if d.severity == "warning"]


@pytest.mark.slow("several operations of a stack")
def test_a_refused_resource_is_made_up_with_the_reason_and_stays_made_up(make_stack, arguments):
    stack_with_made_up = make_stack("made-up")
    first = stack_with_made_up.up()
    assert changes(first) == {"create": 2}
    assert "toys:index/robot:Robot 'rob' is made up: creating Robot: no paint of red" in warnings_of(first)
    assert any("is made up: reading Robots: nobody is you" in text for text in warnings_of(first))
    assert len(first.outputs["code"]) > 1
    assert len(first.outputs["ids"]) == 2
    arguments["notes"].clear()
    for again in (stack_with_made_up.preview(), stack_with_made_up.refresh(), stack_with_made_up.up()):
        assert changes(again) == {}
    # In a preview too, the output `note` is known to be None.
    assert arguments["notes"] == [None, None]
    assert stack_with_made_up.up().outputs == first.outputs
    arguments["home"] = "attic"
    second = stack_with_made_up.up()
    assert changes(second) == {"update": 1}
    assert (second.outputs["id"], second.outputs["home"]["label"]) == (first.outputs["id"], "attic")
    assert changes(stack_with_made_up.preview()) == {}
    assert changes(stack_with_made_up.destroy()) == {"delete": 2}
    assert Robots.calls == []


def test_a_replacement_is_modelled_if_possible(make_stack, arguments):
    stack_with_made_up = make_stack("made-up")
    stack_with_made_up.up()
    arguments["colour"] = "blue"
    up = stack_with_made_up.up()
    assert changes(up) == {"replace": 1}
    assert up.outputs["id"] == "real"
    assert Robots.calls == []


def test_existing_resources_stay_modelled(make_stack, arguments):
    arguments.update(colour="blue", owner="me")
    stack_with_made_up = make_stack("made-up")
    first = stack_with_made_up.up()
    assert warnings_of(first) == []
    assert (first.outputs["id"], first.outputs["code"], first.outputs["ids"]) == ("real", "r2", ["real"])
    assert changes(stack_with_made_up.destroy()) == {"delete": 2}
    assert Robots.calls == ["delete real"]


@pytest.mark.parametrize(
    ("colour", "owner", "message"), [("red", "me", "no paint of red"), ("blue", "you", "reading Robots: nobody is you")]
)
def test_without_made_up_types_the_refusal_is_an_error(make_stack, arguments, colour, owner, message):
    arguments.update(colour=colour, owner=owner)
    assert message in make_stack("refuse").up().errors[0]


def test_other_refusals_are_errors(make_stack, arguments):
    arguments["colour"] = "none"
    assert "creating Robot: none is no colour" in make_stack("made-up").up().errors
