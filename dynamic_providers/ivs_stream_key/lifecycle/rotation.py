"""Rotation by age: when a key is due, computed from `created_at`, `rotation_days` and `rotation_schedule`.

A schedule spreads the rotations of a fleet. Each key has its own day (`phase`) in a cycle of `rotation_days`. One run
rotates at most `most` keys of a `group`; the others wait for the next run. A key that has reached twice its maximum age
does not wait.
"""

import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ivs_stream_key import clock
from ivs_stream_key.lifecycle.operation import Operation
from ivs_stream_key.messages import diagnostics
from ivs_stream_key.properties import CHANNEL_ARN, CREATED_AT, ROTATION_DAYS, ROTATION_DUE_AT, ROTATION_SCHEDULE

__all__ = ["MOST_DAYS", "announce", "creation_and_due_time", "due_time_is_outdated", "has_to_wait", "is_due"]

_LOCK: Final = threading.Lock()
_SECONDS_OF_DAY: Final = 86_400

MOST_DAYS: Final = 36_500
"""A hundred years; much larger values would exceed the range of datetime."""


def is_due(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Whether a key with the outputs `olds` has reached the maximum age according to the inputs `news`."""
    due = _due(_parse_time(olds.get(CREATED_AT)), news)
    return due is not None and due <= clock.now()


def has_to_wait(run: Operation, key: str, olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Whether a due key has to wait, because this run rotates enough keys of its group; report it once if so."""
    schedule, created, days = (
        news.get(ROTATION_SCHEDULE),
        _parse_time(olds.get(CREATED_AT)),
        _days(news.get(ROTATION_DAYS)),
    )
    group, most = (schedule.get("group"), schedule.get("most")) if isinstance(schedule, Mapping) else (None, None)
    if created is None or days is None or not isinstance(group, str) or not isinstance(most, int | float):
        return False
    with _LOCK:
        rotated = run.rotated_of_group.setdefault(group, set())
        if key in rotated:
            return False
        if len(rotated) < most or clock.now() >= created + timedelta(days=2 * days):
            rotated.add(key)
            return False
        tells = key not in run.said
        run.said.add(key)
    if tells:
        diagnostics.info(
            f"The stream key of {olds.get(CHANNEL_ARN)} is due for rotation since {olds.get(ROTATION_DUE_AT)}, and "
            f"waits for the next run: this one rotates {most:g} of {group}."
        )
    return True


def announce(olds: Mapping[str, Any], news: Mapping[str, Any]) -> None:
    """Report why a due key is rotated: without a changed input, the diff does not show a reason."""
    diagnostics.info(
        f"The stream key of {olds.get(CHANNEL_ARN)} is due for rotation: it came under Pulumi at "
        f"{olds.get(CREATED_AT)}, and rotation_days={news[ROTATION_DAYS]:g}."
    )


def due_time_is_outdated(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Whether `news` ask for rotation by age but `olds` have no valid start time, so that an update has to set it."""
    return _days(news.get(ROTATION_DAYS)) is not None and _parse_time(olds.get(CREATED_AT)) is None


def creation_and_due_time(inputs: Mapping[str, Any], created_at: Any) -> dict[str, str]:
    """Return the outputs `created_at` and `rotation_due_at` of a key that came under Pulumi at `created_at`.

    If the inputs ask for rotation by age and `created_at` is not a time, it becomes the current time, and the age
    counts from now. `rotation_due_at` is missing if the inputs do not ask for rotation by age.
    """
    created = _parse_time(created_at)
    if created is None:
        if _days(inputs.get(ROTATION_DAYS)) is None:
            return {CREATED_AT: created_at} if created_at is not None else {}
        created = clock.now()
        created_at = clock.timestamp(created)
    due = _due(created, inputs)
    return {CREATED_AT: created_at, **({} if due is None else {ROTATION_DUE_AT: clock.timestamp(due)})}


def _due(created: datetime | None, inputs: Mapping[str, Any]) -> datetime | None:
    number, schedule = _days(inputs.get(ROTATION_DAYS)), inputs.get(ROTATION_SCHEDULE)
    if created is None or number is None:
        return None
    phase = schedule.get("phase") if isinstance(schedule, Mapping) else None
    if not isinstance(phase, int | float):
        return created + timedelta(days=number)
    # Midnight UTC of the first day after the creation whose number, modulo the cycle, is the phase.
    today = int(created.timestamp()) // _SECONDS_OF_DAY
    until = int(phase - today) % int(number) or int(number)
    return datetime.fromtimestamp((today + until) * _SECONDS_OF_DAY, UTC)


def _days(days: Any) -> float | None:
    # None for an Unknown, whose value is not known yet.
    return days if isinstance(days, int | float) and not isinstance(days, bool) else None


def _parse_time(text: Any) -> datetime | None:
    """Parse a time in ISO 8601, by default in UTC; None if it is invalid (a state edited by hand)."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
