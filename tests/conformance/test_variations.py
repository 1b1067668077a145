"""Variations of the scenarios that the recordings do not cover, with dynamic resources of the toy cloud.

The expected results are argued from the engine's step generator, steps and plugin protocol: a dynamic provider has no
detailed diff, a preview of its creates and updates yields the inputs, its read has no way to say that there is nothing
but an empty id, and no secret ever reaches it.
"""

import json
import shutil
from pathlib import Path

import pytest

from rehearsal import Project, Stack

HERE = Path(__file__).parent
HEAD = """
import pulumi
from pulumi import Alias, Output, ResourceOptions
from toy import Group, Thing

config = pulumi.Config()
"""


class World:
    """A project with a program, its stack, and the toy cloud."""

    def __init__(self, folder, cloud):
        self.folder, self.cloud = folder, cloud
        self.stack = Stack(Project.load(folder), clouds=[], provider_process=False)

    def program(self, text):
        (self.folder / "__main__.py").write_text(HEAD + text)

    def take(self, op, **options):
        """Take a step; return the report and the provider calls that changed or read something."""
        before = len(self.toys()["calls"])
        report = getattr(self.stack, op)(**options)
        calls = [f"{m} {d or n}" for m, n, d in self.toys()["calls"][before:] if m not in ("check", "diff")]
        return report, calls

    def up(self, **config):
        self.stack.config.update({k: str(v) for k, v in config.items()})
        return self.take("up")

    def toys(self):
        text = self.cloud.read_text() if self.cloud.exists() else ""
        return json.loads(text or '{"things": {}, "serial": {}, "calls": []}')

    def change(self, thing, **props):
        toys = self.toys()
        toys["things"][thing].update(props)
        self.cloud.write_text(json.dumps(toys))

    def state(self):
        resources = self.stack.export()["deployment"]["resources"]
        return {r["urn"].rpartition("::")[2]: r for r in resources if not r.get("delete")}


@pytest.fixture
def world(tmp_path, monkeypatch):
    shutil.copy(HERE / "toy.py", tmp_path)
    (tmp_path / "Pulumi.yaml").write_text('{"name": "conformance", "runtime": {"name": "python"}}')
    (tmp_path / "__main__.py").write_text(HEAD)
    monkeypatch.setenv("TOY_CLOUD", str(tmp_path / "cloud.json"))
    return World(tmp_path, tmp_path / "cloud.json")


def urn(name):
    return f"urn:pulumi:dev::conformance::pulumi-python:dynamic/toy:Thing::{name}"


CHAIN = """
root = Thing("root", dbr=config.get("v") or "1")
middle = Thing("middle", link=root.id, link_forces=True)
Thing("leaf", link=middle.derived, link_forces=True)
Thing("side", link=middle.serial)
"""


@pytest.mark.slow("several operations on five resources of the toy cloud")
def test_a_delete_first_chain_is_deleted_from_the_leaf_and_created_from_the_root(world):
    world.program(CHAIN)
    world.up()
    preview, _ = world.take("preview")
    assert preview.changes == {"same": 5}
    report, calls = world.up(v=2)
    assert report.changes == {"replace": 3, "update": 1, "same": 1}
    assert calls[:3] == ["delete leaf-1", "delete middle-1", "delete root-1"]
    assert calls[3:5] == ["create root-2", "create middle-2"]
    assert sorted(calls[5:]) == ["create leaf-2", "update side-1"]
    assert world.up()[0].changes == {"same": 5}


@pytest.mark.slow("several operations on five resources of the toy cloud")
def test_the_next_up_completes_a_chain_whose_root_failed_to_create(world):
    world.program(
        CHAIN.replace('dbr=config.get("v") or "1"', 'dbr=config.get("v") or "1", fail=FAIL').replace(
            "root =", 'FAIL = ["create"] if config.get("broken") else None\nroot =', 1
        )
    )
    world.up()
    report, calls = world.up(v=2, broken="true")
    assert not report.ok
    assert calls == ["delete leaf-1", "delete middle-1", "delete root-1"]
    pending = [name for name, r in world.state().items() if r.get("pendingReplacement")]
    assert sorted(pending) == ["leaf", "middle", "root"]
    world.stack.config.pop("broken")
    report, calls = world.up()
    assert report.ok
    # Nothing is deleted again.
    assert calls[:2] == ["create root-2", "create middle-2"]
    assert sorted(calls[2:]) == ["create leaf-2", "update side-1"]
    assert report.changes == {"replace": 3, "update": 1, "same": 1}
    assert not [name for name, r in world.state().items() if r.get("pendingReplacement")]


