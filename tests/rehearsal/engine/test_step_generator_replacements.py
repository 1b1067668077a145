"""Replacements: create-first, delete-first, dependents, and partial failures.

The expected results come from the engine's step generator and its lifecycle tests.
"""

import pulumi
from pulumi import ResourceOptions


def test_a_replacement_is_created_first_and_the_old_resource_deleted_last(rig, ops):
    def program(force):
        root = rig.Thing("root", force=force)
        rig.Thing("follower", link=root.id)

    assert rig.up(lambda: program("1")).ok
    rig.cloud.changes()
    report = rig.up(lambda: program("2"))
    assert ops(report) == ["create-replacement root", "replace root", "update follower", "delete-replaced root"]
    assert rig.cloud.changes() == ["begin-create root", "create root-2", "update follower-1", "delete root-1"]
    assert report.changes == {"replace": 1, "update": 1, "same": 1}


def test_delete_first_replaces_dependents_that_unknowns_would_replace(rig, ops):
    def program(dbr):
        root = rig.Thing("root", dbr=dbr)
        middle = rig.Thing("middle", link=root.id, link_forces=True)
        rig.Thing("leaf", link=middle.id, link_forces=True)
        rig.Thing("stays", link=middle.id)
        rig.Thing("ordered", opts=ResourceOptions(depends_on=[root]))

    rig.up(lambda: program("1"))
    rig.cloud.changes()
    report = rig.up(lambda: program("2"))
    assert rig.cloud.changes()[:4] == ["delete leaf-1", "delete middle-1", "delete root-1", "begin-create root"]
    assert ops(report)[:5] == [
        "delete-replaced leaf",
        "delete-replaced middle",
        "delete-replaced root",
        "replace root",
        "create-replacement root",
    ]
    assert report.changes == {"replace": 3, "update": 1, "same": 2}
    assert rig.up().changes == {"same": 6}


def test_a_preview_of_a_delete_first_chain_counts_the_steps_of_the_up(rig):
    def program(dbr):
        last = rig.Thing("t0", dbr=dbr)
        for n in range(1, 6):
            last = rig.Thing(f"t{n}", link=last.id, link_forces=True)

    rig.up(lambda: program("1"))
    preview = rig.preview(lambda: program("2"))
    assert preview.changes == {"replace": 6, "same": 1}
    assert rig.up().changes == preview.changes


def test_a_failed_delete_first_replacement_is_resumed_without_another_delete(rig, ops):
    rig.up(lambda: rig.Thing("key", dbr="1"))
    rig.cloud.failing = {("begin-create", "key")}
    rig.cloud.changes()
    report = rig.up(lambda: rig.Thing("key", dbr="2"))
    assert not report.ok
    assert report.failed == [rig.urn("key")]
    assert rig.state()["key"]["pendingReplacement"] is True
    rig.cloud.failing = set()
    rig.cloud.changes()
    assert ops(rig.up()) == ["replace key", "create-replacement key"]
    assert rig.cloud.changes() == ["begin-create key", "create key-2"]
    assert "pendingReplacement" not in rig.state()["key"]


def test_a_removed_pending_replacement_is_dropped_without_another_delete(rig, ops):
    rig.up(lambda: rig.Thing("key", dbr="1"))
    rig.cloud.failing = {("begin-create", "key")}
    rig.up(lambda: rig.Thing("key", dbr="2"))
    rig.cloud.changes()
    report = rig.up(lambda: None)
    assert report.ok
    assert ops(report) == ["remove-pending-replace key"]
    assert report.changes == {"same": 1}
    assert rig.cloud.changes() == []
    assert rig.state() == {}


def test_a_pending_replacement_is_skipped_and_kept_by_a_refresh(rig):
    rig.up(lambda: rig.Thing("key", dbr="1"))
    rig.cloud.failing = {("begin-create", "key")}
    rig.up(lambda: rig.Thing("key", dbr="2"))
    rig.cloud.changes()
    assert rig.refresh().ok
    assert rig.cloud.changes() == []
    assert rig.state()["key"]["pendingReplacement"] is True


