"""Variations of the scenarios that the recordings do not cover, with dynamic resources of the toy cloud.

The expected results follow from the engine's step generator, steps and plugin protocol. A dynamic provider has no
detailed diff. In a preview its creates and updates return the inputs. Its read reports a missing resource by an empty
id. It never receives secrets, only plaintext.
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


class ToyProject:
    """A project with a program, its stack, and the toy cloud."""

    def __init__(self, folder, cloud):
        self.folder, self.cloud = folder, cloud
        self.stack = Stack(Project.load(folder), clouds=[], provider_process=False)

    def program(self, text):
        (self.folder / "__main__.py").write_text(HEAD + text)

    def run(self, op, **options):
        """Run an operation; return its report and the provider calls other than check and diff."""
        before = len(self.cloud_state()["calls"])
        report = getattr(self.stack, op)(**options)
        calls = [f"{m} {d or n}" for m, n, d in self.cloud_state()["calls"][before:] if m not in ("check", "diff")]
        return report, calls

    def up(self, **config):
        self.stack.config.update({k: str(v) for k, v in config.items()})
        return self.run("up")

    def cloud_state(self):
        text = self.cloud.read_text() if self.cloud.exists() else ""
        return json.loads(text or '{"things": {}, "serial": {}, "calls": []}')

    def change(self, thing, **props):
        cloud_state = self.cloud_state()
        cloud_state["things"][thing].update(props)
        self.cloud.write_text(json.dumps(cloud_state))

    def state(self):
        resources = self.stack.export()["deployment"]["resources"]
        return {r["urn"].rpartition("::")[2]: r for r in resources if not r.get("delete")}


@pytest.fixture
def project(tmp_path, monkeypatch):
    shutil.copy(HERE / "toy.py", tmp_path)
    (tmp_path / "Pulumi.yaml").write_text('{"name": "conformance", "runtime": {"name": "python"}}')
    (tmp_path / "__main__.py").write_text(HEAD)
    monkeypatch.setenv("TOY_CLOUD", str(tmp_path / "cloud.json"))
    return ToyProject(tmp_path, tmp_path / "cloud.json")


def urn(name):
    return f"urn:pulumi:dev::conformance::pulumi-python:dynamic/toy:Thing::{name}"


CHAIN = """
root = Thing("root", dbr=config.get("v") or "1")
middle = Thing("middle", link=root.id, link_forces=True)
Thing("leaf", link=middle.derived, link_forces=True)
Thing("side", link=middle.serial)
"""


@pytest.mark.slow("several operations on five resources of the toy cloud")
def test_a_delete_first_chain_is_deleted_from_the_leaf_and_created_from_the_root(project):
    project.program(CHAIN)
    project.up()
    preview, _ = project.run("preview")
    assert preview.changes == {"same": 5}
    report, calls = project.up(v=2)
    assert report.changes == {"replace": 3, "update": 1, "same": 1}
    assert calls[:3] == ["delete leaf-1", "delete middle-1", "delete root-1"]
    assert calls[3:5] == ["create root-2", "create middle-2"]
    assert sorted(calls[5:]) == ["create leaf-2", "update side-1"]
    assert project.up()[0].changes == {"same": 5}


@pytest.mark.slow("several operations on five resources of the toy cloud")
def test_the_next_up_completes_a_chain_whose_root_failed_to_create(project):
    project.program(
        CHAIN.replace('dbr=config.get("v") or "1"', 'dbr=config.get("v") or "1", fail=FAIL').replace(
            "root =", 'FAIL = ["create"] if config.get("broken") else None\nroot =', 1
        )
    )
    project.up()
    report, calls = project.up(v=2, broken="true")
    assert not report.ok
    assert calls == ["delete leaf-1", "delete middle-1", "delete root-1"]
    pending = [name for name, r in project.state().items() if r.get("pendingReplacement")]
    assert sorted(pending) == ["leaf", "middle", "root"]
    project.stack.config.pop("broken")
    report, calls = project.up()
    assert report.ok
    # The engine deletes nothing a second time.
    assert calls[:2] == ["create root-2", "create middle-2"]
    assert sorted(calls[2:]) == ["create leaf-2", "update side-1"]
    assert report.changes == {"replace": 3, "update": 1, "same": 1}
    assert not [name for name, r in project.state().items() if r.get("pendingReplacement")]


def test_reading_a_missing_resource_gives_a_resource_without_outputs(project):
    """For the engine a resource is missing only if read returns no properties. The server always returns some."""
    project.program('Thing("external", opts=ResourceOptions(id="nothing"))')
    report, calls = project.up()
    assert report.ok
    assert calls == ["read nothing"]
    state = project.state()["external"]
    assert (state["id"], state["external"]) == ("nothing", True)
    assert state["outputs"].keys() == {"__provider"}


def test_importing_a_dynamic_resource_fails_because_its_provider_is_unknown(project):
    """pulumi/pulumi#16175."""
    project.program('Thing("external", opts=ResourceOptions(import_="nothing"))')
    report, _ = project.up()
    assert report.failed == [urn("external")]
    assert "KeyError: '__provider'" in report.errors[0]