def test_reading_a_missing_resource_gives_a_resource_without_outputs(world):
    """The server always answers with properties, and only a read without any is one of nothing."""
    world.program('Thing("theirs", opts=ResourceOptions(id="nothing"))')
    report, calls = world.up()
    assert report.ok
    assert calls == ["read nothing"]
    state = world.state()["theirs"]
    assert (state["id"], state["external"]) == ("nothing", True)
    assert state["outputs"].keys() == {"__provider"}


def test_importing_a_dynamic_resource_fails_because_its_provider_is_unknown(world):
    """pulumi/pulumi#16175."""
    world.program('Thing("theirs", opts=ResourceOptions(import_="nothing"))')
    report, _ = world.up()
    assert report.failed == [urn("theirs")]
    assert "KeyError: '__provider'" in report.errors[0]


def test_a_failed_read_fails_the_refresh_and_changes_nothing(world):
    world.program('Thing("a", value="1", fail=["read"])\nThing("b", value="1")')
    world.up()
    world.change("b-1", value="2")
    report, calls = world.take("refresh")
    assert not report.ok
    assert report.failed == [urn("a")]
    assert sorted(calls) == ["read a-1", "read b-1"]
    assert world.state()["b"]["outputs"]["value"] == "2"


@pytest.mark.parametrize("method", ["check", "diff"])
def test_a_failed_check_or_diff_fails_a_preview(world, method):
    world.program(f'Thing("a", value=config.get("v") or "1", fail=["{method}"] if config.get("v") else None)')
    world.up()
    world.stack.config["v"] = "2"
    for op in ("preview", "up"):
        report, calls = world.take(op)
        assert not report.ok
        assert report.failed == []
        assert calls == []
    assert f"toy: {method} of a fails on demand" in report.errors[0]


@pytest.mark.slow("several operations on five resources of the toy cloud")
def test_a_relinquished_resource_leaves_the_state_even_if_its_delete_fails(world):
    """The read takes the old one's place in the state; its deletion, at the end, is lost if it fails."""
    world.program(
        """
if config.get("theirs"):
    Thing("a", opts=ResourceOptions(id="b-1"))
else:
    Thing("a", fail=["delete"])
Thing("b")
"""
    )
    world.up()
    report, calls = world.up(theirs="yes")
    assert report.failed == [urn("a")]
    assert calls == ["read b-1"]
    report, calls = world.up()
    assert report.ok
    assert calls == ["read b-1"]
    assert "a-1" in world.toys()["things"]


def test_no_deletion_starts_after_a_failed_one(world):
    """But those that go at once have all begun by then."""
    world.stack = Stack(world.stack.project, clouds=[], provider_process=False, parallel=2)
    world.program('if not config.get("gone"):\n    for n in range(6): Thing(f"t{n}", fail=["delete"])')
    world.up()
    report, calls = world.up(gone="yes")
    assert len(report.failed) == 2
    assert calls == []


def test_an_input_that_becomes_secret_updates_a_component_and_leaves_a_resource_to_its_provider(world):
    """The engine itself compares the inputs of components, and a secret is not the same as what it hides."""
    world.program(
        """
value = Output.secret("x") if config.get("hide") else "x"
part = pulumi.ComponentResource("toy:index:Part", "part", {"value": value})
Thing("a", value=value)
"""
    )
    world.up()
    report, calls = world.up(hide="yes")
    assert report.changes == {"same": 2, "update": 1}
    assert calls == []
    assert world.state()["part"]["inputs"]["value"].keys() == {"4dabf18193072939515e22adb298388d", "plaintext"}
    assert world.up()[0].changes == {"same": 3}


