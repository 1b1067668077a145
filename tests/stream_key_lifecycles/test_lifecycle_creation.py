"""Creates that fail or are repeated: one key on the channel, which is in the state."""

import pytest

from ivs_stream_key.properties import EXISTING_KEY_CHOICES

every_policy = pytest.mark.parametrize("existing_key", EXISTING_KEY_CHOICES)


@pytest.mark.slow("a lifecycle for each choice")
@every_policy
def test_a_key_with_a_lost_create_response_is_in_the_state(lifecycle, existing_key):
    lifecycle.inputs["existing_key"] = existing_key
    lifecycle.faults.lose_response("CreateStreamKey")
    up = lifecycle.up()
    assert [call.operation for call in up.calls].count("CreateStreamKey") == 2
    assert lifecycle.key_in_state()


@pytest.mark.slow("a lifecycle for each choice")
@every_policy
def test_permanently_lost_responses_fail_the_up_and_the_next_one_has_the_key(lifecycle, existing_key):
    lifecycle.inputs["existing_key"] = existing_key
    lifecycle.faults.lose_response("CreateStreamKey", times=None)
    lifecycle.faults.error("ListStreamKeys", "InternalServerException", "sorry", after=1, times=None)
    assert "now: the channel may have no stream key" in lifecycle.assert_refused(lifecycle.up, "Unreachable")
    lifecycle.faults.clear()
    lifecycle.up()
    assert lifecycle.key_in_state()


@pytest.mark.slow("a crash after each call", quick="CreateStreamKey-adopt")
@every_policy
@pytest.mark.parametrize("operation", ["ListStreamKeys", "CreateStreamKey"])
def test_a_crash_after_any_call_of_a_create_is_repaired_by_the_next_up(lifecycle, existing_key, operation):
    lifecycle.inputs["existing_key"] = existing_key
    lifecycle.faults.crash_after(operation)
    with pytest.raises(Exception, match=r"process ended during (Check|Create)"):
        lifecycle.up()
    assert lifecycle.up().plan == {"key": "create"}
    assert lifecycle.key_in_state()


@pytest.mark.slow("a crash at each call")
@pytest.mark.parametrize("operation", ["ListStreamKeys", "DeleteStreamKey", "CreateStreamKey"])
def test_a_crash_while_replacing_an_existing_key_is_repaired_by_the_next_up(lifecycle_with_key, operation):
    lifecycle = lifecycle_with_key
    lifecycle.faults.crash_after(operation)
    with pytest.raises(Exception, match=r"process ended during (Check|Create)"):
        lifecycle.up()
    lifecycle.up()
    assert lifecycle.key_in_state()["arn"] != lifecycle.default_key["arn"]


@pytest.mark.slow("a crash at each call")
@pytest.mark.parametrize(
    "operation",
    [
        "ListStreamKeys",
        "GetStreamKey",
        pytest.param("TagResource", marks=pytest.mark.real("a provider that dies after its last call")),
    ],
)
def test_a_crash_while_adopting_a_key_is_repaired_and_the_key_kept(lifecycle_with_key, operation):
    lifecycle = lifecycle_with_key
    lifecycle.inputs |= {"existing_key": "adopt", "tags": {"team": "live"}}
    lifecycle.faults.crash_after(operation)
    with pytest.raises(Exception, match=r"process ended during (Check|Create)"):
        lifecycle.up()
    lifecycle.up()
    assert lifecycle.key_in_state()["value"] == lifecycle.default_key["value"]
    assert lifecycle.tags() == {"team": "live"}


@pytest.mark.slow("several operations of a stack with a key")
def test_fail_reports_another_owners_key_and_keeps_it(lifecycle_with_key):
    lifecycle = lifecycle_with_key
    lifecycle.inputs["existing_key"] = "fail"
    error = lifecycle.assert_refused(lifecycle.up, "KeyExists")
    assert f"\n  got: {lifecycle.default_key['arn']}\n" in error
    assert [key["arn"] for key in lifecycle.keys_on_channel()] == [lifecycle.default_key["arn"]]
    lifecycle.ivs.delete_stream_key(arn=lifecycle.default_key["arn"])
    lifecycle.up()
    assert lifecycle.key_in_state()


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.real("a create whose key is not in the state")
def test_fail_reuses_a_crashs_key_after_the_program_was_edited(lifecycle):
    lifecycle.inputs["existing_key"] = "fail"
    lifecycle.faults.crash_after("CreateStreamKey")
    with pytest.raises(Exception, match=r"process ended during (Check|Create)"):
        lifecycle.up()
    (created,) = lifecycle.keys_on_channel()
    lifecycle.inputs["tags"] = {"team": "live"}
    lifecycle.up()
    assert lifecycle.key_in_state()["arn"] == created["arn"]
    assert lifecycle.tags() == {"team": "live"}


@pytest.mark.slow("starts processes of providers")
def test_a_create_takes_at_most_three_calls_and_an_unchanged_key_one_per_refresh(lifecycle):
    def operations_called(result):
        return [call.operation for call in result.calls]

    assert operations_called(lifecycle.up()) == ["ListStreamKeys", "CreateStreamKey"]
    assert operations_called(lifecycle.up()) == operations_called(lifecycle.preview()) == []
    assert operations_called(lifecycle.stack.refresh()) == ["GetStreamKey"]