def test_a_failed_read_fails_the_refresh_and_changes_nothing(project):
    project.program('Thing("a", value="1", fail=["read"])\nThing("b", value="1")')
    project.up()
    project.change("b-1", value="2")
    report, calls = project.run("refresh")
    assert not report.ok
    assert report.failed == [urn("a")]
    assert sorted(calls) == ["read a-1", "read b-1"]
    assert project.state()["b"]["outputs"]["value"] == "2"


@pytest.mark.parametrize("method", ["check", "diff"])
def test_a_failed_check_or_diff_fails_a_preview(project, method):
    project.program(f'Thing("a", value=config.get("v") or "1", fail=["{method}"] if config.get("v") else None)')
    project.up()
    project.stack.config["v"] = "2"
    for op in ("preview", "up"):
        report, calls = project.run(op)
        assert not report.ok
        assert report.failed == []
        assert calls == []
    assert f"toy: {method} of a fails on demand" in report.errors[0]


@pytest.mark.slow("several operations on five resources of the toy cloud")
def test_a_relinquished_resource_leaves_the_state_even_if_its_delete_fails(project):
    """The read resource replaces the old one in the state. If the delete at the end fails, nothing retries it."""
    project.program(
        """
if config.get("external"):
    Thing("a", opts=ResourceOptions(id="b-1"))
else:
    Thing("a", fail=["delete"])
Thing("b")
"""
    )
    project.up()
    report, calls = project.up(external="yes")
    assert report.failed == [urn("a")]
    assert calls == ["read b-1"]
    report, calls = project.up()
    assert report.ok
    assert calls == ["read b-1"]
    assert "a-1" in project.cloud_state()["things"]


def test_no_deletion_starts_after_a_failed_one(project):
    """Deletions that run in parallel with the failing one have started before it fails."""
    project.stack = Stack(project.stack.project, clouds=[], provider_process=False, parallel=2)
    project.program('if not config.get("gone"):\n    for n in range(6): Thing(f"t{n}", fail=["delete"])')
    project.up()
    report, calls = project.up(gone="yes")
    assert len(report.failed) == 2
    assert calls == []


def test_an_input_that_becomes_secret_updates_a_component_and_leaves_a_resource_to_its_provider(project):
    """The engine compares the inputs of components itself, and a secret is not equal to its plaintext."""
    project.program(
        """
value = Output.secret("x") if config.get("hide") else "x"
part = pulumi.ComponentResource("toy:index:Part", "part", {"value": value})
Thing("a", value=value)
"""
    )
    project.up()
    report, calls = project.up(hide="yes")
    assert report.changes == {"same": 2, "update": 1}
    assert calls == []
    assert project.state()["part"]["inputs"]["value"].keys() == {"4dabf18193072939515e22adb298388d", "plaintext"}
    assert project.up()[0].changes == {"same": 3}


def test_a_read_resource_is_replaced_when_its_outputs_become_secret(project):
    project.program(
        """
managed = Thing("managed", value="x")
hidden = ["derived"] if config.get("hide") else None
Thing("external", opts=ResourceOptions(id="managed-1", additional_secret_outputs=hidden, depends_on=[managed]))
"""
    )
    assert project.up()[0].ok
    assert project.up()[0].changes == {"same": 2}
    assert project.up(hide="yes")[0].changes == {"same": 2, "read": 1}
    assert project.up()[0].changes == {"same": 2}


