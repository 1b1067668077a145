"""Limits the rate of calls to IVS: no limit until AWS throttles a call, then a rate that AWS accepts.

IVS has a quota of calls a second for each operation, account and region. botocore's adaptive mode has one rate for each
client, so that one throttled operation slows all others down. It also nearly stops after the first throttled call,
because it has no measurements yet. Here each operation has its own rate, and a throttled call is sent again when its
turn comes. No call waits longer than `PATIENCE` that way.
"""

import heapq
import itertools
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from botocore.hooks import BaseEventHooks

from ivs_stream_key.aws.error_mapping import is_throttling

if TYPE_CHECKING:
    from botocore.model import OperationModel

__all__ = ["PATIENCE", "CallRate", "RateLimiter", "TurnQueue"]

PATIENCE: Final = 60.0
"""For how many seconds a throttled call is repeated. Limited, because Pulumi cannot interrupt a call to a provider."""

_WINDOW: Final = 1.0
# The lowest rate. With a lower one, a process would be slow to notice that other callers have stopped.
_SLOWEST: Final = 1.0
# AWS counts calls with a small delay, so the first call after a throttled one waits longer by this factor.
_RESERVE: Final = 1.2
# The number of unused turns that may be taken later, in a burst. AWS allows bursts of about that size.
_SAVED: Final = 1.5
# Shorter waits (seconds) count as none: the clock may not be more precise.
_INSTANT: Final = 0.001
# A throttled call reduces the rate. The reduction is larger if the rate is close to the quota. The rate then returns
# quickly to almost its earlier value, and grows slowly from there. It grows faster if it is far below the quota, and if
# no call has been throttled for some time. So processes that share a quota reach equal rates. When all others have
# stopped, the last one gets the whole quota within seconds.
_CUT: Final = 0.15
_NEAR: Final = 0.98
_RECOVERY: Final = 0.01
_GROWTH: Final = 0.03
_STEADY: Final = 2.0
# The documented quotas, which cannot be raised. If more calls succeed, the limiter uses their number instead.
_QUOTA_OF_KEYS: Final = 5.0
_QUOTA_OF_TAGS: Final = 10.0
_OF_TAGS: Final = frozenset({"TagResource", "UntagResource"})
_DEADLINE: Final = "pulumi-ivs-stream-key-deadline"


class CallRate:
    """The rate of one operation, in calls a second; unlimited until a call was throttled. Callers pass the time."""

    def __init__(self, quota: float) -> None:
        self._quota = quota
        self._rate: float | None = None
        self._refused_rate = 0.0
        self._next = 0.0
        self._cut_at = 0.0
        self._last_passed = 0.0
        self._steady = 0.0
        self._passed: deque[float] = deque()

    @property
    def rate(self) -> float | None:
        """The calls a second that it allows; None if it is unlimited."""
        return self._rate

    def turn(self, now: float) -> float:
        """Take the next turn and return 0, or return how many seconds to wait before asking again.

        Turns are not reserved: a rate that has risen meanwhile makes the wait shorter.
        """
        if self._rate is None:
            return 0.0
        turn = max(self._next, now - _SAVED / self._rate)
        if turn - now >= _INSTANT:
            return turn - now
        self._next = turn + 1 / self._rate
        return 0.0

    def passed(self, now: float) -> None:
        """Record a call that succeeded, and raise the rate step by step."""
        self._passed.append(now)
        seconds, self._last_passed = min(now - self._last_passed, _WINDOW), now
        # Raise the rate only if it limits the calls: slower calls say nothing about the quota.
        lately = self._recent_calls(now)
        if self._rate is not None and self._rate <= 1 + lately / _WINDOW:
            self._steady += seconds
            self._rate = self._raised(self._rate, seconds)

    def throttled(self, now: float) -> None:
        """Record a throttled call; throttled calls that were in flight at the same time count as one."""
        if self._rate is None:
            # AWS allows a burst of one second's quota: in t seconds, (1 + t) times the quota succeeds.
            passed = self._recent_calls(now)
            self._rate = max(self._quota, passed / (1 + now - self._passed[0])) if passed else self._quota
            self._cut(now, self._rate)
        elif now >= self._cut_at + _WINDOW:
            self._cut(now, max(_SLOWEST, self._rate * (1 - _CUT * min(1.0, self._rate / self._quota))))
        self._next = max(self._next, now + _RESERVE / self._rate)

    def _cut(self, now: float, rate: float) -> None:
        self._refused_rate, self._rate = self._rate or rate, rate
        self._cut_at = self._last_passed = now
        self._steady = 0.0

    def _raised(self, rate: float, seconds: float) -> float:
        near = _NEAR * self._refused_rate
        if rate < near:
            return min(near, rate * (1 + _RECOVERY))
        below = max(1.0, self._quota / rate) ** 3
        return float(rate + _GROWTH * below * seconds * max(1.0, self._steady / _STEADY) ** 2)

    def _recent_calls(self, now: float) -> int:
        while self._passed and self._passed[0] < now - _WINDOW:
            self._passed.popleft()
        return len(self._passed)


