"""A create that may run twice, as it goes in a stack: one key on the channel, and the state holds that key."""

import pytest

from ivs_stream_key.properties import EXISTING_KEY_CHOICES

every_policy = pytest.mark.parametrize("existing_key", EXISTING_KEY_CHOICES)


@pytest.mark.slow("a life for each choice")
@every_policy
def test_a_key_with_a_lost_create_response_is_in_the_state(life, existing_key):
    life.wish["existing_key"] = existing_key
    life.faults.lose_response("CreateStreamKey")
    up = life.up()
    assert [call.operation for call in up.calls].count("CreateStreamKey") == 2
    assert life.held()


@pytest.mark.slow("a life for each choice")
@every_policy
def test_permanently_lost_responses_fail_the_up_and_the_next_one_has_the_key(life, existing_key):
    life.wish["existing_key"] = existing_key
    life.faults.lose_response("CreateStreamKey", times=None)
    life.faults.error("ListStreamKeys", "InternalServerException", "sorry", after=1, times=None)
    assert "now: the channel may have no stream key" in life.refuses(life.up, "Unreachable")
    life.faults.clear()
    life.up()
    assert life.held()


@pytest.mark.slow("a crash after each call", quick="CreateStreamKey-adopt")
@every_policy
@pytest.mark.parametrize("operation", ["ListStreamKeys", "CreateStreamKey"])
def test_a_crash_after_any_call_of_a_create_is_repaired_by_the_next_up(life, existing_key, operation):
    life.wish["existing_key"] = existing_key
    life.faults.crash_after(operation)
    with pytest.raises(Exception, match=r"process ended during (Check|Create)"):
        life.up()
    assert life.up().plan == {"key": "create"}
    assert life.held()


@pytest.mark.slow("a crash at each call")
@pytest.mark.parametrize("operation", ["ListStreamKeys", "DeleteStreamKey", "CreateStreamKey"])
def test_a_crash_while_replacing_an_existing_key_is_repaired_by_the_next_up(life_with_key, operation):
    life = life_with_key
    life.faults.crash_after(operation)
    with pytest.raises(Exception, match=r"process ended during (Check|Create)"):
        life.up()
    life.up()
    assert life.held()["arn"] != life.first["arn"]


@pytest.mark.slow("a crash at each call")
@pytest.mark.parametrize(
    "operation",
    [
        "ListStreamKeys",
        "GetStreamKey",
        pytest.param("TagResource", marks=pytest.mark.real("a provider that dies after its last call")),
    ],
)
def test_a_crash_while_adopting_a_key_is_repaired_and_the_key_kept(life_with_key, operation):
    life = life_with_key
    life.wish |= {"existing_key": "adopt", "tags": {"team": "live"}}
    life.faults.crash_after(operation)
    with pytest.raises(Exception, match=r"process ended during (Check|Create)"):
        life.up()
    life.up()
    assert life.held()["value"] == life.first["value"]
    assert life.tags() == {"team": "live"}


@pytest.mark.slow("several operations of a stack with a key")
def test_fail_reports_another_owners_key_and_keeps_it(life_with_key):
    life = life_with_key
    life.wish["existing_key"] = "fail"
    error = life.refuses(life.up, "KeyExists")
    assert f"\n  got: {life.first['arn']}\n" in error
    assert [key["arn"] for key in life.on_channel()] == [life.first["arn"]]
    life.ivs.delete_stream_key(arn=life.first["arn"])
    life.up()
    assert life.held()


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.real("what a create left behind, and no state of it")
def test_fail_reuses_a_crashs_key_after_the_program_was_edited(life):
    life.wish["existing_key"] = "fail"
    life.faults.crash_after("CreateStreamKey")
    with pytest.raises(Exception, match=r"process ended during (Check|Create)"):
        life.up()
    (left,) = life.on_channel()
    life.wish["tags"] = {"team": "live"}
    life.up()
    assert life.held()["arn"] == left["arn"]
    assert life.tags() == {"team": "live"}


@pytest.mark.slow("starts processes of providers")
def test_a_create_takes_at_most_three_calls_and_an_unchanged_key_one_per_refresh(life):
    def asked(result):
        return [call.operation for call in result.calls]

    assert asked(life.up()) == ["ListStreamKeys", "CreateStreamKey"]
    assert asked(life.up()) == asked(life.preview()) == []
    assert asked(life.stack.refresh()) == ["GetStreamKey"]
