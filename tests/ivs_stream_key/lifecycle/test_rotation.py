"""Rotation by age: the computed times, and the provider's decisions."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.output import Unknown

from ivs_stream_key import clock
from ivs_stream_key.lifecycle import rotation
from ivs_stream_key.provider import StreamKeyProvider
from owners import OWNER

CREATED_AT = datetime(2026, 1, 1, 12, 0, 0, tzinfo=UTC)
CREATED = {"created_at": "2026-01-01T12:00:00Z"}


@contextmanager
def days_later(days, **more):
    moment = CREATED_AT + timedelta(days=days, **more)
    with clock.clock_set_to(lambda: moment):
        yield


def inputs(channel, **given):
    return {"channel_arn": channel, "existing_key": "replace", "when_live": "keep", "owner": OWNER, **given}


def create_key(channel, **given):
    """Create a key at CREATED_AT; return its id, its outputs and its inputs."""
    declared = inputs(channel, **given)
    with days_later(0):
        result = StreamKeyProvider().create(declared)
    return result.id, result.outs, declared


def diff(id, outs, news):
    """Check and diff with a new provider, as the engine does in a preview or an up."""
    provider = StreamKeyProvider()
    checked = provider.check({"channel_arn": outs["channel_arn"]}, news)
    assert checked.failures == []
    return provider.diff(id, outs, checked.inputs)


class TestDueTime:
    @settings(derandomize=True, max_examples=60, deadline=None)
    @given(st.integers(1, rotation.MOST_DAYS), st.integers(0, 10**9))
    def test_a_key_is_due_from_the_exact_second(self, days, age):
        with days_later(0, seconds=age):
            assert rotation.is_due(CREATED, {"rotation_days": float(days)}) is (age >= days * 86_400)

    @pytest.mark.parametrize(
        ("olds", "news"),
        [
            (CREATED, {}),
            (CREATED, {"rotation_days": None}),
            (CREATED, {"rotation_days": Unknown()}),
            (CREATED, {"rotation_days": True}),
            ({}, {"rotation_days": 1.0}),
            ({"created_at": None}, {"rotation_days": 1.0}),
            ({"created_at": "yesterday"}, {"rotation_days": 1.0}),
        ],
    )
    def test_without_an_age_or_rotation_days_nothing_is_due(self, olds, news):
        with days_later(9999):
            assert rotation.is_due(olds, news) is False

    @pytest.mark.parametrize("text", ["2026-01-01T12:00:00", "2026-01-01T14:00:00+02:00", "2026-01-01T12:00:00.000Z"])
    def test_a_time_in_any_time_zone_is_read(self, text):
        with days_later(1, seconds=-1):
            assert rotation.is_due({"created_at": text}, {"rotation_days": 1}) is False
        with days_later(1):
            assert rotation.is_due({"created_at": text}, {"rotation_days": 1}) is True

    def test_the_due_time_is_an_output_beside_the_time_of_creation(self):
        assert rotation.creation_and_due_time({"rotation_days": 30.0}, CREATED["created_at"]) == {
            **CREATED,
            "rotation_due_at": "2026-01-31T12:00:00Z",
        }
        assert rotation.creation_and_due_time({}, CREATED["created_at"]) == CREATED
        assert rotation.creation_and_due_time({}, None) == {}

    @pytest.mark.parametrize("unknown", [None, "yesterday"])
    def test_a_key_of_unknown_age_counts_from_now_on(self, unknown):
        assert rotation.due_time_is_outdated({"created_at": unknown}, {"rotation_days": 1.0})
        assert not rotation.due_time_is_outdated({"created_at": unknown}, {})
        assert not rotation.due_time_is_outdated(CREATED, {"rotation_days": 1.0})
        with days_later(5):
            assert rotation.creation_and_due_time({"rotation_days": 1.0}, unknown) == {
                "created_at": "2026-01-06T12:00:00Z",
                "rotation_due_at": "2026-01-07T12:00:00Z",
            }

    def test_the_largest_rotation_days_give_a_valid_date(self):
        assert rotation.creation_and_due_time({"rotation_days": rotation.MOST_DAYS}, CREATED["created_at"])[
            "rotation_due_at"
        ]


class TestLifecycle:
    def test_the_first_up_after_rotation_days_replaces_the_key_and_an_earlier_one_does_nothing(self, cloud):
        id, outs, declared = create_key(cloud.channel(), rotation_days=30.0)
        assert outs["rotation_due_at"] == "2026-01-31T12:00:00Z"
        cloud.clear_calls()
        with days_later(30, seconds=-1):
            result = diff(id, outs, declared)
        assert (result.changes, result.replaces) == (False, [])
        assert cloud.calls == []
        with days_later(45):
            result = diff(id, outs, declared)
        assert (result.changes, result.replaces) == (True, ["rotation_due_at"])
        assert result.delete_before_replace

    def test_the_new_keys_age_counts_from_its_creation(self, cloud):
        id, outs, declared = create_key(cloud.channel(), rotation_days=30.0)
        with days_later(45):
            provider = StreamKeyProvider()
            provider.delete(id, outs)
            second = provider.create(declared)
            assert diff(second.id, second.outs, declared).changes is False
        assert second.outs["value"] != outs["value"]
        assert second.outs["rotation_due_at"] == "2026-03-17T12:00:00Z"

    def test_the_reason_for_rotating_a_due_key_is_reported(self, cloud, capfd):
        id, outs, declared = create_key(cloud.channel(), rotation_days=30.0)
        with days_later(31):
            diff(id, outs, declared)
        printed = capfd.readouterr().err
        assert f"The stream key of {declared['channel_arn']} is due for rotation" in printed
        assert "2026-01-01T12:00:00Z, and rotation_days=30." in printed
        assert outs["value"] not in printed

    def test_a_change_of_the_days_is_an_update_that_moves_the_due_time(self, cloud):
        id, outs, declared = create_key(cloud.channel(), rotation_days=30.0)
        changed = {**declared, "rotation_days": 60.0}
        with days_later(10):
            result = diff(id, outs, changed)
            updated = StreamKeyProvider().update(id, outs, changed)
        assert (result.changes, result.replaces) == (True, [])
        assert updated.outs == {**outs, "rotation_days": 60.0, "rotation_due_at": "2026-03-02T12:00:00Z"}

    def test_a_key_due_by_the_new_rotation_days_is_replaced_at_once(self, cloud):
        id, outs, declared = create_key(cloud.channel(), rotation_days=30.0)
        with days_later(10):
            assert diff(id, outs, {**declared, "rotation_days": 7.0}).replaces == ["rotation_due_at"]

    def test_removing_rotation_days_is_an_update_after_which_nothing_is_due(self, cloud):
        id, outs, declared = create_key(cloud.channel(), rotation_days=30.0)
        without_days = {name: value for name, value in declared.items() if name != "rotation_days"}
        with days_later(45):
            result = diff(id, outs, without_days)
            updated = StreamKeyProvider().update(id, outs, without_days).outs
            assert (result.changes, result.replaces) == (True, [])
            assert not {"rotation_days", "rotation_due_at"} & updated.keys()
            assert diff(id, updated, without_days).changes is False

    def test_unknown_rotation_days_show_an_update_and_no_rotation(self, cloud):
        id, outs, declared = create_key(cloud.channel())
        with days_later(999):
            result = diff(id, outs, {**declared, "rotation_days": Unknown()})
        assert (result.changes, result.replaces) == (True, [])

    def test_an_adopted_keys_age_counts_from_its_adoption(self, cloud):
        _, outs, _ = create_key(cloud.channel(), existing_key="adopt", rotation_days=1.0)
        assert (outs["created_at"], outs["rotation_due_at"]) == ("2026-01-01T12:00:00Z", "2026-01-02T12:00:00Z")

    def test_an_imported_key_of_unknown_age_counts_from_the_first_up_with_rotation_days(self, cloud):
        channel = cloud.channel()
        arn = cloud.key(channel)["arn"]
        imported = StreamKeyProvider().read(arn, {}).outs
        declared = inputs(channel, rotation_days=7.0)
        with days_later(3):
            assert diff(arn, imported, declared).replaces == []
            updated = StreamKeyProvider().update(arn, imported, declared).outs
        assert updated["rotation_due_at"] == "2026-01-11T12:00:00Z"
        with days_later(9):
            assert diff(arn, updated, declared).changes is False
        with days_later(10):
            assert diff(arn, updated, declared).replaces == ["rotation_due_at"]

    def test_an_import_with_rotation_days_and_no_age_gets_its_age_by_an_update(self, cloud):
        channel = cloud.channel()
        arn = cloud.key(channel)["arn"]
        declared = inputs(channel, rotation_days=7.0)
        imported = StreamKeyProvider().read(arn, declared).outs
        result = diff(arn, imported, declared)
        assert (result.changes, result.replaces) == (True, [])

    def test_a_refresh_keeps_the_age_and_the_next_up_rotates_a_due_key(self, cloud):
        id, outs, declared = create_key(cloud.channel(), rotation_days=30.0)
        cloud.clear_calls()
        with days_later(45):
            provider = StreamKeyProvider()
            read = provider.read(id, outs)
            assert read.outs == outs
            assert read.inputs == declared
            assert provider.diff(id, read.outs, declared).changes is False
            assert cloud.calls == ["GetStreamKey"]
            # `pulumi up --refresh` continues with the same provider.
            provider.check(declared, declared)
            assert provider.diff(id, read.outs, declared).replaces == ["rotation_due_at"]