def test_a_protected_resource_keeps_the_current_one_of_two_with_its_dependencys_urn(project):
    """The engine has the same test, of protected chains with resources that are pending deletion."""
    project.program(
        """
a = Thing("a", force=config.get("v") or "1", fail=["delete"] if not config.get("v") else None)
Thing("b", opts=ResourceOptions(protect=True, depends_on=[a]))
"""
    )
    project.up()
    assert project.up(v=2)[0].failed == [urn("a")]
    cloud_state = project.cloud_state()
    old = next(r for r in project.stack.export()["deployment"]["resources"] if r.get("delete"))
    assert old["id"] == "a-1"
    deployment = project.stack.export()
    for r in deployment["deployment"]["resources"]:
        r.get("outputs", {}).pop("fail", None)  # now its delete succeeds
    project.stack.import_deployment(json.dumps(deployment))
    report, calls = project.run("destroy")
    assert report.failed == [urn("b")]
    assert calls == ["delete a-1"]
    assert sorted(cloud_state["things"]) == ["a-1", "a-2", "b-1"]
    assert sorted(project.cloud_state()["things"]) == ["a-2", "b-1"]


DELETED_WITH = """
top = Thing("top", **{config.get("how") or "force": config.get("v") or "1"})
with_top = Thing("with_top", opts=ResourceOptions(deleted_with=top))
Thing("with_that", opts=ResourceOptions(deleted_with=with_top))
"""


@pytest.mark.parametrize("how", ["force", "dbr"])
def test_a_deleted_with_resource_is_replaced_too_and_only_the_other_is_deleted(project, how):
    project.program(DELETED_WITH)
    project.up(how=how)
    report, calls = project.up(v=2)
    assert report.changes == {"replace": 3, "same": 1}
    assert [c for c in calls if c.startswith("delete")] == ["delete top-1"]
    creates = ["create top-2", "create with_top-2", "create with_that-2"]
    assert [c for c in calls if c.startswith("create")] == creates


def test_destroying_a_resource_removes_its_deleted_with_resources(project):
    project.program(DELETED_WITH)
    project.up()
    report, calls = project.run("destroy", targets=[urn("top"), urn("with_top"), urn("with_that")])
    assert report.changes == {"delete": 3, "same": 1}
    assert calls == ["delete top-1"]


def test_a_new_deleted_with_option_applies_to_the_replacement_in_the_same_up(project):
    project.program(
        """
top = Thing("top", force=config.get("v") or "1")
Thing("late", opts=ResourceOptions(deleted_with=top if config.get("v") else None))
"""
    )
    project.up()
    report, calls = project.up(v=2)
    assert report.changes == {"replace": 2, "same": 1}
    # The old one had no `deleted_with`, so it is deleted itself.
    assert sorted(c for c in calls if c.startswith("delete")) == ["delete late-1", "delete top-1"]


def test_steps_planned_before_a_failed_check_are_done_and_later_ones_are_not(project):
    project.program(
        """
v = config.get("v") or "1"
Thing("before", value=v)
if v == "2":
    Thing("wrong", value="invalid")
Thing("behind", value=v)
"""
    )
    project.up()
    report, calls = project.up(v=2)
    assert not report.ok
    assert calls == ["update before-1"]


def test_a_program_that_exits_with_0_has_registered_all_its_resources(project):
    project.program('import sys\nThing("a")\nif config.get("short"):\n    sys.exit()\nThing("b")')
    project.up()
    report, calls = project.up(short="yes")
    assert report.ok
    assert calls == ["delete b-1"]


def test_a_program_that_exits_with_an_error_fails_and_deletes_nothing(project):
    project.program('import sys\nThing("a")\nif config.get("short"):\n    sys.exit(3)\nThing("b")')
    project.up()
    report, calls = project.up(short="yes")
    assert report.errors == ["the program ended itself: exit code 3"]
    assert calls == []


