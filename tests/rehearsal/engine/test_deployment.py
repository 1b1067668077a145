"""Whole operations: order, failures, secrets, outputs, components and concurrency."""

import threading

import pulumi
import pytest
from pulumi import CustomTimeouts, ResourceOptions

from rehearsal.state.property_values import Secret

SECRET = "4dabf18193072939515e22adb298388d"


def is_secret(value):
    return isinstance(value, dict) and SECRET in value


# Failures


def test_resources_independent_of_a_failed_one_are_completed(rig):
    started = threading.Barrier(2, timeout=20)
    rig.cloud.on = {("begin-create", "good"): started.wait, ("begin-create", "bad"): started.wait}
    rig.cloud.failing = {("begin-create", "bad")}

    def program():
        bad = rig.Thing("bad")
        rig.Thing("needy", link=bad.id)
        rig.Thing("good")

    report = rig.up(program)
    assert report.failed == [rig.urn("bad")]
    assert list(rig.state()) == ["good"]


def test_nothing_is_deleted_after_a_failure(rig):
    rig.up(lambda: rig.Thing("gone"))
    rig.cloud.failing = {("begin-create", "new")}
    assert not rig.up(lambda: rig.Thing("new")).ok
    assert list(rig.state()) == ["gone"]


def test_a_failed_check_or_diff_is_not_a_failed_step(rig):
    report = rig.up(lambda: rig.Thing("a", value="invalid"))
    assert not report.ok
    assert report.failed == []
    what = "toy:index:Thing resource 'a': property value value {invalid}"
    assert report.errors == [what + " has a problem: a thing's value may not be 'invalid'"]
    rig.up(lambda: rig.Thing("a", value="x"))
    rig.cloud.failing = {("diff", "a")}
    report = rig.up(lambda: rig.Thing("a", value="y"))
    assert not report.ok
    assert report.failed == []


def test_a_check_that_fails_does_not_show_a_secret(rig):
    report = rig.up(lambda: rig.Thing("a", value=pulumi.Output.secret("invalid")))
    assert "[secret]" in report.errors[0]
    assert "{invalid}" not in report.errors[0]


def test_the_report_has_the_inputs_of_a_failed_check(rig):
    report = rig.up(lambda: rig.Thing("a", value=pulumi.Output.secret("invalid")))
    given = {what: dict(properties) for what, properties in report.given}
    assert given["toy:index:Thing a"]["value"] == Secret("invalid")
    assert "given=" not in repr(report)


def test_a_failed_check_redacts_a_secret_in_a_mapping(rig):
    report = rig.up(lambda: rig.Thing("a", value={"invalid": [pulumi.Output.secret("hunter2")]}))
    assert "property value value {{'invalid': [[secret]]}} has a problem" in report.errors[0]
    assert "hunter2" not in report.errors[0]


def test_a_provider_exception_shows_its_traceback_and_loses_no_state(rig):
    def explode():
        raise KeyError("deep inside")

    rig.cloud.on = {("begin-create", "bad"): explode}

    def program():
        good = rig.Thing("good")
        rig.Thing("bad", link=good.id)

    report = rig.up(program)
    assert report.failed == [rig.urn("bad")]
    assert "Traceback" in report.errors[0]
    assert "deep inside" in report.errors[0]
    assert list(rig.state()) == ["good"]


def test_a_refresh_reads_all_resources_even_if_one_fails(rig):
    def program():
        rig.Thing("a", value="1")
        rig.Thing("b", value="1")

    rig.up(program)
    rig.cloud.failing = {("read", "a")}
    rig.cloud.things["b-1"]["value"] = "2"
    report = rig.refresh()
    assert report.failed == [rig.urn("a")]
    assert rig.state()["b"]["outputs"]["value"] == "2"
    assert rig.state()["a"]["outputs"]["value"] == "1"


def test_destroy_keeps_protected_resources_and_their_dependencies(rig):
    def program():
        base = rig.Thing("base")
        rig.Thing("kept", link=base.id, opts=ResourceOptions(protect=True))
        rig.Thing("other")

    rig.up(program)
    report = rig.destroy()
    assert report.failed == [rig.urn("kept")]
    assert "is protected" in report.errors[0]
    assert sorted(rig.state()) == ["base", "kept"]
    assert report.changes == {"delete": 1}


def test_a_failed_delete_keeps_its_dependencies(rig):
    def program():
        base = rig.Thing("base")
        rig.Thing("user", link=base.id)

    rig.up(program)
    rig.cloud.failing = {("delete", "user")}
    assert not rig.destroy().ok
    assert sorted(rig.state()) == ["base", "user"]
    rig.cloud.failing = set()
    assert rig.destroy().ok
    assert rig.resources() == []


def test_an_error_logged_by_the_program_does_not_fail_the_operation(rig):
    """As in Pulumi (pulumi/pulumi#5085): only an exception makes a program fail."""

    def program():
        pulumi.log.error("look at this")
        rig.Thing("a")

    report = rig.up(program)
    assert report.ok
    assert report.errors == ["look at this"]
    assert report.changes == {"create": 2}


