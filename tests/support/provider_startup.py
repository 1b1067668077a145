"""Startup file of the real engine's dynamic provider processes: sets a test clock, and makes retries immediate.

A test can patch only its own process. This file applies the same patches in the provider's process.
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


class VirtualClock:
    """A clock that only `sleep` advances."""

    now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def retry_immediately(set_attribute):
    """Make botocore and the rate limiter sleep on a virtual clock, so that retries are immediate."""
    time = VirtualClock()
    set_attribute(botocore.endpoint, "time", time)
    set_attribute(stream_keys, "RateLimiter", functools.partial(RateLimiter, time.monotonic, time.sleep))


def _test_clock():
    return datetime.fromisoformat(Path(os.environ[CLOCK]).read_text(encoding="utf-8")).astimezone(UTC)


if __name__ == "<run_path>":
    retry_immediately(setattr)
    if CLOCK in os.environ:
        clock._clock = _test_clock
