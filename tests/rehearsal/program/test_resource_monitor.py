"""Requests of the SDK other than plain registrations, and refused requests."""

import pulumi
import pytest


def test_a_method_of_a_resource_is_refused_by_name(rig):
    def program():
        pulumi.export("x", pulumi.runtime.call("toy:index:Thing/do", {}))

    report = rig.up(program)
    assert not report.ok
    assert "rehearsal does not model Call; run this program with the Pulumi CLI" in report.errors[0]


def test_a_reference_to_a_missing_stack_is_refused_by_name(rig):
    report = rig.up(lambda: pulumi.StackReference("org/p/prod"))
    assert not report.ok
    assert "no stack 'org/p/prod' was brought up" in report.errors[0]


def test_an_unmodelled_type_is_refused_by_name(rig):
    report = rig.up(lambda: pulumi.CustomResource("other:index:X", "x", {}))
    assert not report.ok
    assert "other:index:X" in report.errors[0]
    assert "x" not in rig.state()


def test_an_unmodelled_function_is_refused_by_name(make_rig):
    from rehearsal import Provider

    rig = make_rig(providers={"toy:*": Provider})
    report = rig.up(lambda: pulumi.runtime.invoke("toy:index:ask", {}))
    assert "toy:index:ask is not modelled by Provider" in report.errors[0]


def test_a_duplicate_name_is_refused_and_the_first_resource_stays(rig):
    def program():
        first = rig.Thing("a")
        rig.Thing("a", opts=pulumi.ResourceOptions(depends_on=[first]))

    report = rig.up(program)
    assert report.errors == [f"Duplicate resource URN '{rig.urn('a')}'; try giving it a unique name"]
    assert report.failed == []
    assert list(rig.state()) == ["a"]


def test_a_resource_passed_as_a_value_is_rehydrated(rig):
    seen = []

    def program():
        first = rig.Thing("first", value="v")
        second = rig.Thing("second", link=first)
        second.link.apply(seen.append)

    assert rig.up(program).ok
    assert len(seen) == 1


@pytest.mark.parametrize("severity", ["info", "warning", "debug"])
def test_log_messages_except_debug_are_in_the_report(rig, severity):
    report = rig.up(lambda: getattr(pulumi.log, {"warning": "warn"}.get(severity, severity))("hello"))
    assert [(d.severity, d.text) for d in report.diagnostics] == ([] if severity == "debug" else [(severity, "hello")])
    # The SDK itself logs debug messages too.
    assert ("hello" in report.debug) is (severity == "debug")
    assert report.ok


def test_a_secret_id_is_reported_as_unsupported(rig):
    report = rig.up(lambda: rig.Thing("a", opts=pulumi.ResourceOptions(additional_secret_outputs=["id"])))
    assert report.ok
    assert [d.severity for d in report.diagnostics] == ["warning"]
    assert rig.state()["a"]["id"] == "a-1"


def test_a_program_that_raises_shows_its_own_part_of_the_traceback(rig):
    def program():
        raise RuntimeError("no such luck")

    report = rig.up(program)
    assert report.errors[0].endswith("RuntimeError: no such luck")


def test_a_run_error_shows_only_its_message(rig):
    def program():
        raise pulumi.RunError("set a region")

    assert rig.up(program).errors == ["set a region"]


def test_an_exit_of_the_program_is_a_failure(rig):
    def program():
        raise SystemExit(3)

    assert rig.up(program).errors == ["the program ended itself: exit code 3"]


def test_resources_of_this_run_are_rehydrated_by_their_urns(rig):
    seen = []

    def again(urn):
        options = pulumi.ResourceOptions(urn=urn)
        if "Group" in urn:
            rig.Group("again", options).urn.apply(seen.append)
        else:
            rig.Thing("again", opts=options).derived.apply(seen.append)

    def program():
        for made in (rig.Group("group"), rig.Thing("thing", value="v")):
            made.urn.apply(again)

    report = rig.up(program)
    assert report.ok, report.errors
    assert sorted(seen) == ["thing=v", rig.urn("group", type="toy:index:Group")]
    assert sorted(rig.state()) == ["group", "thing"]


def test_rehydrating_a_missing_resource_names_it(rig):
    urn = rig.urn("nowhere", type="toy:index:Group")
    report = rig.up(lambda: rig.Group("again", pulumi.ResourceOptions(urn=urn)))
    assert not report.ok
    reason = f"invocation of pulumi:pulumi:getResource returned an error: unknown resource {urn}"
    assert any(reason in error for error in report.errors), report.errors
