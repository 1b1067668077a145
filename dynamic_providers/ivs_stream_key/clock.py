"""The clock behind `created_at` and `rotation_due_at`; a test sets its own."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

__all__ = ["Clock", "clock_set_to", "now", "timestamp"]

Clock = Callable[[], datetime]
"""Returns the current time, with its time zone."""


def _system_clock() -> datetime:
    return datetime.now(UTC)


# Kept for the process, not in the provider: a provider's pickle holds nothing, and calls come from any thread.
_clock: Clock = _system_clock


def now() -> datetime:
    """Return the current time in UTC."""
    return _clock().astimezone(UTC)


def timestamp(moment: datetime | None = None) -> str:
    """Return a time, by default the current one, in UTC as ISO 8601, to the second: ``2026-01-31T23:59:59Z``."""
    return (moment or now()).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextlib.contextmanager
def clock_set_to(clock: Clock) -> Iterator[None]:
    """Use `clock` as the clock within the block, in every thread of this process."""
    global _clock  # noqa: PLW0603 - see above
    previous, _clock = _clock, clock
    try:
        yield
    finally:
        _clock = previous