# Order


def test_dependents_of_a_component_are_deleted_before_its_children(rig):
    def program():
        group = rig.Group("group")
        rig.Thing("inside", opts=ResourceOptions(parent=group))
        rig.Thing("after", opts=ResourceOptions(depends_on=[group]))

    rig.up(program)
    rig.cloud.changes()
    rig.destroy()
    assert rig.cloud.changes() == ["delete after-1", "delete inside-1"]


def test_parallel_limits_concurrent_steps(make_rig):
    rig = make_rig(parallel=2)
    running, running_counts = [], []

    def count_running():
        running.append(1)
        running_counts.append(len(running))
        threading.Event().wait(0.02)
        running.pop()

    rig.cloud.on = {("begin-create", f"t{n}"): count_running for n in range(6)}

    def program():
        for n in range(6):
            rig.Thing(f"t{n}")

    assert rig.up(program).ok
    assert max(running_counts) == 2


# Components, outputs, options


def test_a_component_has_the_outputs_that_it_registers(rig):
    class Part(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("toy:index:Group", name)
            self.register_outputs({"answer": 42, "hidden": pulumi.Output.secret("x")})

    rig.up(lambda: Part("part"))
    outputs = rig.state()["part"]["outputs"]
    assert outputs["answer"] == 42
    assert is_secret(outputs["hidden"])


def test_removed_outputs_leave_the_stack_unless_the_up_failed(rig):
    def program(*names, fail=False):
        for name in names:
            pulumi.export(name, name)
        if fail:
            raise RuntimeError("no")

    rig.up(lambda: program("a", "b"))
    report = rig.up(lambda: program("b", "c"))
    assert report.outputs == {"b": "b", "c": "c"}
    rig.up(lambda: program("d", fail=True))
    (stack,) = [r for r in rig.stack.export()["deployment"]["resources"] if r["type"] == "pulumi:pulumi:Stack"]
    assert {"b", "c"} <= stack["outputs"].keys()


def test_children_inherit_protect_and_retain_and_can_override_them(rig):
    def program():
        outer = rig.Group("outer", ResourceOptions(protect=True, retain_on_delete=True))
        inner = rig.Group("inner", ResourceOptions(parent=outer))
        rig.Thing("a", opts=ResourceOptions(parent=inner))
        rig.Thing("b", opts=ResourceOptions(parent=inner, protect=False))

    rig.up(program)
    assert {name: (r.get("protect"), r.get("retainOnDelete")) for name, r in rig.state().items()} == {
        "outer": (True, True),
        "inner": (True, True),
        "a": (True, True),
        "b": (None, True),
    }


def test_children_inherit_the_provider_of_their_component(rig):
    class Toy(pulumi.ProviderResource):
        def __init__(self, name, region):
            super().__init__("toy", name, {"region": region})

    def program():
        west, east = Toy("west", "w"), Toy("east", "e")
        outer = rig.Group("outer", ResourceOptions(providers=[west]))
        inner = rig.Group("inner", ResourceOptions(parent=outer))
        rig.Thing("a", opts=ResourceOptions(parent=inner))
        rig.Thing("b", opts=ResourceOptions(parent=inner, provider=east))
        rig.Thing("c")

    rig.up(program)
    made_by = {
        name: r["outputs"]["made_by"] for name, r in rig.state().items() if "outputs" in r and "Thing" in r["type"]
    }
    assert made_by == {"a": {"region": "w"}, "b": {"region": "e"}, "c": {}}


def test_a_default_provider_has_the_config_of_its_package(make_rig):
    rig = make_rig(config={"toy:region": "r", "other:x": "y"})
    rig.up(lambda: rig.Thing("a"))
    assert rig.state()["a"]["outputs"]["made_by"] == {"region": "r"}


def test_default_providers_can_be_disabled(make_rig):
    rig = make_rig(config={"pulumi:disable-default-providers": '["toy"]'})
    report = rig.up(lambda: rig.Thing("a"))
    assert "the default provider for 'toy' is disabled" in report.errors[0]


def test_custom_timeouts_are_stored_in_seconds_and_invalid_ones_are_refused(rig):
    rig.up(lambda: rig.Thing("a", opts=ResourceOptions(custom_timeouts=CustomTimeouts(create="1h30m", delete="500ms"))))
    assert rig.state()["a"]["customTimeouts"] == {"create": 5400.0, "delete": 0.5}
    report = rig.up(lambda: rig.Thing("a", opts=ResourceOptions(custom_timeouts=CustomTimeouts(update="soon"))))
    assert report.errors == [
        "toy:index:Thing 'a': custom_timeouts.update: expected a duration such as '5m' or '1h30m', got 'soon'"
    ]


def test_a_resource_reference_is_an_id_for_a_provider_without_reference_support(rig):
    def program():
        first = rig.Thing("first")
        rig.Thing("second", link=first)

    rig.up(program)
    assert rig.cloud.things["second-1"]["link"] == "first-1"
    assert rig.state()["second"]["inputs"]["link"] == "first-1"
    assert rig.state()["second"]["dependencies"] == [rig.urn("first")]
    assert rig.up().changes == {"same": 3}


def test_assets_and_archives_reach_the_state(rig):
    def program():
        archive = pulumi.AssetArchive({"a.txt": pulumi.StringAsset("hello")})
        rig.Thing("a", value=pulumi.StringAsset("hello"), nested={"archive": archive})

    assert rig.up(program).ok
    assert rig.state()["a"]["inputs"]["value"]["text"] == "hello"
    assert rig.up().changes == {"same": 2}


# Secrets


def test_a_secret_input_makes_the_output_of_its_name_secret(rig):
    rig.up(lambda: rig.Thing("a", secret=pulumi.Output.secret("hunter2"), nested={"deep": pulumi.Output.secret("x")}))
    outputs = rig.state()["a"]["outputs"]
    assert is_secret(outputs["secret"])
    assert is_secret(outputs["nested"]["deep"])
    assert rig.cloud.things["a-1"]["secret"] == "hunter2"


def test_additional_secret_outputs_can_be_added_and_removed(rig):
    def program(names):
        rig.Thing("a", value="v", opts=ResourceOptions(additional_secret_outputs=names))

    rig.up(lambda: program(["value", "derived"]))
    assert is_secret(rig.state()["a"]["outputs"]["derived"])
    rig.up(lambda: program(["derived"]))
    assert is_secret(rig.state()["a"]["outputs"]["derived"])


def test_a_value_that_becomes_secret_changes_only_the_state(rig):
    rig.up(lambda: rig.Thing("a", value="v"))
    assert rig.up(lambda: rig.Thing("a", value=pulumi.Output.secret("v"))).changes == {"same": 2}
    assert is_secret(rig.state()["a"]["inputs"]["value"])
    assert is_secret(rig.state()["a"]["outputs"]["value"])


def test_secret_outputs_of_one_are_secret_inputs_of_the_next(rig):
    def program():
        first = rig.Thing("first", secret=pulumi.Output.secret("hunter2"))
        rig.Thing("second", value=first.secret)

    rig.up(program)
    assert is_secret(rig.state()["second"]["inputs"]["value"])


def test_a_refresh_keeps_secrets_secret(rig):
    rig.up(lambda: rig.Thing("a", secret=pulumi.Output.secret("hunter2")))
    rig.refresh()
    state = rig.state()["a"]
    assert is_secret(state["inputs"]["secret"])
    assert is_secret(state["outputs"]["secret"])


# ignore_changes


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("nested.a", {"a": 1, "b": [20, 30], "n": 1}),
        ("nested.b[0]", {"a": 10, "b": [2, 30], "n": 1}),
        ("nested.b[*]", {"a": 10, "b": [2, 3], "n": 1}),
        ('nested["a"]', {"a": 1, "b": [20, 30], "n": 1}),
        ("nested", {"a": 1, "b": [2, 3], "gone": 1}),
        ("*", {"a": 1, "b": [2, 3], "gone": 1}),
        ("nested.n", {"a": 10, "b": [20, 30]}),
        ("nested.gone", {"a": 10, "b": [20, 30], "n": 1, "gone": 1}),
    ],
)
def test_ignored_paths_keep_their_values(rig, path, expected):
    rig.up(lambda: rig.Thing("a", nested={"a": 1, "b": [2, 3], "gone": 1}))
    new = {"a": 10, "b": [20, 30], "n": 1}
    rig.up(lambda: rig.Thing("a", nested=new, opts=ResourceOptions(ignore_changes=[path])))
    assert rig.state()["a"]["inputs"]["nested"] == expected


