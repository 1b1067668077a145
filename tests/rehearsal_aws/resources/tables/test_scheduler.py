"""Schedules of EventBridge Scheduler."""

from __future__ import annotations

from typing import Any

import pulumi_aws as aws
import pytest

from rehearsal_aws.cloud import inventory

ROLE = "arn:aws:iam::123456789012:role/rotator"
TARGET = {"arn": "arn:aws:lambda:us-east-1:123456789012:function:rotate", "role_arn": ROLE, "input": "{}"}
NIGHTLY = {
    "schedule_expression": "cron(0 3 * * ? *)",
    "schedule_expression_timezone": "Europe/Berlin",
    "flexible_time_window": {"mode": "OFF"},
    "target": TARGET,
}


@pytest.mark.slow("a refusal of a create and of a change")
def test_an_invalid_date_is_refused_before_the_diff(lifecycle: Any) -> None:
    it = lifecycle(lambda **given: aws.scheduler.Schedule("nightly", **NIGHTLY, **given))
    assert "endDate" in it.errors_of(end_date="tomorrow")
    assert it.up(end_date="2030-01-01T00:00:00Z") == ["create"]
    assert "expected a time such as" in it.errors_of(end_date="tomorrow")
    assert "expected one of ENABLED, DISABLED" in it.errors_of(state="on")
    it.destroy()


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_schedule_completes_its_lifecycle(lifecycle: Any, client: Any) -> None:
    it = lifecycle(lambda **given: aws.scheduler.Schedule("nightly", **given))
    assert it.up(**NIGHTLY) == ["create"]
    name = it.outputs["name"]
    assert it.state["id"] == f"default/{name}"
    assert it.outputs["arn"] == f"arn:aws:scheduler:us-east-1:123456789012:schedule/default/{name}"
    assert it.outputs["state"] == "ENABLED"
    found = client("scheduler").get_schedule(Name=name)
    assert found["ScheduleExpressionTimezone"] == "Europe/Berlin"

    window = {"mode": "FLEXIBLE", "maximum_window_in_minutes": 15}
    retries = {"maximum_retry_attempts": 3, "maximum_event_age_in_seconds": 600}
    other = {**NIGHTLY, "flexible_time_window": window, "target": {**TARGET, "retry_policy": retries}}
    assert it.up(**other, start_date="2030-01-01T00:00:00Z", description="rotates the key") == ["update"]
    found = client("scheduler").get_schedule(Name=name)
    assert found["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    assert found["Target"]["RetryPolicy"]["MaximumRetryAttempts"] == 3
    assert found["StartDate"].isoformat().startswith("2030-01-01")
    assert it.up(**NIGHTLY, state="DISABLED") == ["update"]

    given = {key: found[key] for key in ("Name", "GroupName", "FlexibleTimeWindow", "Target")}
    client("scheduler").update_schedule(**given, ScheduleExpression="rate(1 day)")
    assert it.drift() == ["update"]
    assert it.up(**NIGHTLY, name="another") == ["create-replacement", "replace", "delete-replaced"]
    assert inventory.remaining() == ["arn:aws:scheduler:us-east-1:123456789012:schedule/default/another"]
    client("scheduler").delete_schedule(Name="another")
    assert it.drift() == ["create"]
    it.destroy()
    assert inventory.remaining() == []
