"""One test suite on two engines: selecting an engine, and errors for what an engine does not support."""

import os

import pytest

from rehearsal.testing import Rehearse


@pytest.mark.slow("pytest runs in pytest")
def test_a_marked_test_is_skipped_on_the_other_engine_with_its_reason(run):
    tests = """
    @pytest.mark.rehearse_engine("rehearsal", reason="it looks inside")
    def test_inside(rehearse):
        assert rehearse.engine == "rehearsal"

    @pytest.mark.rehearse_engine("pulumi", reason="it looks at the CLI")
    def test_outside(rehearse):
        assert rehearse.engine == "pulumi"

    def test_both(rehearse, pytestconfig):
        assert rehearse.engine == pytestconfig.getoption("rehearse_engine")
    """
    for engine, reason in (
        ("rehearsal", "pulumi alone: it looks at the CLI"),
        ("pulumi", "rehearsal alone: it looks inside"),
    ):
        result = run(tests, f"--rehearse-engine={engine}", "-rs")
        result.assert_outcomes(passed=2, skipped=1)
        result.stdout.fnmatch_lines([f"*on the engine {reason}*"])


@pytest.mark.slow("pytest in a process of its own")
@pytest.mark.parametrize(
    ("marker", "message"),
    [('"pulmi", reason="x"', "*got 'pulmi'*"), ('"pulumi"', "*missing 1 required keyword-only argument: 'reason'*")],
)
def test_a_marker_without_a_reason_is_an_error(run, marker, message):
    result = run(f"@pytest.mark.rehearse_engine({marker})\ndef test_it(): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([message])


@pytest.mark.slow("pytest in a process of its own")
@pytest.mark.skipif(os.name == "nt", reason="on Windows the error is that the real engine needs another system")
def test_without_a_cli_an_operation_fails_with_a_remedy(run, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    result = run("def test_it(rehearse): rehearse(lambda: None).up()", "--rehearse-engine=pulumi")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*NoRealEngine: the real engine needs the Pulumi CLI, and there is no `pulumi` on PATH*"]
    )


@pytest.fixture
def rehearse():
    made = Rehearse(engine="pulumi")
    yield made
    made.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"provider_process": False}, "in a process of their own"),
        ({"providers": {"*": object}}, "name the package"),
        ({"engine": "pulmi"}, "expected one of 'rehearsal', 'pulumi', got 'pulmi'"),
        ({"engine": "rehearsal", "provider_process": True, "provider_startup": "x"}, 'use engine="pulumi"'),
    ],
)
def test_an_unsupported_operation_of_an_engine_is_a_clear_error(rehearse, options, message):
    with pytest.raises(Exception, match=message):
        rehearse(lambda: None, **options)


def test_an_unused_stack_is_empty(rehearse):
    stack = rehearse(lambda: None)
    assert stack.resources() == []
    assert stack.outputs() == {}
    assert not stack.crash_providers()
