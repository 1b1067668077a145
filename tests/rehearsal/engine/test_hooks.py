"""Resource hooks: when they run, their arguments, and the effect of a failed hook on the operation."""

import pulumi
import pytest
from pulumi import ErrorHook, ResourceHook, ResourceHookBinding, ResourceHookOptions, ResourceOptions


class HookLog:
    """Makes hooks that record their calls in the toy cloud."""

    def __init__(self, cloud):
        self.cloud = cloud

    def hook(self, name, fail=False, **options):
        def run(args):
            self.cloud.record_call(name, args.name, None)
            if fail:
                raise ValueError(f"{name} says no")

        return ResourceHook(name, run, ResourceHookOptions(**options) if options else None)

    def binding(self, *kinds, **options):
        return ResourceHookBinding(**{kind: [self.hook(kind, **options)] for kind in kinds})


ALL = ("before_create", "after_create", "before_update", "after_update", "before_delete", "after_delete")


@pytest.fixture
def log(rig):
    return HookLog(rig.cloud)


def test_hooks_run_around_each_change_and_never_when_nothing_changes(rig, log):
    def program(value, force="1"):
        rig.Thing("key", value=value, force=force, opts=ResourceOptions(hooks=log.binding(*ALL)))

    rig.up(lambda: program("a"))
    assert rig.cloud.changes() == ["before_create key", "begin-create key", "create key-1", "after_create key"]
    rig.up(lambda: program("a"))
    assert rig.cloud.changes() == []
    rig.up(lambda: program("b"))
    assert rig.cloud.changes() == ["before_update key", "update key-1", "after_update key"]
    rig.up(lambda: program("b", "2"))
    assert rig.cloud.changes() == [
        *["before_create key", "begin-create key", "create key-2", "after_create key"],
        *["before_delete key", "delete key-1", "after_delete key"],
    ]


def test_delete_hooks_of_removed_resources_run_if_the_program_registers_them(rig, log):
    def program(count):
        binding = log.binding("before_delete", "after_delete")
        for _ in range(count):
            rig.Thing("key", opts=ResourceOptions(hooks=binding))

    rig.up(lambda: program(1))
    rig.cloud.changes()
    assert rig.up(lambda: program(0)).ok
    assert rig.cloud.changes() == ["before_delete key", "delete key-1", "after_delete key"]


def test_a_delete_hook_that_the_program_no_longer_registers_stops_the_delete(rig, log):
    rig.up(lambda: rig.Thing("key", opts=ResourceOptions(hooks=log.binding("before_delete"))))
    report = rig.up(lambda: None)
    assert report.errors == ["hook 'before_delete' was not registered"]
    assert report.failed == [rig.urn("key")]
    assert list(rig.cloud.things) == ["key-1"]


def test_destroy_without_a_program_refuses_delete_hooks(rig, log):
    rig.up(lambda: rig.Thing("key", opts=ResourceOptions(hooks=log.binding("after_delete"))))
    rig.cloud.changes()
    report = rig.destroy()
    assert not report.ok
    assert "has delete hooks, and destroy runs no program" in report.errors[0]
    assert rig.cloud.changes() == []


def test_a_preview_runs_only_hooks_with_on_dry_run(rig, log):
    def program():
        quiet = log.hook("quiet")
        loud = log.hook("loud", on_dry_run=True)
        rig.Thing("key", opts=ResourceOptions(hooks=ResourceHookBinding(before_create=[quiet, loud])))

    rig.preview(program)
    assert rig.cloud.changes() == ["loud key"]


def test_a_failed_before_hook_prevents_the_step(rig, log):
    report = rig.up(
        lambda: rig.Thing("key", opts=ResourceOptions(hooks=log.binding("before_create", "after_create", fail=True)))
    )
    assert report.failed == [rig.urn("key")]
    assert report.errors == ["before hook 'before_create' failed: before_create says no"]
    assert rig.cloud.things == {}
    assert rig.state() == {}


def test_a_failed_after_hook_fails_the_operation_and_keeps_the_result(rig, log):
    def program():
        first = rig.Thing("key", opts=ResourceOptions(hooks=log.binding("after_create", fail=True)))
        rig.Thing("next", link=first.id)

    report = rig.up(program)
    assert not report.ok
    assert report.failed == []
    assert report.errors[0] == "after hook 'after_create' failed: after_create says no"
    assert list(rig.state()) == ["key"]


def test_hook_errors_can_be_ignored(rig, log):
    binding = ("before_create", "after_create")
    report = rig.up(
        lambda: rig.Thing("key", opts=ResourceOptions(hooks=log.binding(*binding, fail=True, ignore_errors=True)))
    )
    assert report.ok
    assert [(d.severity, d.text) for d in report.diagnostics] == [
        ("warning", "BeforeCreate hook 'before_create' failed: before_create says no"),
        ("warning", "AfterCreate hook 'after_create' failed: after_create says no"),
    ]