def test_nested_secrets_reach_the_provider_in_plaintext_and_the_state_as_secrets(project):
    project.program('Thing("a", value={"deep": [Output.secret("hunter2")]})')
    project.up()
    assert project.cloud_state()["things"]["a-1"]["value"] == {"deep": ["hunter2"]}
    outputs = project.state()["a"]["outputs"]
    assert outputs["value"]["deep"].keys() == {"4dabf18193072939515e22adb298388d", "plaintext"}
    # An output that a provider derives from a secret is not secret: a dynamic provider can't mark outputs as secret.
    assert "hunter2" in outputs["derived"]


def test_additional_secret_outputs_make_derived_outputs_secret(project):
    project.program(
        """
thing = Thing("a", secret=Output.secret("x"), value="v", opts=ResourceOptions(additional_secret_outputs=["derived"]))
pulumi.export("derived", thing.derived)
"""
    )
    report, _ = project.up()
    assert "plaintext" in project.state()["a"]["outputs"]["derived"]
    assert repr(report.outputs["derived"]) == "[secret]"


def test_a_preview_passes_on_unknowns_and_returns_inputs_as_outputs(project):
    project.program(
        """
first = Thing("first", value="v")
second = Thing("second", value=first.value, link=first.derived)
pulumi.export("value", second.value)
"""
    )
    report, calls = project.run("preview")
    assert report.changes == {"create": 3}
    assert calls == []
    assert report.outputs["value"] == "v"


def test_a_resource_renamed_and_replaced_in_one_up_replaces_its_dependents(project):
    project.program(
        """
renamed = config.get("renamed")
options = ResourceOptions(aliases=[Alias(name="old")]) if renamed else None
root = Thing("new" if renamed else "old", dbr=renamed, opts=options)
Thing("leaf", link=root.id, link_forces=True)
"""
    )
    project.up()
    report, calls = project.up(renamed="yes")
    assert report.changes == {"replace": 2, "same": 1}
    assert calls == ["delete leaf-1", "delete old-1", "create new-1", "create leaf-2"]
    assert sorted(n for n in project.state() if "default" not in n) == ["conformance-dev", "leaf", "new"]


def test_a_replacement_needs_a_change_that_is_not_ignored(project):
    project.program(
        'v = config.get("v") or "1"\n'
        'Thing("a", force=v, dbr=v, value=v, opts=ResourceOptions(ignore_changes=["force", "value"]))'
    )
    project.up()
    report, calls = project.up(v=2)
    assert report.changes == {"replace": 1, "same": 1}
    assert calls == ["delete a-1", "create a-2"]
    # The replacement gets all inputs from the program: ignore_changes applies to updates only.
    assert project.state()["a"]["inputs"]["value"] == "2"


def test_removing_a_component_deletes_its_children_in_order(project):
    project.program(
        """
if not config.get("gone"):
    outer = Group("outer")
    inner = Group("inner", ResourceOptions(parent=outer))
    a = Thing("a", opts=ResourceOptions(parent=inner))
    Thing("b", link=a.id, opts=ResourceOptions(parent=outer))
"""
    )
    project.up()
    report, calls = project.up(gone="yes")
    assert calls == ["delete b-1", "delete a-1"]
    assert report.changes == {"delete": 4, "same": 1}


def test_the_failed_delete_of_a_replaced_resource_is_retried_with_its_old_state(project):
    project.program('Thing("a", force=config.get("v") or "1", fail=["delete"] if not config.get("open") else None)')
    project.up()
    report, _ = project.up(v=2)
    assert report.failed == [urn("a")]
    resources = project.stack.export()["deployment"]["resources"]
    assert sorted((r["id"], r.get("delete", False)) for r in resources if "Thing" in r["type"]) == [
        ("a-1", True),
        ("a-2", False),
    ]
    # The old resource is deleted with its old inputs, so this fails again. The new one is updated.
    report, calls = project.up(open="yes")
    assert report.failed == [urn("a")]
    assert calls == ["update a-2"]


def test_refresh_and_destroy_use_the_config_of_the_last_up(project):
    project.program('Thing("a", value=config.require("v"))')
    project.up(v=1)
    project.stack.config.clear()
    assert project.run("refresh")[0].ok
    report, calls = project.run("destroy")
    assert report.ok
    assert calls == ["delete a-1"]
