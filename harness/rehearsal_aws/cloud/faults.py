"""The faults that a test can cause between a client and the embedded AWS.

Each fault wraps the application; the fault that was requested first is the outermost. A fault answers a call itself, or
passes the call on and changes the response. An operation has its name in AWS's API: ``CreateStreamKey``, or
``ivs:CreateStreamKey`` if several services have an operation of that name.
"""

from __future__ import annotations

import contextlib
import difflib
import functools
import re
import socket
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from rehearsal_aws.cloud.calls import Call
from rehearsal_aws.cloud.error_response import error_response

__all__ = ["Exchange", "Fault", "Faults"]

_OPERATION: Final = re.compile(r"([a-z0-9-]+:)?[A-Z][A-Za-z0-9]+")
_THROTTLING: Final = "ThrottlingException"
_TOO_MANY: Final = 429

Body = Iterable[bytes]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request to the application, and its response."""

    call: Call
    environ: dict[str, Any] = field(repr=False)
    start_response: Callable[..., Any]


@dataclass(slots=True, eq=False)
class Fault:
    """A fault in calls of one operation, or of all operations if `operation` is empty.

    The first `after` calls are not affected. The next `times` calls are, or all if `times` is None.
    """

    what: str
    operation: str
    act: Callable[[Exchange, Callable[[], Body]], Body | None] = field(repr=False)
    times: int | None = 1
    after: int = 0
    must_fire: bool = True
    fired: int = 0
    """How many calls were affected."""
    passed: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def around(self, exchange: Exchange, proceed: Callable[[], Body]) -> Body:
        """Answer a call, with or without the fault."""
        if not self._affects(exchange.call):
            return proceed()
        with self._lock:
            if self.passed < self.after:
                self.passed += 1
                return_early = True
            else:
                return_early = self.times is not None and self.fired >= self.times
                self.fired += not return_early
        if return_early:
            return proceed()
        response = self.act(exchange, proceed)
        if response is None:  # this call is not affected
            with self._lock:
                self.fired -= 1
            return proceed()
        return response

    def _affects(self, call: Call) -> bool:
        return self.operation in ("", call.operation, f"{call.service}:{call.operation}")


class Faults:
    """The faults of one cloud. A fault that never happens fails the test, unless `must_fire` is False."""

    def __init__(self) -> None:
        self.crash: Callable[[], bool] = lambda: False
        """Kills the dynamic providers that are at work; False if there is none."""
        self._faults: list[Fault] = []
        self._seen: set[str] = set()
        self._misuses: list[str] = []
        self._lock = threading.Lock()

    def throttle(self, operation: str, *, times: int | None = 1, after: int = 0, must_fire: bool = True) -> Fault:
        """Refuse calls with ThrottlingException."""
        act = functools.partial(_refuse, code=_THROTTLING, message="Rate exceeded", status=_TOO_MANY)
        return self._add("throttle", operation, act, times, after, must_fire)

    def error(
        self,
        operation: str,
        code: str,
        message: str = "",
        *,
        status: int | None = None,
        times: int | None = 1,
        after: int = 0,
        must_fire: bool = True,
    ) -> Fault:
        """Refuse calls with an error of AWS. The HTTP status is by default that of the code in the service's model."""
        act = functools.partial(_refuse, code=code, message=message or f"{code} on demand", status=status)
        return self._add("error", operation, act, times, after, must_fire)

    def lose_response(self, operation: str, *, times: int | None = 1, after: int = 0, must_fire: bool = True) -> Fault:
        """Carry out the call, and close the connection without a response."""
        return self._add("lose_response", operation, _lose, times, after, must_fire)

    def crash_after(self, operation: str, *, times: int | None = 1, after: int = 0, must_fire: bool = True) -> Fault:
        """Carry out the call, and kill the dynamic provider before it gets the response.

        The provider's process is killed. If the provider runs in the test's process, its running calls end with an
        exception. Providers of modelled types can't be killed: if one of them makes the call, the test fails.
        """
        return self._add("crash_after", operation, self._crash, times, after, must_fire)

    def latency(
        self, operation: str, seconds: float, *, times: int | None = None, after: int = 0, must_fire: bool = True
    ) -> Fault:
        """Delay the response."""

        def wait(exchange: Exchange, proceed: Callable[[], Body]) -> Body:
            del exchange
            time.sleep(seconds)
            return proceed()

        return self._add("latency", operation, wait, times, after, must_fire)

    def quota(self, tps: float, operation: str = "", *, must_fire: bool = False) -> Fault:
        """Allow `tps` calls a second of each operation, or only of the given one; throttle the others.

        Bursts of one second's quota are allowed. By default, a test does not fail if its calls stay below the quota.
        """
        if tps <= 0:
            raise ValueError(f"tps: expected calls a second, more than 0, got {tps}")
        bucket = _TokenBuckets(tps)

        def hold(exchange: Exchange, proceed: Callable[[], Body]) -> Body | None:
            if bucket.take(f"{exchange.call.service}:{exchange.call.operation}"):
                return None
            return _refuse(exchange, proceed, code=_THROTTLING, message="Rate exceeded", status=_TOO_MANY)

        return self._add("quota", operation, hold, None, 0, must_fire)

    def unfired(self) -> list[str]:
        """Return a line for each fault with `must_fire` that has not happened."""
        with self._lock:
            never = [fault for fault in self._faults if fault.must_fire and not fault.fired]
            return [*self._misuses, *map(self._line, never)]

    def clear(self) -> None:
        """Cancel all faults."""
        with self._lock:
            self._faults.clear()
            self._misuses.clear()

    def around(self, exchange: Exchange, proceed: Callable[[], Body]) -> Body:
        """Answer a call, with all faults that affect it."""
        with self._lock:
            faults = list(self._faults)
            self._seen.add(exchange.call.operation)
        for fault in reversed(faults):
            proceed = functools.partial(fault.around, exchange, proceed)
        return proceed()

    def _add(
        self,
        what: str,
        operation: str,
        act: Callable[[Exchange, Callable[[], Body]], Body | None],
        times: int | None,
        after: int,
        must_fire: bool,
    ) -> Fault:
        if operation and not _OPERATION.fullmatch(operation):
            raise ValueError(
                f"operation: expected its name in AWS's API, as in CreateStreamKey or ivs:CreateStreamKey, "
                f"got {operation!r}"
            )
        if (times is not None and times < 1) or after < 0:
            raise ValueError(f"{what}: expected times of 1 or more and after of 0 or more, got {times} and {after}")
        fault = Fault(what, operation, act, times, after, must_fire)
        with self._lock:
            self._faults.append(fault)
        return fault

    def _line(self, fault: Fault) -> str:
        name = fault.operation.rpartition(":")[2]
        line = f"the fault {fault.what}({fault.operation!r}) never happened: "
        if name in self._seen:
            return line + f"only {fault.passed} calls of {name} were made, and it waits for {fault.after}"
        close = difflib.get_close_matches(name, self._seen, n=1)
        meant = f"; {close[0]} was" if close else ""
        return line + f"{name or 'nothing'} was not called{meant}"

    def _crash(self, exchange: Exchange, proceed: Callable[[], Body]) -> NoReturn:
        _discard_response(exchange, proceed)
        if not self.crash():
            operation = exchange.call.operation
            with self._lock:
                self._misuses.append(
                    f"crash_after({operation!r}): no dynamic provider was at work when {operation} was called; other "
                    "providers run in this process and don't die"
                )
        _close_connection(exchange)


