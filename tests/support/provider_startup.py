"""Startup file of the real engine's dynamic provider processes: a clock that tests set, and no waiting.

The patches of a test are made in the test's own process; these make the same in the provider's.
"""

import functools
import os
from datetime import UTC, datetime
from pathlib import Path

import botocore.endpoint

from ivs_stream_key import clock
from ivs_stream_key.ivs import stream_keys
from ivs_stream_key.ivs.rate_limiter import RateLimiter

CLOCK = "TEST_CLOCK"
STARTUP = Path(__file__)


class Time:
    """Time that passes when somebody waits, and no later."""

    now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def no_waiting(set_attribute):
    """Retry calls at once: waiting only advances a virtual clock."""
    time = Time()
    set_attribute(botocore.endpoint, "time", time)
    set_attribute(stream_keys, "RateLimiter", functools.partial(RateLimiter, time.monotonic, time.sleep))


def _moment():
    return datetime.fromisoformat(Path(os.environ[CLOCK]).read_text(encoding="utf-8")).astimezone(UTC)


if __name__ == "<run_path>":
    no_waiting(setattr)
    if CLOCK in os.environ:
        clock._clock = _moment