def test_a_pending_replacement_is_replaced_even_after_a_revert(rig, ops):
    rig.up(lambda: rig.Thing("key", dbr="1"))
    rig.cloud.failing = {("begin-create", "key")}
    rig.up(lambda: rig.Thing("key", dbr="2"))
    rig.cloud.failing = set()
    report = rig.up(lambda: rig.Thing("key", dbr="1"))
    assert report.ok
    # The old resource was deleted by the failed up, so the engine only creates the new one.
    assert ops(report) == ["replace key", "create-replacement key"]
    assert rig.state()["key"]["id"] == "key-2"
    assert len(rig.resources()) == 1


def test_a_failed_create_first_replacement_keeps_the_old_resource(rig):
    rig.up(lambda: rig.Thing("key", force="1"))
    rig.cloud.failing = {("begin-create", "key")}
    assert not rig.up(lambda: rig.Thing("key", force="2")).ok
    assert rig.state()["key"]["id"] == "key-1"
    assert list(rig.cloud.things) == ["key-1"]


def test_an_undeleted_old_resource_is_deleted_by_the_next_up(rig, ops):
    rig.up(lambda: rig.Thing("key", force="1"))
    rig.cloud.failing = {("delete", "key")}
    assert not rig.up(lambda: rig.Thing("key", force="2")).ok
    assert [(r["id"], r.get("delete", False)) for r in rig.resources()] == [("key-2", False), ("key-1", True)]
    rig.cloud.failing = set()
    assert ops(rig.up()) == ["same key", "delete-replaced key"]
    assert list(rig.cloud.things) == ["key-2"]


def test_a_delete_first_replacement_with_a_failed_delete_is_not_pending(rig):
    rig.up(lambda: rig.Thing("key", dbr="1"))
    rig.cloud.failing = {("delete", "key")}
    assert not rig.up(lambda: rig.Thing("key", dbr="2")).ok
    assert "pendingReplacement" not in rig.state()["key"]
    assert rig.state()["key"]["id"] == "key-1"


def test_delete_before_replace_overrides_the_provider(rig, ops):
    def program(v, first):
        options = ResourceOptions(delete_before_replace=first)
        rig.Thing("a", force=v, opts=options)

    rig.up(lambda: program("1", True))
    assert ops(rig.up(lambda: program("2", True))) == ["delete-replaced a", "replace a", "create-replacement a"]

    def other(v):
        rig.Thing("b", dbr=v, opts=ResourceOptions(delete_before_replace=False))

    rig.up(lambda: other("1"))
    assert ops(rig.up(lambda: other("2"))) == ["create-replacement b", "replace b", "delete-replaced b"]


def test_a_protected_resource_is_not_replaced_and_no_call_is_made(rig):
    def program(force, protect):
        rig.Thing("key", force=force, opts=ResourceOptions(protect=protect))

    rig.up(lambda: program("1", True))
    rig.cloud.changes()
    report = rig.up(lambda: program("2", True))
    assert not report.ok
    assert "marked for protection" in report.errors[0]
    assert report.failed == []
    assert rig.cloud.changes() == []
    # One up can remove the protection and replace the resource.
    assert rig.up(lambda: program("2", False)).changes == {"replace": 1, "same": 1}


def test_a_preview_continues_after_a_protected_replacement(rig, ops):
    def program(force):
        rig.Thing("key", force=force, opts=ResourceOptions(protect=True))
        rig.Thing("other", value=force)

    rig.up(lambda: program("1"))
    report = rig.preview(lambda: program("2"))
    assert not report.ok
    assert "update other" in ops(report)


def test_delete_first_stops_at_a_protected_dependent(rig):
    def program(dbr):
        root = rig.Thing("root", dbr=dbr)
        rig.Thing("kept", link=root.id, link_forces=True, opts=ResourceOptions(protect=True))

    rig.up(lambda: program("1"))
    rig.cloud.changes()
    report = rig.up(lambda: program("2"))
    assert not report.ok
    assert "as part of replacing" in report.errors[0]
    assert rig.cloud.changes() == []


