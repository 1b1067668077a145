"""Assertions on the results of operations, and their failure messages."""

from __future__ import annotations

import pulumi
import pytest

from rehearsal.engine.events import Op, Report, StepRecord
from rehearsal.state.property_values import Secret
from rehearsal.testing.plan import Plan
from rehearsal.testing.results import PreviewResult

STACK = "urn:pulumi:test::shop::pulumi:pulumi:Stack::shop-test"
CHANNEL = "urn:pulumi:test::shop::shop:index:Live$aws:ivs/channel:Channel::live"
KEY = "urn:pulumi:test::shop::shop:index:Live$pulumi-python:dynamic/ivs:StreamKey::live"
BUCKET = "urn:pulumi:test::shop::aws:s3/bucket:Bucket::recordings"


def preview(*steps: StepRecord, **outputs: object) -> PreviewResult:
    report = Report(op="preview", dry_run=True, outputs=outputs)
    for step in steps:
        report.begin(step)
        report.end(step)
    return PreviewResult("", report, [])


@pytest.fixture
def rotation() -> PreviewResult:
    """A preview with a key that is replaced delete-first, a bucket replaced create-first, and an unchanged channel."""
    return preview(
        StepRecord(Op.SAME, STACK),
        StepRecord(Op.SAME, CHANNEL),
        StepRecord(Op.DELETE_REPLACED, KEY),
        StepRecord(Op.REPLACE, KEY, keys=("rotation",), diff={"rotation": "update"}),
        StepRecord(Op.CREATE_REPLACEMENT, KEY),
        StepRecord(Op.CREATE_REPLACEMENT, BUCKET),
        StepRecord(Op.REPLACE, BUCKET, keys=("name",), diff={"name": "update"}),
        StepRecord(Op.DELETE_REPLACED, BUCKET),
    )


ROTATION = (
    "the preview would do:\n"
    "  replace StreamKey::live [diff: ~rotation] [replaced for: rotation]\n"
    "  replace Bucket::recordings [diff: ~name] [replaced for: name]"
)


def test_successful_assertions_return_true(rotation):
    assert rotation.replaces("StreamKey::live", BUCKET, "recordings")
    assert rotation.keeps("Channel::live", CHANNEL)
    assert rotation.deletes_before_creating(KEY)
    assert rotation.creates_before_deleting("recordings")
    assert preview(StepRecord(Op.SAME, CHANNEL)).has_no_changes()
    assert preview(StepRecord(Op.UPDATE, CHANNEL)).has_no_replacements()
    assert preview(StepRecord(Op.UPDATE, CHANNEL)).updates("live")
    assert preview(StepRecord(Op.UPDATE, CHANNEL)).keeps("live")
    assert preview(StepRecord(Op.CREATE, CHANNEL)).creates("live")
    assert preview(StepRecord(Op.DELETE, CHANNEL)).deletes("live")


@pytest.mark.parametrize(
    ("assertion", "resources", "expected"),
    [
        ("has_no_changes", (), "expected no changes"),
        ("has_no_replacements", (), "expected no replacements"),
        ("creates", (KEY,), f"expected {KEY} to be created"),
        ("updates", ("StreamKey::live",), "expected StreamKey::live to be updated"),
        ("deletes", ("recordings",), "expected recordings to be deleted"),
        ("replaces", ("Channel::live",), "expected Channel::live to be replaced"),
        ("keeps", ("Channel::live", "recordings"), "expected recordings to be kept"),
        ("deletes_before_creating", ("recordings",), "expected recordings to be deleted before it is created"),
        ("deletes_before_creating", ("Channel::live",), "expected Channel::live to be replaced"),
        ("creates_before_deleting", (KEY,), f"expected {KEY} to be created before it is deleted"),
    ],
)
def test_failed_assertions_show_expected_and_actual(rotation, assertion, resources, expected):
    with pytest.raises(AssertionError) as failure:
        getattr(rotation, assertion)(*resources)
    assert str(failure.value) == f"{expected}; {ROTATION}"


def test_an_ambiguous_name_is_refused_with_a_remedy(rotation):
    with pytest.raises(
        AssertionError, match=r"^'live' may be any of 2 resources; name one by its URN, or by "
    ) as failure:
        rotation.keeps("live")
    assert [line.split()[0] for line in str(failure.value).splitlines()[1:]] == ["Channel::live", "StreamKey::live"]


def test_a_missing_resource_is_refused_with_the_existing_ones(rotation):
    with pytest.raises(AssertionError, match=r"^no resource 'lives' in this operation; there is Stack::shop-test, "):
        rotation.keeps("lives")
    with pytest.raises(AssertionError, match="there is no resource at all"):
        preview().keeps("live")


def test_a_name_suffix_does_not_match():
    alike = preview(StepRecord(Op.SAME, CHANNEL), StepRecord(Op.CREATE, CHANNEL.replace("Channel:", "SubChannel:")))
    assert alike.keeps("Channel::live")


