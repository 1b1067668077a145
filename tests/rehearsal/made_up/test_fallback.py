"""Modelled types that refer to something missing: refused, or made up if unmodelled types are."""

from typing import ClassVar

import pulumi
import pytest

import pulumi_toys
from rehearsal import Project, Stack
from rehearsal.provider import CreateResult, DiffResult, InvokeResult, NotFound, Provider, ProviderError, ReadResult


class Robots(Provider):
    """Makes robots of known colours; notes what it is asked."""

    falls_back = True
    asked: ClassVar[list[str]] = []

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
        self.asked.append(f"delete {id}")

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
def given():
    return {"colour": "red", "home": "shed", "notes": [], "owner": "you"}


@pytest.fixture
def stack(tmp_path, given, monkeypatch):
    monkeypatch.setattr(Robots, "asked", [])

    def program():
        robot = pulumi_toys.Robot("rob", colour=given["colour"], home={"label": given["home"]})
        pulumi.export("code", robot.code)
        pulumi.export("id", robot.id)
        pulumi.export("home", robot.home)
        robot.note.apply(given["notes"].append)
        pulumi.export("ids", pulumi_toys.get_robots(owner=given["owner"]).ids)

    project = Project("proj", tmp_path, tmp_path)
    path = tmp_path / "dev.json"
    return lambda unmodelled: Stack(
        project, program=program, clouds=[lambda *_: Cloud()], state=path, unmodelled=unmodelled
    )


def done(report):
    assert report.ok, report.errors
    return {op: count for op, count in report.changes.items() if op != "same"}


def warnings_of(report):
    return [said.text for said in report.diagnostics if said.severity == "warning"]


@pytest.mark.slow("several operations of a stack")
def test_a_refused_resource_is_made_up_with_the_reason_and_stays_made_up(stack, given):
    allowed = stack("made-up")
    first = allowed.up()
    assert done(first) == {"create": 2}
    assert "toys:index/robot:Robot 'rob' is made up: creating Robot: no paint of red" in warnings_of(first)
    assert any("is made up: reading Robots: nobody is you" in text for text in warnings_of(first))
    assert len(first.outputs["code"]) > 1
    assert len(first.outputs["ids"]) == 2
    given["notes"].clear()
    for again in (allowed.preview(), allowed.refresh(), allowed.up()):
        assert done(again) == {}
    # That it has no note is known in a preview, too.
    assert given["notes"] == [None, None]
    assert allowed.up().outputs == first.outputs
    given["home"] = "attic"
    second = allowed.up()
    assert done(second) == {"update": 1}
    assert (second.outputs["id"], second.outputs["home"]["label"]) == (first.outputs["id"], "attic")
    assert done(allowed.preview()) == {}
    assert done(allowed.destroy()) == {"delete": 2}
    assert Robots.asked == []


def test_a_replacement_is_modelled_if_possible(stack, given):
    allowed = stack("made-up")
    allowed.up()
    given["colour"] = "blue"
    up = allowed.up()
    assert done(up) == {"replace": 1}
    assert up.outputs["id"] == "real"
    assert Robots.asked == []


def test_existing_resources_stay_modelled(stack, given):
    given.update(colour="blue", owner="me")
    allowed = stack("made-up")
    first = allowed.up()
    assert warnings_of(first) == []
    assert (first.outputs["id"], first.outputs["code"], first.outputs["ids"]) == ("real", "r2", ["real"])
    assert done(allowed.destroy()) == {"delete": 2}
    assert Robots.asked == ["delete real"]


@pytest.mark.parametrize(
    ("colour", "owner", "said"), [("red", "me", "no paint of red"), ("blue", "you", "reading Robots: nobody is you")]
)
def test_without_made_up_types_the_refusal_is_an_error(stack, given, colour, owner, said):
    given.update(colour=colour, owner=owner)
    assert said in stack("refuse").up().errors[0]


def test_other_refusals_are_errors(stack, given):
    given["colour"] = "none"
    assert "creating Robot: none is no colour" in stack("made-up").up().errors
