"""--target and --replace: what they change, keep and refuse."""

import pytest
from pulumi import Alias, ResourceOptions


def two(rig, value="a"):
    def program():
        first = rig.Thing("first", value=value)
        rig.Thing("second", value=value, link=first.id)
        rig.Thing("third", value=value)

    return program


def test_up_changes_only_the_targets(rig, ops):
    rig.up(two(rig, "a"))
    rig.cloud.changes()
    report = rig.up(two(rig, "b"), targets=[rig.urn("third")])
    assert sorted(ops(report)) == ["same first", "same second", "update third"]
    assert rig.cloud.changes() == ["update third-1"]
    assert rig.state()["first"]["inputs"]["value"] == "a"


def test_a_pattern_targets_all_matches(rig, ops):
    rig.up(two(rig, "a"))
    assert rig.up(two(rig, "b"), targets=["**::*ir*"]).changes == {"update": 2, "same": 2}


def test_new_untargeted_resources_are_skipped(rig, ops):
    report = rig.up(two(rig), targets=[rig.urn("third")])
    assert report.ok
    assert "create third" in ops(report)
    assert list(rig.state()) == ["third"]
    assert list(rig.cloud.things) == ["third-1"]


def test_a_target_that_depends_on_a_skipped_resource_is_refused(rig):
    report = rig.up(two(rig), targets=[rig.urn("second")])
    assert not report.ok
    assert report.errors[0].startswith(f"Resource '{rig.urn('second')}' depends on '{rig.urn('first')}' which was not")
    assert rig.cloud.things == {}


def test_an_unknown_target_fails_the_up_at_its_end(rig):
    """A target may be a new resource, so the engine reports a missing one only after all registrations."""
    rig.up(two(rig, "a"))
    report = rig.up(two(rig, "b"), targets=[rig.urn("nothing"), rig.urn("third")])
    assert not report.ok
    assert report.errors == [
        f"Target '{rig.urn('nothing')}' could not be found in the stack. Did you forget to escape $ in your shell?"
    ]
    assert rig.state()["third"]["inputs"]["value"] == "b"


@pytest.mark.parametrize("op", ["refresh", "destroy"])
def test_an_unknown_target_fails_a_refresh_or_destroy_at_its_start(rig, op):
    rig.up(two(rig))
    rig.cloud.changes()
    report = getattr(rig, op)(targets=[rig.urn("nothing", "a"), rig.urn("third")])
    assert not report.ok
    assert report.errors == [f"Target '{rig.urn('nothing', 'a')}' could not be found in the stack."]
    assert rig.cloud.changes() == []


def test_a_pattern_without_matches_is_no_error(rig):
    rig.up(two(rig, "a"))
    assert rig.up(two(rig, "b"), targets=["**nothing**"]).changes == {"same": 4}


def test_destroy_deletes_only_the_targets(rig, ops):
    rig.up(two(rig))
    report = rig.destroy(targets=[rig.urn("third")])
    assert report.ok
    assert report.changes == {"delete": 1, "same": 3}
    assert sorted(ops(report)) == ["delete third", "same first", "same second"]
    assert sorted(rig.state()) == ["first", "second"]
    assert rig.up(two(rig)).changes == {"create": 1, "same": 3}


def test_destroy_refuses_a_target_with_untargeted_dependents(rig):
    rig.up(two(rig))
    rig.cloud.changes()
    report = rig.destroy(targets=[rig.urn("first")])
    assert not report.ok
    assert report.errors[0].startswith(f"Resource '{rig.urn('second')}' will be destroyed but was not specified")
    assert rig.cloud.changes() == []
    assert rig.destroy(targets=[rig.urn("first"), rig.urn("second")]).changes == {"delete": 2, "same": 2}


def test_destroy_refuses_a_component_without_its_children(rig):
    def program():
        rig.Thing("child", opts=ResourceOptions(parent=rig.Group("group")))

    rig.up(program)
    report = rig.destroy(targets=[rig.urn("group", type="toy:index:Group")])
    assert report.errors[0].startswith(f"Resource '{rig.urn('child', 'toy:index:Group')}' will be destroyed")


def test_up_deletes_removed_resources_only_if_targeted(rig, ops):
    rig.up(two(rig))
    report = rig.up(lambda: rig.Thing("first", value="a"), targets=[rig.urn("third")])
    assert report.changes == {"delete": 1, "same": 3}
    assert sorted(rig.state()) == ["first", "second"]
    # The untargeted resources keep their state for the next up.
    assert rig.up(two(rig)).changes == {"create": 1, "same": 3}


def test_refresh_reads_only_the_targets(rig):
    rig.up(two(rig))
    rig.cloud.things["first-1"]["value"] = rig.cloud.things["third-1"]["value"] = "drifted"
    rig.cloud.changes()
    assert rig.refresh(targets=[rig.urn("third")]).changes == {"update": 1}
    assert rig.cloud.changes() == ["read third-1"]


