"""Random lifecycles: after each change and failure cloud and state agree, and destroy leaves nothing behind."""

import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi import ResourceOptions

NAMES = "abcdefg"


@dataclasses.dataclass(frozen=True)
class Part:
    """One resource of a program: its inputs, and the indexes of earlier resources that it refers to."""

    group: bool
    value: str
    force: str
    dbr: str
    link: int | None
    link_forces: bool
    depends: int | None
    parent: int | None
    option: str


def part_strategy():
    before = st.none() | st.integers(0, 6)
    letter = st.sampled_from("xy")
    options = st.sampled_from(["", "", "", "dbr", "deleted_with", "replace_with", "retain"])
    rarely = st.sampled_from([False, False, False, True])
    return st.builds(Part, rarely, letter, letter, letter, before, st.booleans(), before, before, options)


PROGRAMS = st.lists(st.tuples(st.sampled_from(NAMES), part_strategy()), max_size=7, unique_by=lambda named: named[0])
FAULTS = st.sets(st.tuples(st.sampled_from(["begin-create", "update", "delete"]), st.sampled_from(NAMES)), max_size=2)


def program(rig, named):
    def options_of(part, made):
        found = {}
        if part.parent is not None and part.parent < len(made) and isinstance(made[part.parent], rig.Group):
            found["parent"] = made[part.parent]
        # Depend on things only. For a group the SDK waits for all its children, which may depend on this resource.
        if part.depends is not None and part.depends < len(made) and isinstance(made[part.depends], rig.Thing):
            found["depends_on"] = made[part.depends]
        things = [m for m in made if isinstance(m, rig.Thing)]
        if part.option in ("deleted_with", "replace_with") and things:
            found[part.option] = things[-1] if part.option == "deleted_with" else [things[-1]]
        if part.option == "dbr":
            found["delete_before_replace"] = True
        if part.option == "retain":
            found["retain_on_delete"] = True
        return ResourceOptions(**found)

    def run():
        made = []
        for name, part in named:
            options = options_of(part, made)
            if part.group:
                made.append(rig.Group(name, options))
                continue
            link = made[part.link] if part.link is not None and part.link < len(made) else None
            made.append(
                rig.Thing(
                    name,
                    value=part.value,
                    force=part.force,
                    dbr=part.dbr,
                    link=link.id if isinstance(link, rig.Thing) else None,
                    link_forces=part.link_forces,
                    opts=options,
                )
            )

    return run


def assert_dependency_order(rig):
    """Assert that each resource comes after its dependencies in the state, as Pulumi requires."""
    seen = set()
    for resource in rig.stack.export()["deployment"]["resources"]:
        needs = [resource.get("parent"), resource.get("provider", "").rpartition("::")[0], resource.get("deletedWith")]
        needs += resource.get("dependencies", [])
        assert {need for need in needs if need} <= seen, resource["urn"]
        seen.add(resource["urn"])


def assert_state_matches_cloud(rig):
    """Assert that cloud and state have the same resources, except for those that were retained."""
    in_state = {r["id"] for r in rig.resources() if r["custom"] and not r.get("pendingReplacement")}
    assert in_state <= set(rig.cloud.things)
    assert set(rig.cloud.things) - in_state <= rig.retained


@pytest.fixture
def new_rig(rig):
    """Return a function that makes a new rig, for each example of hypothesis."""

    def make():
        made = type(rig)(rig.project.folder)
        made.retained = set()
        return made

    return make


def remember_retained(rig):
    """Add resources that may stay in the toy cloud: those with `retain_on_delete` or `deleted_with`."""
    rig.retained |= {r.get("id") for r in rig.resources() if r.get("retainOnDelete") or r.get("deletedWith")}


@pytest.mark.slow("many generated cases")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(programs=st.lists(PROGRAMS, min_size=1, max_size=3), faults=FAULTS)
def test_every_lifecycle_ends_with_nothing_left(new_rig, programs, faults):
    rig = new_rig()
    for named in programs:
        remember_retained(rig)
        rig.cloud.failing = faults
        rig.up(program(rig, named))
        remember_retained(rig)
        assert_dependency_order(rig)
        assert_state_matches_cloud(rig)
        rig.cloud.failing = set()
        preview = rig.preview()
        report = rig.up()
        remember_retained(rig)
        assert report.ok, report.errors
        assert report.changes == preview.changes
        assert_dependency_order(rig)
        assert_state_matches_cloud(rig)
        assert len(rig.state()) == len(rig.resources()) == len(named)
        rig.cloud.changes()
        again = rig.up()
        assert set(again.changes) <= {"same"}
        assert rig.cloud.changes() == []
        assert rig.refresh().ok
        assert set(rig.preview().changes) <= {"same"}
    assert rig.destroy().ok
    assert rig.stack.export()["deployment"]["resources"] == []
    assert set(rig.cloud.things) <= rig.retained
