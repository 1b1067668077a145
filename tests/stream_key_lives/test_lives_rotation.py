"""Rotation, whatever asks for it: another key under the same URN, the old one gone first, nothing left to change."""

import pulumi
import pytest

from rehearsal.testing import OperationFailed


def rotated(life, before):
    """Whether the old key is gone, and the channel's new one is what the state holds."""
    after = life.held()
    return after["arn"] != before["arn"] and after["value"] != before["value"]


def test_a_changed_trigger_replaces_the_key_and_deletes_first(life):
    life.wish["rotation_triggers"] = {"season": 1}
    life.up()
    before = life.held()
    life.wish["rotation_triggers"] = {"season": 2}
    planned = life.preview()
    assert planned.plan == {"key": "replace"}
    assert planned.deletes_before_creating("key")
    assert life.held() == before
    assert life.up().deletes_before_creating("key")
    assert rotated(life, before)


def test_what_a_trigger_is_made_of_may_stay_secret(life):
    life.wish["rotation_triggers"] = lambda: {"leak": pulumi.Output.secret("incident-4711")}
    life.up()
    before = life.held()
    life.wish["rotation_triggers"] = lambda: {"leak": pulumi.Output.secret("incident-4712")}
    life.up()
    assert rotated(life, before)


def test_age_replaces_the_key_by_the_first_up_that_runs_when_it_is_due(life, pass_days, capfd):
    life.wish["rotation_days"] = 30
    life.up()
    before = life.held()
    assert life.stack.resource("key").outputs["rotation_due_at"] == "2026-01-31T00:00:00Z"
    pass_days(29)
    life.up(expect_no_changes=True)
    pass_days(1)
    assert life.stack.refresh(expect_no_changes=True)
    capfd.readouterr()
    assert life.preview().plan == {"key": "replace"}
    assert "is due for rotation: it came under Pulumi at 2026-01-01T00:00:00Z" in capfd.readouterr().err
    assert life.held() == before
    life.up()
    assert rotated(life, before)
    assert life.stack.resource("key").outputs["rotation_due_at"] == "2026-03-02T00:00:00Z"


def test_an_adopted_key_is_due_by_the_time_that_it_is_under_pulumi(life_with_key, pass_days):
    life = life_with_key
    pass_days(1000)
    life.wish |= {"existing_key": "adopt", "rotation_days": 7}
    life.up()
    assert life.held()["value"] == life.first["value"]
    pass_days(6)
    life.up(expect_no_changes=True)
    life.wish["existing_key"] = "replace"
    life.up()
    pass_days(1)
    life.up()
    assert rotated(life, life.first)


def test_days_that_are_asked_for_later_rotate_only_what_is_due_by_them(life, pass_days):
    life.up()
    before = life.held()
    pass_days(10)
    life.wish["rotation_days"] = 11
    assert life.up().plan == {"key": "update"}
    assert life.held() == before
    life.wish["rotation_days"] = 10
    assert life.up().plan == {"key": "replace"}
    assert rotated(life, before)


def test_replace_on_request_deletes_first_too(life):
    life.up()
    before = life.held()
    urn = life.stack.resource("key").urn
    assert life.preview(replace=[urn]).plan == {"key": "replace"}
    assert life.up(replace=[urn]).deletes_before_creating("key")
    assert rotated(life, before)


def test_replace_on_request_works_create_first_where_the_program_says_so(life):
    life.opts["delete_before_replace"] = False
    life.up()
    before = life.held()
    life.up(replace=[life.stack.resource("key").urn])
    assert rotated(life, before)


def test_so_does_the_option_replacement_trigger(life):
    life.opts["replacement_trigger"] = "spring"
    life.up()
    before = life.held()
    life.opts["replacement_trigger"] = "summer"
    assert life.up().plan == {"key": "replace"}
    assert rotated(life, before)


def test_another_channel_replaces_the_key_and_the_old_channel_has_none(life):
    life.up()
    old = life.channel
    life.channel = life.ivs.create_channel(name="new")["channel"]["arn"]
    life.up()
    assert life.held()["channelArn"] == life.channel
    assert life.ivs.list_stream_keys(channelArn=old)["streamKeys"] == []
    life.wish = None
    life.up()
    life.ivs.delete_channel(arn=life.channel)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("PendingVerification", "PendingVerification"),
        ("AccessDeniedException", "AccessDenied"),
        ("ServiceQuotaExceededException", "QuotaExceeded"),
    ],
)
def test_a_rotation_whose_second_half_fails_says_so_and_the_next_up_repairs_it(life, code, kind):
    life.wish["rotation_triggers"] = {"season": 1}
    life.up()
    before = life.held()
    life.wish["rotation_triggers"] = {"season": 2}
    life.faults.error("CreateStreamKey", code, "not now")
    error = life.refuses(life.up, kind)
    assert "\n  AWS said: " in error
    assert "\n  remedy: " in error
    assert life.on_channel() == []
    if kind != "QuotaExceeded":
        assert "\n  now: the channel has no stream key" in error
    life.up()
    assert rotated(life, before)


@pytest.mark.parametrize("operation", ["GetStream", "DeleteStreamKey", "ListStreamKeys", "CreateStreamKey"])
def test_a_crash_after_any_call_of_a_rotation_is_mended_by_the_next_up(life, operation):
    life.wish["rotation_triggers"] = {"season": 1}
    life.up()
    before = life.held()
    life.wish["rotation_triggers"] = {"season": 2}
    life.faults.crash_after(operation)
    with pytest.raises(OperationFailed, match="process ended during"):
        life.up()
    life.up()
    assert rotated(life, before)


@pytest.mark.parametrize("operation", ["GetStream", "DeleteStreamKey", "ListStreamKeys", "CreateStreamKey"])
def test_an_answer_that_a_rotation_loses_is_no_failure(life, operation):
    life.wish["rotation_triggers"] = {"season": 1}
    life.up()
    before = life.held()
    life.wish["rotation_triggers"] = {"season": 2}
    life.faults.lose_response(operation)
    life.up()
    assert rotated(life, before)