def test_replace_replaces_unchanged_resources(rig, ops):
    rig.up(two(rig))
    report = rig.up(replace=[rig.urn("first")])
    assert report.changes == {"replace": 1, "update": 1, "same": 2}
    assert [s.keys for s in report.steps if s.op == "replace"] == [("id",)]


def test_replace_accepts_patterns(rig):
    def program():
        group = rig.Group("group")
        for name in ("a", "b"):
            rig.Thing(name, opts=ResourceOptions(parent=group))
        rig.Thing("c")

    rig.up(program)
    assert rig.up(replace=["**toy:index:Group$toy:index:Thing::**"]).changes == {"replace": 2, "same": 3}


def test_an_unknown_replace_target_fails_before_the_program_runs(rig):
    rig.up(two(rig))
    ran = []
    report = rig.up(lambda: ran.append(1), replace=[rig.urn("nothing")])
    assert not report.ok
    assert ran == []
    assert sorted(rig.state()) == ["first", "second", "third"]


def test_replace_honours_delete_before_replace(rig, ops):
    rig.up(lambda: rig.Thing("a", opts=ResourceOptions(delete_before_replace=True)))
    assert ops(rig.up(replace=[rig.urn("a")])) == ["delete-replaced a", "replace a", "create-replacement a"]


def test_a_targeted_delete_first_replacement_replaces_untargeted_dependents(rig):
    def program(dbr):
        root = rig.Thing("root", dbr=dbr)
        rig.Thing("follows", link=root.id, link_forces=True)

    rig.up(lambda: program("1"))
    rig.cloud.changes()
    report = rig.up(lambda: program("2"), targets=[rig.urn("root")])
    assert report.changes == {"replace": 2, "same": 1}
    assert rig.cloud.changes()[:2] == ["delete follows-1", "delete root-1"]


def test_an_untargeted_renamed_resource_keeps_its_old_urn(rig):
    rig.up(lambda: rig.Thing("old", value="a"))

    def program():
        rig.Thing("new", value="a", opts=ResourceOptions(aliases=[Alias(name="old")]))
        rig.Thing("other")

    assert rig.up(program, targets=[rig.urn("other")]).changes == {"create": 1, "same": 2}
    assert sorted(rig.state()) == ["old", "other"]
    assert rig.up(program).changes == {"same": 3}


# --target-dependents


def chain(rig, value):
    def program():
        first = rig.Thing("first", value=value)
        second = rig.Thing("second", value=value, link=first.id)
        rig.Thing("third", value=value, opts=ResourceOptions(depends_on=[second]))
        rig.Thing("child", value=value, opts=ResourceOptions(parent=rig.Group("group")))
        rig.Thing("aside", value=value)

    return program


def test_target_dependents_includes_new_and_existing_dependents(rig):
    rig.up(lambda: rig.Thing("first", value="a"))
    rig.cloud.changes()
    report = rig.up(chain(rig, "b"), targets=[rig.urn("first")], target_dependents=True)
    assert report.ok
    assert rig.cloud.changes()[0] == "update first-1"
    assert sorted(rig.state()) == ["first", "second", "third"]
    assert {state["inputs"]["value"] for state in rig.state().values()} == {"b"}


def test_children_depend_on_a_targeted_component(rig):
    rig.up(chain(rig, "a"))
    rig.cloud.changes()
    rig.up(chain(rig, "b"), targets=[rig.urn("group", type="toy:index:Group")], target_dependents=True)
    assert rig.cloud.changes() == ["update child-1"]


def test_dependents_of_the_targets_are_deleted_with_them(rig):
    rig.up(chain(rig, "a"))
    report = rig.destroy(targets=[rig.urn("first")], target_dependents=True)
    assert report.changes == {"delete": 3, "same": 4}
    assert sorted(rig.state()) == ["aside", "child", "group"]


def test_a_refresh_reads_dependents_of_the_targets_too(rig):
    rig.up(chain(rig, "a"))
    rig.cloud.changes()
    assert rig.refresh(targets=[rig.urn("first")], target_dependents=True).changes == {"same": 3}
    assert sorted(rig.cloud.changes()) == ["read first-1", "read second-1", "read third-1"]


def test_a_refresh_loads_no_provider_of_mere_dependents(rig):
    rig.up(chain(rig, "a"))
    rig.cloud.changes()
    report = rig.refresh(targets=[rig.urn("group", type="toy:index:Group")], target_dependents=True)
    assert report.failed == [rig.urn("child", "toy:index:Group")]
    assert report.errors[0].startswith("unknown provider 'urn:pulumi:dev::p::pulumi:providers:toy::default::")
    assert rig.cloud.changes() == []


def test_target_dependents_without_targets_has_no_effect(rig):
    rig.up(chain(rig, "a"))
    assert rig.up(chain(rig, "b"), target_dependents=True).changes == {"update": 5, "same": 2}
    assert rig.destroy(target_dependents=True).changes == {"delete": 7}
