import datetime as dt

import pytest


def time_type(name):
    return f"time:index/{name[0].lower()}{name[1:]}:{name}"


def test_a_static_time_is_its_creation_time(local):
    made = dict(local.up_with(time_type("Static")))
    assert made["rfc3339"] == local.state["id"] == "2026-01-31T12:00:00Z"
    assert [made[part] for part in ("year", "month", "day", "hour", "minute", "second")] == [2026, 1, 31, 12, 0, 0]
    assert made["unix"] == int(local.now.timestamp())
    local.now += dt.timedelta(days=1)
    assert local.up() == made
    local.given["triggers"] = {"a": "1"}
    assert local.up()["rfc3339"] == "2026-02-01T12:00:00Z"


def test_a_given_time_is_used(local):
    assert local.up_with(time_type("Static"), rfc3339="2020-02-29T01:00:00+01:00")["rfc3339"] == "2020-02-29T00:00:00Z"
    assert "expected a time such as" in local.preview_errors(time_type("Static"), rfc3339="tomorrow")


@pytest.mark.slow("several ups of a stack, with the clock moved")
def test_an_expired_rotating_time_is_recreated_by_the_next_up(local):
    made = local.up_with(time_type("Rotating"), rotationMonths=1)
    assert made["rotationRfc3339"] == "2026-02-28T12:00:00Z"
    local.given = {"rotationDays": 7}
    assert local.up()["rotationRfc3339"] == "2026-02-07T12:00:00Z"
    assert local.steps == ["update"]
    local.now += dt.timedelta(days=7)
    assert local.stack.preview().changes.keys() == {"same"}  # as in Pulumi, a refresh has to detect the expiry first
    assert local.stack.refresh().changes["delete"] == 1
    assert local.up()["rfc3339"] == "2026-02-07T12:00:00Z"
    assert local.steps == ["create"]


def test_a_rotating_time_needs_a_rotation_period(local):
    assert "expected at least one of" in local.preview_errors(time_type("Rotating"))


def test_an_offset_is_from_a_base(local):
    made = local.up_with(time_type("Offset"), baseRfc3339="2024-02-29T00:00:00Z", offsetYears=1, offsetHours=-1)
    assert made["rfc3339"] == "2025-02-27T23:00:00Z"
    local.given["offsetHours"] = 1
    assert local.up()["rfc3339"] == "2025-02-28T01:00:00Z"
    assert local.steps == ["update"]


@pytest.mark.parametrize("duration", ["1s", "30m"])
def test_sleep_does_not_wait(local, duration):
    local.up_with(time_type("Sleep"), createDuration=duration, destroyDuration=duration)
    local.given = {"createDuration": "1h"}
    local.up()
    assert local.steps == ["update"]
    local.given["triggers"] = {"a": "1"}
    local.up()
    assert "replace" in local.steps