def test_a_read_resource_is_replaced_when_its_outputs_become_secret(world):
    world.program(
        """
ours = Thing("ours", value="x")
hidden = ["derived"] if config.get("hide") else None
Thing("theirs", opts=ResourceOptions(id="ours-1", additional_secret_outputs=hidden, depends_on=[ours]))
"""
    )
    assert world.up()[0].ok
    assert world.up()[0].changes == {"same": 2}
    assert world.up(hide="yes")[0].changes == {"same": 2, "read": 1}
    assert world.up()[0].changes == {"same": 2}


def test_a_protected_resource_keeps_the_current_one_of_two_with_its_dependencys_urn(world):
    """As in the engine's own test of protected chains with resources that wait to be deleted."""
    world.program(
        """
a = Thing("a", force=config.get("v") or "1", fail=["delete"] if not config.get("v") else None)
Thing("b", opts=ResourceOptions(protect=True, depends_on=[a]))
"""
    )
    world.up()
    assert world.up(v=2)[0].failed == [urn("a")]
    toys = world.toys()
    old = next(r for r in world.stack.export()["deployment"]["resources"] if r.get("delete"))
    assert old["id"] == "a-1"
    deployment = world.stack.export()
    for r in deployment["deployment"]["resources"]:
        r.get("outputs", {}).pop("fail", None)  # now it can be deleted
    world.stack.import_deployment(json.dumps(deployment))
    report, calls = world.take("destroy")
    assert report.failed == [urn("b")]
    assert calls == ["delete a-1"]
    assert sorted(toys["things"]) == ["a-1", "a-2", "b-1"]
    assert sorted(world.toys()["things"]) == ["a-2", "b-1"]


WITH = """
top = Thing("top", **{config.get("how") or "force": config.get("v") or "1"})
with_top = Thing("with_top", opts=ResourceOptions(deleted_with=top))
Thing("with_that", opts=ResourceOptions(deleted_with=with_top))
"""


@pytest.mark.parametrize("how", ["force", "dbr"])
def test_a_deleted_with_resource_is_replaced_too_and_only_the_other_is_deleted(world, how):
    world.program(WITH)
    world.up(how=how)
    report, calls = world.up(v=2)
    assert report.changes == {"replace": 3, "same": 1}
    assert [c for c in calls if c.startswith("delete")] == ["delete top-1"]
    creates = ["create top-2", "create with_top-2", "create with_that-2"]
    assert [c for c in calls if c.startswith("create")] == creates


def test_destroying_a_resource_removes_its_deleted_with_resources(world):
    world.program(WITH)
    world.up()
    report, calls = world.take("destroy", targets=[urn("top"), urn("with_top"), urn("with_that")])
    assert report.changes == {"delete": 3, "same": 1}
    assert calls == ["delete top-1"]


def test_a_new_deleted_with_option_applies_to_the_replacement_in_the_same_up(world):
    world.program(
        """
top = Thing("top", force=config.get("v") or "1")
Thing("late", opts=ResourceOptions(deleted_with=top if config.get("v") else None))
"""
    )
    world.up()
    report, calls = world.up(v=2)
    assert report.changes == {"replace": 2, "same": 1}
    # The old one was not deleted with anything.
    assert sorted(c for c in calls if c.startswith("delete")) == ["delete late-1", "delete top-1"]


def test_steps_planned_before_a_failed_check_are_done_and_later_ones_are_not(world):
    world.program(
        """
v = config.get("v") or "1"
Thing("before", value=v)
if v == "2":
    Thing("wrong", value="invalid")
Thing("behind", value=v)
"""
    )
    world.up()
    report, calls = world.up(v=2)
    assert not report.ok
    assert calls == ["update before-1"]


def test_a_program_that_exits_with_0_has_registered_all_its_resources(world):
    world.program('import sys\nThing("a")\nif config.get("short"):\n    sys.exit()\nThing("b")')
    world.up()
    report, calls = world.up(short="yes")
    assert report.ok
    assert calls == ["delete b-1"]


def test_a_program_that_exits_with_an_error_fails_and_deletes_nothing(world):
    world.program('import sys\nThing("a")\nif config.get("short"):\n    sys.exit(3)\nThing("b")')
    world.up()
    report, calls = world.up(short="yes")
    assert report.errors == ["the program ended itself: exit code 3"]
    assert calls == []