def test_a_refresh_that_found_drift_has_changes():
    report = Report(op="refresh")
    step = StepRecord(Op.REFRESH, CHANNEL)
    report.begin(step)
    report.end(step, Op.UPDATE)
    with pytest.raises(AssertionError, match="expected no changes; the refresh did:"):
        PreviewResult("", report, []).has_no_changes()


def test_an_output_is_secret_or_within_a_secret():
    outputs = preview(key=Secret("k"), channels={"live": {"keys": [Secret("k")], "arn": "a"}}, all=Secret({"a": "b"}))
    assert outputs.is_secret("key")
    assert outputs.is_secret("channels.live.keys[0]")
    assert outputs.is_secret("all.a")
    with pytest.raises(AssertionError, match=r"^stack output 'channels.live.arn' is not secret: anybody who sees"):
        outputs.is_secret("channels.live.arn")
    with pytest.raises(AssertionError, match=r"^stack output 'channels' is not secret"):
        outputs.is_secret("channels")
    with pytest.raises(AssertionError, match=r"^no stack output 'channels.dead'; there is live$"):
        outputs.is_secret("channels.dead")
    with pytest.raises(AssertionError, match=r"^no stack output 'channels.live.keys.1'; there is a list$"):
        outputs.is_secret("channels.live.keys[1]")
    with pytest.raises(AssertionError, match=r"^no stack output 'key'; there is nothing$"):
        preview().is_secret("key")


def test_a_plan_equals_a_dictionary_of_changes(rotation):
    assert rotation.plan == {"StreamKey::live": "replace", "recordings": "replace"}
    assert rotation.plan == {KEY: "replace", "recordings": "replace", "Channel::live": "same"}
    assert rotation.plan != {"recordings": "replace"}
    assert rotation.plan != 3
    assert rotation.plan[KEY] == "replace"
    assert "recordings" in rotation.plan
    assert "nothing" not in rotation.plan
    assert len(rotation.plan) == 4
    assert repr(rotation.plan) == "Plan({'StreamKey::live': 'replace', 'Bucket::recordings': 'replace'})"


def test_the_stack_resource_is_optional_in_a_plan():
    assert Plan([StepRecord(Op.CREATE, STACK), StepRecord(Op.CREATE, BUCKET)]) == {"recordings": "create"}


def test_a_failed_step_is_marked(rotation):
    failed = preview(StepRecord(Op.CREATE, KEY, failed=True))
    assert failed.plan.lines() == ["  create StreamKey::live [failed]"]


@pytest.mark.slow("pytest in a process of its own")
def test_pytest_explains_an_unexpected_plan(run):
    result = run(
        """
        def test_plan(rehearse):
            stack = rehearse(lambda: [Note("a"), Note("b", "x")], check_destroy=False)
            stack.up()
            plan = stack.preview(program=lambda: [Note("b", "y"), Note("c")]).plan
            assert plan == {"a": "same", "b": "replace", "d": "create"}
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E       assert the plan is not as expected:",
            "E         a: expected same, planned: delete Note::a",
            "E         b: expected replace, planned: update Note::b [[]diff: ~text]",
            "E         d: expected create, but there is none",
            "E         Note::c: not expected, planned: create Note::c",
        ]
    )


@pytest.mark.slow("pytest in a process of its own")
def test_a_failed_assertion_hides_the_plugins_frames(run):
    result = run(
        """
        def test_claim(rehearse):
            stack = rehearse(lambda: Note("a"), check_destroy=False)
            stack.up()
            assert stack.preview(program=lambda: Note("a", "y")).has_no_changes()
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*AssertionError: expected no changes; the preview would do:", "*update Note::a [[]diff: +text]"]
    )
    result.stdout.no_fnmatch_line("*assertions.py*")


@pytest.mark.slow("pytest in a process of its own")
def test_is_secret_checks_a_resource_output_in_the_state(run):
    result = run(
        """
        def program():
            Note("a", pulumi.Output.secret("swordfish"))

        def test_secret(rehearse):
            stack = rehearse(program)
            stack.up()
            assert stack.is_secret("Note::a", "text")
            with pytest.raises(AssertionError, match="output 'serial' of a is in plaintext in the state; name it in"):
                stack.is_secret("a", "serial")
            with pytest.raises(AssertionError, match="a has no output 'txt'; it has"):
                stack.is_secret("a", "txt")
            with pytest.raises(LookupError, match="no resource 'b'; there is Stack::rehearsal-test, .*Note::a"):
                stack.resource("b")
        """
    )
    result.assert_outcomes(passed=1)


@pytest.mark.filterwarnings("error")
def test_the_deprecated_name_warns_and_behaves_the_same(rehearse):
    stack = rehearse(lambda: pulumi.export("key", pulumi.Output.secret("hunter2")))
    up = stack.up()
    with pytest.warns(DeprecationWarning, match="is_secret"):
        assert up.secret("key")
    with pytest.warns(DeprecationWarning, match="is_secret"), pytest.raises(LookupError):
        stack.secret("nothing", "value")
    assert up.outputs["key"].value == "hunter2"
