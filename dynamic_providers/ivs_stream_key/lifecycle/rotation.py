"""Rotation by age: when a key is due, computed from `created_at` and `rotation_days`."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from ivs_stream_key import clock
from ivs_stream_key.messages import diagnostics
from ivs_stream_key.properties import CHANNEL_ARN, CREATED_AT, ROTATION_DAYS, ROTATION_DUE_AT

__all__ = ["MOST_DAYS", "announce", "creation_and_due_time", "due_time_is_outdated", "is_due"]

MOST_DAYS: Final = 36_500
"""A hundred years: much more would exceed the calendar."""


def is_due(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Whether a key with the outputs `olds` has reached the age that the inputs `news` allow."""
    due = _due(_parse_time(olds.get(CREATED_AT)), news.get(ROTATION_DAYS))
    return due is not None and due <= clock.now()


def announce(olds: Mapping[str, Any], news: Mapping[str, Any]) -> None:
    """Say why a due key is rotated: no input changed, so nothing else shows it."""
    diagnostics.info(
        f"The stream key of {olds.get(CHANNEL_ARN)} is due for rotation: it came under Pulumi at "
        f"{olds.get(CREATED_AT)}, and rotation_days={news[ROTATION_DAYS]:g}."
    )


def due_time_is_outdated(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Whether `news` ask for rotation by age, and `olds` have no start time: then an update sets it."""
    return _days(news.get(ROTATION_DAYS)) is not None and _parse_time(olds.get(CREATED_AT)) is None


def creation_and_due_time(inputs: Mapping[str, Any], created_at: Any) -> dict[str, str]:
    """Return the outputs `created_at` and `rotation_due_at` of a key that came under Pulumi at `created_at`.

    If the inputs ask for rotation by age and `created_at` is not a time, it becomes the current time: the age counts
    from then. `rotation_due_at` is absent if no rotation is asked for.
    """
    created = _parse_time(created_at)
    if created is None:
        if _days(inputs.get(ROTATION_DAYS)) is None:
            return {CREATED_AT: created_at} if created_at is not None else {}
        created = clock.now()
        created_at = clock.timestamp(created)
    due = _due(created, inputs.get(ROTATION_DAYS))
    return {CREATED_AT: created_at, **({} if due is None else {ROTATION_DUE_AT: clock.timestamp(due)})}


def _due(created: datetime | None, days: Any) -> datetime | None:
    number = _days(days)
    return None if created is None or number is None else created + timedelta(days=number)


def _days(days: Any) -> float | None:
    # An Unknown has no days: its value is not known yet.
    return days if isinstance(days, int | float) and not isinstance(days, bool) else None


def _parse_time(text: Any) -> datetime | None:
    """Parse a time in ISO 8601, by default in UTC; None if it is invalid (a state edited by hand)."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