def test_nested_secrets_reach_the_provider_in_plaintext_and_the_state_as_secrets(world):
    world.program('Thing("a", value={"deep": [Output.secret("hunter2")]})')
    world.up()
    assert world.toys()["things"]["a-1"]["value"] == {"deep": ["hunter2"]}
    outputs = world.state()["a"]["outputs"]
    assert outputs["value"]["deep"].keys() == {"4dabf18193072939515e22adb298388d", "plaintext"}
    # What is derived of a secret is not secret by itself: the provider can't say so, and nobody asked.
    assert "hunter2" in outputs["derived"]


def test_additional_secret_outputs_make_derived_outputs_secret(world):
    world.program(
        """
thing = Thing("a", secret=Output.secret("x"), value="v", opts=ResourceOptions(additional_secret_outputs=["derived"]))
pulumi.export("derived", thing.derived)
"""
    )
    report, _ = world.up()
    assert "plaintext" in world.state()["a"]["outputs"]["derived"]
    assert repr(report.outputs["derived"]) == "[secret]"


def test_a_preview_passes_on_unknowns_and_returns_inputs_as_outputs(world):
    world.program(
        """
first = Thing("first", value="v")
second = Thing("second", value=first.value, link=first.derived)
pulumi.export("value", second.value)
"""
    )
    report, calls = world.take("preview")
    assert report.changes == {"create": 3}
    assert calls == []
    assert report.outputs["value"] == "v"


def test_a_resource_renamed_and_replaced_in_one_up_replaces_its_dependents(world):
    world.program(
        """
renamed = config.get("renamed")
options = ResourceOptions(aliases=[Alias(name="old")]) if renamed else None
root = Thing("new" if renamed else "old", dbr=renamed, opts=options)
Thing("leaf", link=root.id, link_forces=True)
"""
    )
    world.up()
    report, calls = world.up(renamed="yes")
    assert report.changes == {"replace": 2, "same": 1}
    assert calls == ["delete leaf-1", "delete old-1", "create new-1", "create leaf-2"]
    assert sorted(n for n in world.state() if "default" not in n) == ["conformance-dev", "leaf", "new"]


def test_a_replacement_needs_a_change_that_is_not_ignored(world):
    world.program(
        'v = config.get("v") or "1"\n'
        'Thing("a", force=v, dbr=v, value=v, opts=ResourceOptions(ignore_changes=["force", "value"]))'
    )
    world.up()
    report, calls = world.up(v=2)
    assert report.changes == {"replace": 1, "same": 1}
    assert calls == ["delete a-1", "create a-2"]
    # The new one gets what the program says.
    assert world.state()["a"]["inputs"]["value"] == "2"


def test_removing_a_component_deletes_its_children_in_order(world):
    world.program(
        """
if not config.get("gone"):
    outer = Group("outer")
    inner = Group("inner", ResourceOptions(parent=outer))
    a = Thing("a", opts=ResourceOptions(parent=inner))
    Thing("b", link=a.id, opts=ResourceOptions(parent=outer))
"""
    )
    world.up()
    report, calls = world.up(gone="yes")
    assert calls == ["delete b-1", "delete a-1"]
    assert report.changes == {"delete": 4, "same": 1}


def test_the_failed_delete_of_a_replaced_resource_is_retried_with_its_old_state(world):
    world.program('Thing("a", force=config.get("v") or "1", fail=["delete"] if not config.get("open") else None)')
    world.up()
    report, _ = world.up(v=2)
    assert report.failed == [urn("a")]
    resources = world.stack.export()["deployment"]["resources"]
    assert sorted((r["id"], r.get("delete", False)) for r in resources if "Thing" in r["type"]) == [
        ("a-1", True),
        ("a-2", False),
    ]
    # The old one is deleted by what it was made with, which still fails; the new one can be changed.
    report, calls = world.up(open="yes")
    assert report.failed == [urn("a")]
    assert calls == ["update a-2"]


def test_refresh_and_destroy_use_the_config_of_the_last_up(world):
    world.program('Thing("a", value=config.require("v"))')
    world.up(v=1)
    world.stack.config.clear()
    assert world.take("refresh")[0].ok
    report, calls = world.take("destroy")
    assert report.ok
    assert calls == ["delete a-1"]
