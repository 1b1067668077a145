"""Faults and drift through the fixture, with stream keys, as a provider's author tests them."""

from __future__ import annotations

import pytest

PROGRAM = """
import pulumi, pytest
from ivs_channel import LiveChannel
from rehearsal.testing import OperationFailed

def program():
    live = LiveChannel("live")
    pulumi.export("arn", live.channel_arn)
    pulumi.export("key", live.stream_key)

KEY = "StreamKey::live"
"""


@pytest.fixture(params=[True, False], ids=["process", "in-process"])
def run_channel_test(request, run):
    """Return a function that runs a test of a live channel, with or without a provider process."""
    process = ["--rehearse-provider-process"] if request.param else []
    return lambda test: run(PROGRAM + test, *process)


@pytest.mark.slow("a process of the provider")
def test_a_provider_crash_after_a_call_leaves_no_orphan(run_channel_test):
    run_channel_test(
        """
def test_crash(rehearse):
    stack = rehearse(program)
    rehearse.faults.crash_after("CreateStreamKey")
    with pytest.raises(OperationFailed, match="the dynamic provider's process ended during Create"):
        stack.up()
    arn = stack.cloud.boto3("ivs").list_channels()["channels"][0]["arn"]
    keys = stack.cloud.boto3("ivs").list_stream_keys(channelArn=arn)["streamKeys"]
    assert len(keys) == 1, "the key was made before the crash"
    assert stack.up().plan == {KEY: "create"}
    keys = stack.cloud.boto3("ivs").list_stream_keys(channelArn=arn)["streamKeys"]
    assert stack.resource(KEY).id == keys[0]["arn"]
"""
    ).assert_outcomes(passed=1)


@pytest.mark.slow("a process of the provider")
def test_throttled_and_lost_calls_are_retried(run_channel_test):
    run_channel_test(
        """
def test_faults(rehearse):
    stack = rehearse(program)
    stack.faults.throttle("CreateStreamKey")
    stack.faults.lose_response("CreateStreamKey")
    up = stack.up()
    assert up.is_secret("key")
    assert [call.operation for call in up.calls].count("CreateStreamKey") == 3
"""
    ).assert_outcomes(passed=1)


@pytest.mark.slow("lifecycles with a provider of their own")
def test_an_unused_fault_fails_the_test(run):
    result = run(
        PROGRAM
        + """
def test_typo(rehearse):
    rehearse.faults.throttle("CreateStreamKeys")
    rehearse(program).up()

def test_allowed(rehearse):
    rehearse.faults.throttle("CreateStreamKeys", must_fire=False)
    rehearse(program).up()

def test_left_out(rehearse):
    rehearse.faults.throttle("CreateStreamKeys")
    rehearse(program, check_faults=False).up()
"""
    )
    result.assert_outcomes(passed=3, errors=1)
    result.stdout.fnmatch_lines(
        ["the fault throttle('CreateStreamKeys') never happened: CreateStreamKeys was not called; CreateStreamKey was*"]
    )


@pytest.mark.slow("lifecycles with a provider of their own")
def test_drift_is_found_and_repaired(run):
    run(
        PROGRAM
        + """
def test_drift(rehearse):
    stack = rehearse(program)
    up = stack.up()
    ivs = stack.cloud.boto3("ivs")
    ivs.delete_stream_key(arn=stack.resource(KEY).id)
    refreshed = stack.refresh()
    assert refreshed.summary.resource_changes["delete"] == 1
    with pytest.raises(AssertionError, match="expected no changes"):
        refreshed.has_no_changes()
    assert stack.up().plan == {KEY: "create"}
    assert stack.outputs()["key"].value != up.outputs["key"].value
"""
    ).assert_outcomes(passed=1)


@pytest.mark.slow("pytest runs in pytest")
def test_a_secret_known_only_to_the_cloud_must_not_leak(run):
    result = run(
        PROGRAM
        + """
def program():
    live = LiveChannel("live")
    pulumi.export("key", live.stream_key.apply(lambda key: print("your key:", key)))

def test_leak(rehearse):
    rehearse(program).up()
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*is in what was printed or logged: *your key: ?secret?*"])
