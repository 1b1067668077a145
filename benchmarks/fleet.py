"""The lifecycle of a fleet under IVS's quota: create, no change, then a nightly `up` for a whole rotation period.

The calls that StreamKey makes are subject to IVS's quota, 5 a second for each operation. Time is simulated: waiting
advances a clock. "under the quota" is the simulated time: how long these calls take at least on IVS. "here" is how long
the operation took on this machine, without the waiting.

    python benchmarks/fleet.py [--channels 500] [--days 30] [--most N]
"""

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from botocore.awsrequest import AWSResponse

from ivs_channel import LiveChannels
from ivs_stream_key import clock
from ivs_stream_key.ivs import stream_keys
from ivs_stream_key.ivs.rate_limiter import RateLimiter
from rehearsal import Project, Stack

NIGHT = datetime(2026, 3, 1, 3, tzinfo=UTC)
QUOTA = 5
THROTTLED = {"x-amzn-ErrorType": "ThrottlingException"}


class _Body:
    """The body of a throttled call."""

    @staticmethod
    def stream(**_options):
        yield b"{}"


class Quota:
    """IVS's quota on a simulated clock: a token bucket for each operation, with the calls of one second."""

    def __init__(self):
        self._lock = threading.Lock()
        self._thread = threading.local()
        self.reset()

    def reset(self):
        """Reset the clock to 0, fill the buckets, and clear the counters."""
        self._time, self._buckets = 0.0, {}
        self.calls, self.throttled = Counter(), 0

    @property
    def seconds(self):
        return self._time

    def now(self):
        with self._lock:
            self._thread.now = self._time
            return self._time

    def sleep(self, seconds):
        """Advance the clock to the end of the wait, which began when this thread last called `now`."""
        with self._lock:
            self._time = max(self._time, self._thread.now + seconds)

    def throttle(self, request, event_name, **_rest):
        """Return a throttling response if the operation has no token, else None."""
        operation = event_name.rpartition(".")[2]
        with self._lock:
            tokens, filled = self._buckets.get(operation, (QUOTA, self._time))
            tokens = min(QUOTA, tokens + (self._time - filled) * QUOTA)
            passes = tokens >= 1
            self._buckets[operation] = (tokens - passes, self._time)
            self.calls[operation] += passes
            self.throttled += not passes
        return None if passes else AWSResponse(request.url, 429, THROTTLED, _Body())

    def limiter(self):
        """Return a rate limiter that applies the quota to the client that it is attached to."""
        quota = self

        class Limiter(RateLimiter):
            def attach(self, events, service):
                super().attach(events, service)
                events.register_last(f"before-send.{service}", quota.throttle)

        return Limiter(now=self.now, sleep=self.sleep)


class Fleet:
    """A stack of a fleet; prints its operations as rows of a table."""

    def __init__(self, stack, quota):
        self._stack, self._quota = stack, quota

    def run(self, operation, what=None, moment=NIGHT):
        """Run an operation; return the number of rotations and of calls, the simulated and the elapsed seconds."""
        self._quota.reset()
        started = time.perf_counter()
        with clock.clock_set_to(lambda: moment):
            report = getattr(self._stack, operation)()
        here = time.perf_counter() - started
        if not report.ok:
            raise SystemExit(f"{operation}: {report.errors}")
        changes = {str(op): count for op, count in report.changes.items() if count and op != "same"}
        if what is not None:
            self.print_row(what, changes, self._quota.calls, self._quota.throttled, self._quota.seconds, here)
        return changes.get("replace", 0), sum(self._quota.calls.values()), self._quota.seconds, here

    @staticmethod
    def print_row(what, changes, calls, throttled, seconds, here):
        by_call = ", ".join(f"{count} {name}" for name, count in sorted(calls.items())) or "none"
        did = ", ".join(f"{count} {op}" for op, count in changes.items()) or "nothing"
        print(f"| {what} | {did} | {by_call} | {throttled} | {seconds:.0f} s | {here:.0f} s |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--channels", type=int, default=500)
    parser.add_argument("--days", type=int, default=30, help="rotation_days, and the number of nights")
    parser.add_argument("--most", type=int, help="max_rotations_per_up")
    arguments = parser.parse_args()
    names = [f"studio-{number:03}" for number in range(arguments.channels)]

    def program():
        channels = {name: {} for name in names}
        LiveChannels(
            "studios", channels, defaults={"rotation_days": arguments.days}, max_rotations_per_up=arguments.most
        )

    quota = Quota()
    print("| | changes | calls for keys | throttled | under the quota | here |\n|---|---|---|--:|--:|--:|")
    with (
        mock.patch.object(stream_keys, "RateLimiter", quota.limiter),
        tempfile.TemporaryDirectory() as folder,
    ):
        (Path(folder) / "Pulumi.yaml").write_text("name: fleet\nruntime: python\n", encoding="utf-8")
        with Stack(Project.load(Path(folder)), program=program, provider_process=False) as stack:
            fleet = Fleet(stack, quota)
            fleet.run("up", "up")
            fleet.run("up", "up, nothing to do")
            nights = []
            for day in range(1, arguments.days + 1):
                nights.append(fleet.run("up", moment=NIGHT + timedelta(days=day)))
                print(f"night {day}: {nights[-1][0]} rotations", file=sys.stderr, flush=True)
            fleet.run("refresh", "refresh", NIGHT + timedelta(days=arguments.days))
            fleet.run("destroy", "destroy", NIGHT + timedelta(days=arguments.days))
    rotated, calls, seconds, here = zip(*nights, strict=True)
    limit = "no limit" if arguments.most is None else f"at most {arguments.most} a night"
    print(f"\n{arguments.days} nights, {limit}: {sum(rotated)} rotations, {min(rotated)} to {max(rotated)} a night")
    print(f"calls a night: {min(calls)} to {max(calls)}; under the quota: {min(seconds):.0f} to {max(seconds):.0f} s")
    print(f"here: {min(here):.0f} to {max(here):.0f} s a night")
    print("rotations by night:", *rotated)


if __name__ == "__main__":
    main()