def test_retain_on_delete_keeps_the_replaced_resource_in_the_cloud(rig, ops):
    def program(force):
        rig.Thing("key", force=force, opts=ResourceOptions(retain_on_delete=True))

    rig.up(lambda: program("1"))
    rig.cloud.changes()
    report = rig.up(lambda: program("2"))
    assert ops(report) == ["create-replacement key", "replace key", "delete-replaced key"]
    assert rig.cloud.changes() == ["begin-create key", "create key-2"]
    assert sorted(rig.cloud.things) == ["key-1", "key-2"]


def test_replace_on_changes_turns_an_update_into_a_replacement(rig):
    def program(value, paths):
        rig.Thing("key", value=value, opts=ResourceOptions(replace_on_changes=paths))

    rig.up(lambda: program("1", ["value"]))
    report = rig.up(lambda: program("2", ["value"]))
    assert report.changes == {"replace": 1, "same": 1}
    assert [s.keys for s in report.steps if s.op == "replace"] == [("value",)]
    assert rig.up(lambda: program("3", ["other"])).changes == {"update": 1, "same": 1}
    assert rig.up(lambda: program("4", ["*"])).changes == {"replace": 1, "same": 1}


def test_replacement_trigger_replaces_only_when_its_value_changes(rig):
    def program(trigger):
        rig.Thing("key", opts=ResourceOptions(replacement_trigger=trigger))

    rig.up(lambda: program(None))
    assert rig.up(lambda: program("1")).changes == {"same": 2}
    assert rig.up(lambda: program("2")).changes == {"replace": 1, "same": 1}
    assert rig.up(lambda: program(pulumi.Output.secret("2"))).changes == {"same": 2}
    assert rig.up(lambda: program(None)).changes == {"same": 2}


def test_a_trigger_of_zero_is_a_trigger(rig):
    def program(trigger):
        rig.Thing("key", opts=ResourceOptions(replacement_trigger=trigger))

    rig.up(lambda: program(0))
    assert rig.up(lambda: program(0)).changes == {"same": 2}
    assert rig.up(lambda: program(1)).changes == {"replace": 1, "same": 1}


def test_an_unknown_trigger_replaces_in_a_preview(rig):
    def program(value):
        first = rig.Thing("first", force=value)
        rig.Thing("key", opts=ResourceOptions(replacement_trigger=first.id))

    rig.up(lambda: program("1"))
    assert rig.preview(lambda: program("2")).changes == {"replace": 2, "same": 1}
    assert rig.up().changes == {"replace": 2, "same": 1}


def test_replace_with_follows_the_resource_that_it_names(rig):
    def program(force):
        first = rig.Thing("first", force=force)
        rig.Thing("key", opts=ResourceOptions(replace_with=[first]))

    rig.up(lambda: program("1"))
    report = rig.up(lambda: program("2"))
    assert report.changes == {"replace": 2, "same": 1}
    assert [s.keys for s in report.steps if s.op == "replace"] == [("force",), ("replaceWith",)]


def test_replace_with_is_deleted_before_a_resource_that_is_deleted_first(rig, ops):
    def program(dbr):
        first = rig.Thing("first", dbr=dbr)
        rig.Thing("key", opts=ResourceOptions(replace_with=[first]))

    rig.up(lambda: program("1"))
    assert ops(rig.up(lambda: program("2"))) == [
        "delete-replaced key",
        "delete-replaced first",
        "replace first",
        "create-replacement first",
        "replace key",
        "create-replacement key",
    ]


def test_deleted_with_resources_are_replaced_without_a_provider_delete(rig):
    def program(force):
        first = rig.Thing("first", force=force)
        rig.Thing("inside", opts=ResourceOptions(deleted_with=first))

    rig.up(lambda: program("1"))
    rig.cloud.changes()
    assert rig.up(lambda: program("2")).changes == {"replace": 2, "same": 1}
    assert "delete inside-1" not in rig.cloud.changes()
    rig.destroy()
    assert rig.cloud.changes() == ["delete first-2"]