def test_a_hook_sees_inputs_outputs_and_options(rig):
    seen = {}

    def program(value):
        def look(args):
            seen.update(vars(args))

        hook = ResourceHook("look", look)
        binding = ResourceHookBinding(after_create=[hook], after_update=[hook])
        rig.Thing("key", value=value, opts=ResourceOptions(hooks=binding, protect=True))

    rig.up(lambda: program("a"))
    assert (seen["urn"], seen["id"], seen["name"], seen["type"]) == (rig.urn("key"), "key-1", "key", "toy:index:Thing")
    assert seen["new_inputs"] == {"value": "a"}
    assert seen["new_outputs"]["derived"] == "key=a"
    rig.up(lambda: program("b"))
    assert (seen["old_inputs"], seen["new_inputs"]) == ({"value": "a"}, {"value": "b"})
    assert (seen["old_outputs"]["derived"], seen["new_outputs"]["derived"]) == ("key=a", "key=b")


def test_after_hooks_of_a_component_run_once_it_is_complete(rig, log):
    class Complete(pulumi.ComponentResource):
        def __init__(self, name, binding):
            super().__init__("toy:index:Group", name, None, ResourceOptions(hooks=binding))
            child = rig.Thing("child", opts=ResourceOptions(parent=self))
            self.register_outputs({"id": child.id})

    rig.up(lambda: Complete("group", log.binding("before_create", "after_create")))
    assert rig.cloud.changes() == ["before_create group", "begin-create child", "create child-1", "after_create group"]


def test_an_error_hook_can_request_a_retry(rig):
    attempts = []

    def program():
        def again(args):
            attempts.append((args.failed_operation, list(args.errors)))
            rig.cloud.failing.clear()
            return True

        rig.cloud.failing.add(("begin-create", "key"))
        rig.Thing("key", opts=ResourceOptions(hooks=ResourceHookBinding(on_error=[ErrorHook("again", again)])))

    report = rig.up(program)
    assert report.ok
    assert attempts == [("create", ["begin-create of key fails"])]
    assert list(rig.cloud.things) == ["key-1"]
    assert "retrying create due to on-error hook request (1/100)" in [d.text for d in report.diagnostics]


def test_an_error_hook_without_a_retry_keeps_the_error(rig):
    def program():
        rig.cloud.failing.add(("begin-create", "key"))
        hook = ErrorHook("never", lambda args: False)
        rig.Thing("key", opts=ResourceOptions(hooks=ResourceHookBinding(on_error=[hook])))

    report = rig.up(program)
    assert report.errors == ["begin-create of key fails"]


def test_two_hooks_with_one_name_are_refused(rig, log):
    def program():
        log.hook("same")
        rig.Thing("key", opts=ResourceOptions(hooks=ResourceHookBinding(before_create=[log.hook("same")])))

    report = rig.up(program)
    assert not report.ok
    assert "resource hook already registered for name 'same'" in report.errors[0]


def test_the_state_stores_the_names_of_hooks(rig, log):
    rig.up(lambda: rig.Thing("key", opts=ResourceOptions(hooks=log.binding("before_create", "after_delete"))))
    assert rig.state()["key"]["resourceHooks"] == {"BeforeCreate": ["before_create"], "AfterDelete": ["after_delete"]}


def test_a_failed_error_hook_fails_the_operation_with_its_error(rig):
    calls = []

    def program():
        def broken(_):
            calls.append(1)
            raise ValueError("no idea")

        rig.cloud.failing.add(("begin-create", "key"))
        hook = ErrorHook("broken", broken)
        rig.Thing("key", opts=ResourceOptions(hooks=ResourceHookBinding(on_error=[hook])))

    report = rig.up(program)
    assert not report.ok
    assert report.errors == ["error hooks execution failed: error hook 'broken' failed: no idea"]
    assert calls == [1]
    assert rig.state() == {}


@pytest.mark.parametrize("kind", [ResourceHook, ErrorHook])
def test_a_hook_without_a_name_is_refused(rig, kind):
    report = rig.up(lambda: kind("", lambda _: None) and None)
    assert not report.ok
    assert "resource hook name cannot be empty" in report.errors[0]


def test_an_error_hook_and_another_hook_with_one_name_are_refused(rig, log):
    def program():
        log.hook("same")
        ErrorHook("same", lambda _: False)

    report = rig.up(program)
    assert not report.ok
    assert "resource hook already registered for name 'same'" in report.errors[0]