class Turn:
    """The turn of a call that waits for it."""

    def __init__(self) -> None:
        self.has_come = False


class TurnQueue:
    """The calls of one operation that wait for their turns, the oldest first. Callers pass the time.

    Without a queue, all waiting threads would wake up at the same time and take turns in random order. With 40 threads,
    some calls waited for a minute and a half.
    """

    def __init__(self, pace: CallRate) -> None:
        self.pace = pace
        self._count = itertools.count()
        self._waiting: list[tuple[float, int, Turn]] = []

    def join(self, since: float) -> Turn:
        """Queue a call that was first made at that time."""
        turn = Turn()
        heapq.heappush(self._waiting, (since, next(self._count), turn))
        return turn

    def wait(self, turn: Turn, now: float) -> float:
        """Return 0 if the turn has come, or how many seconds to wait before asking again.

        A caller that finds a free turn takes it for the first call in the queue.
        """
        while not turn.has_come:
            if wait := self.pace.turn(now):
                return wait
            heapq.heappop(self._waiting)[2].has_come = True
        return 0.0


class RateLimiter:
    """Limits the rate of one client's calls, for each operation separately, in any number of threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> None:
        self._now = now
        self._sleep = sleep
        self._lock = threading.Lock()
        self._thread = threading.local()
        self._queues: defaultdict[str, TurnQueue] = defaultdict(lambda: TurnQueue(CallRate(_QUOTA_OF_KEYS)))
        self._queues.update({name: TurnQueue(CallRate(_QUOTA_OF_TAGS)) for name in _OF_TAGS})

    def attach(self, events: BaseEventHooks, service: str) -> None:
        """Limit the rate of the client that has these `events`; `service` is its service's name in them."""
        events.register_first(f"before-send.{service}", self._before_send)
        # botocore uses the first response to needs-retry, so this handler comes before botocore's own.
        events.register_first(f"needs-retry.{service}", self._needs_retry)  # type: ignore[arg-type]  # it may answer

    def _before_send(self, event_name: str, **_rest: Any) -> None:
        operation, now = event_name.rpartition(".")[2], self._now()
        with self._lock:
            queue = self._queues[operation]
            # A call that was throttled keeps its place.
            self._thread.since = getattr(self._thread, "since", now)
            turn = queue.join(self._thread.since)
        while wait := self._wait(queue, turn, now):
            self._sleep(wait)
            now = max(now + wait, self._now())

    def _wait(self, queue: TurnQueue, turn: Turn, now: float) -> float:
        with self._lock:
            return queue.wait(turn, now)

    def _needs_retry(
        self, response: Any, operation: "OperationModel", request_dict: dict[str, Any], **_rest: Any
    ) -> float | None:
        """Return 0, to send the call again when its turn comes; None, to leave the decision to botocore."""
        since = self._thread.__dict__.pop("since", None)
        if response is None:
            return None
        answer, now = response[1], self._now()
        throttled = is_throttling(answer)
        with self._lock:
            pace = self._queues[operation.name].pace
            (pace.throttled if throttled else pace.passed)(now)
        if not throttled:
            return None
        deadline: float = request_dict["context"].setdefault(_DEADLINE, now + PATIENCE)
        if now >= deadline:
            return None
        if since is not None:
            self._thread.since = since
        return 0.0