def test_an_ignored_path_beyond_a_list_is_reported(rig):
    rig.up(lambda: rig.Thing("a", nested=[1]))
    report = rig.up(lambda: rig.Thing("a", nested=[1, 2], opts=ResourceOptions(ignore_changes=["nested[1]"])))
    assert rig.state()["a"]["inputs"]["nested"] == [1, 2]
    assert [d.text for d in report.diagnostics] == [
        'cannot ignore changes in added or removed elements of the path: "nested[1]"'
    ]


# Functions


def test_an_invoke_uses_the_config_of_its_provider(make_rig):
    rig = make_rig(config={"toy:region": "r"})
    answers = []
    rig.up(lambda: answers.append(pulumi.runtime.invoke("toy:index:ask", {"question": "q"}).value))
    assert answers == [{"answer": "q", "config": {"region": "r"}}]


def test_an_invoke_with_invalid_arguments_fails_the_program(rig):
    report = rig.up(lambda: pulumi.runtime.invoke("toy:index:ask", {"bad": True}))
    assert not report.ok
    assert "is not good" in report.errors[0]


def test_an_invoke_with_unknown_arguments_is_unknown_in_a_preview(rig):
    seen = []

    def program():
        first = rig.Thing("first")
        answer = pulumi.runtime.invoke_output("toy:index:ask", {"question": first.id})
        answer.apply(seen.append)

    rig.preview(program)
    assert seen == []
    rig.up()
    assert seen[0]["answer"] == "first-1"