class _TokenBuckets:
    """Token buckets by name. Each gets `tps` tokens a second, and holds one second's tokens at most."""

    def __init__(self, tps: float) -> None:
        self._tps = tps
        self._lock = threading.Lock()
        self._held: dict[str, tuple[float, float]] = {}

    def take(self, name: str) -> bool:
        """Take a token, if there is one."""
        size = max(self._tps, 1.0)
        with self._lock:
            now = time.monotonic()
            tokens, since = self._held.get(name, (size, now))
            tokens = min(size, tokens + (now - since) * self._tps)
            enough = tokens >= 1
            self._held[name] = (tokens - enough, now)
            return enough


def _lose(exchange: Exchange, proceed: Callable[[], Body]) -> NoReturn:
    _discard_response(exchange, proceed)
    _close_connection(exchange)


def _discard_response(exchange: Exchange, proceed: Callable[[], Body]) -> None:
    """Carry out the call and discard the response, even if an inner fault closes the connection."""
    with contextlib.suppress(ConnectionError):
        for _ in proceed():
            pass
    del exchange


def _close_connection(exchange: Exchange) -> NoReturn:
    """Close the connection. The server treats the error as a disconnected client, and does not log it."""
    connection: socket.socket = exchange.environ["werkzeug.socket"]
    with contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionAbortedError


def _refuse(
    exchange: Exchange, proceed: Callable[[], Body], *, code: str, message: str, status: int | None
) -> list[bytes]:
    """Answer with an error instead of making the call."""
    del proceed
    return error_response(exchange.call.service, exchange.start_response, code, message, status)