def test_ignored_changes_do_not_replace(rig):
    def program(force):
        rig.Thing("key", force=force, opts=ResourceOptions(ignore_changes=["force"]))

    rig.up(lambda: program("1"))
    assert rig.up(lambda: program("2")).changes == {"same": 2}
    assert rig.state()["key"]["inputs"]["force"] == "1"


def test_a_replacement_gets_the_programs_values_of_ignored_properties(rig):
    """The engine checks the inputs of a replacement without the old inputs."""

    def program(force, value):
        rig.Thing("key", force=force, value=value, opts=ResourceOptions(ignore_changes=["value"]))

    rig.up(lambda: program("1", "a"))
    rig.up(lambda: program("2", "b"))
    assert rig.state()["key"]["inputs"]["value"] == "b"


def test_a_component_that_becomes_a_resource_is_replaced(rig, ops):
    rig.up(lambda: pulumi.ComponentResource("toy:index:Thing", "key"))
    report = rig.up(lambda: rig.Thing("key"))
    assert ops(report) == ["create-replacement key", "replace key", "delete-replaced key"]
    assert [s.keys for s in report.steps if s.op == "replace"] == [("provider",)]


def test_pending_deletes_are_done_before_their_dependencies(rig, ops):
    """As in the engine's TestPendingDeleteReplacement: a dependent is pending deletion when its root is replaced."""

    def program(dbr, force):
        a = rig.Thing("a", dbr=dbr)
        rig.Thing("b", link=a.id, link_forces=True, force=force)

    rig.up(lambda: program("1", "1"))
    rig.cloud.failing = {("delete", "b")}
    assert not rig.up(lambda: program("1", "2")).ok
    rig.cloud.failing = set()
    rig.cloud.changes()
    report = rig.up(lambda: program("2", "2"))
    assert report.ok
    deletes = [call for call in rig.cloud.changes() if call.startswith("delete")]
    assert deletes == ["delete b-1", "delete b-2", "delete a-1"]
    assert sorted(rig.cloud.things) == ["a-2", "b-3"]
    assert len(rig.resources()) == 2
    assert report.changes == {"delete": 1, "replace": 2, "same": 1}


def test_deleted_with_applies_along_a_chain(rig):
    """As in the engine's TestDeletedWithTransitiveChain."""

    def program(dbr):
        t = rig.Thing("t", dbr=dbr)
        d = rig.Thing("d", opts=ResourceOptions(deleted_with=t))
        rig.Thing("d2", opts=ResourceOptions(deleted_with=d))

    rig.up(lambda: program("1"))
    rig.cloud.changes()
    assert rig.up(lambda: program("2")).changes == {"replace": 3, "same": 1}
    assert [call for call in rig.cloud.changes() if call.startswith("delete")] == ["delete t-1"]


def test_a_former_dependent_is_not_replaced(rig):
    """A resource that this up has already registered cannot depend on a later one."""

    def before():
        root = rig.Thing("root", dbr="1")
        rig.Thing("free", link=root.id, link_forces=True)

    def after():
        free = rig.Thing("free", link="elsewhere")
        rig.Thing("root", dbr="2", opts=ResourceOptions(depends_on=[free]))

    rig.up(before)
    rig.cloud.changes()
    report = rig.up(after)
    assert report.changes == {"replace": 1, "update": 1, "same": 1}
    assert rig.cloud.changes() == ["update free-1", "delete root-1", "begin-create root", "create root-2"]


def test_a_delete_first_replacement_of_a_provider_replaces_its_resources(rig):
    class Toy(pulumi.ProviderResource):
        def __init__(self, name):
            super().__init__("toy", name, {}, ResourceOptions(delete_before_replace=True))

    def program():
        provider = Toy("mine")
        rig.Thing("a", value="v", opts=ResourceOptions(provider=provider))

    rig.up(program)
    rig.cloud.changes()
    report = rig.up(program, replace=[rig.urn("mine", type="pulumi:providers:toy")])
    assert report.changes == {"replace": 2, "same": 1}
    assert rig.cloud.changes() == ["delete a-1", "begin-create a", "create a-2"]
