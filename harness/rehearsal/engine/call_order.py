"""The threads on which the SDK calls the monitor: calls reach the engine in the order in which they were made.

The SDK passes its calls to the event loop's executor, in the order of the program. On the threads of a plain pool they
would overtake one another on a busy machine, and the same program would be planned in different orders.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

__all__ = ["InOrderExecutor", "arrived"]

_T = TypeVar("_T")

# The modules whose functions keep their order. Other functions on the loop's executor are the program's own, may take
# any time, and wait for nothing.
_OF_THE_SDK: Final = "pulumi.runtime."

_current = threading.local()


class InOrderExecutor(ThreadPoolExecutor):
    """Starts each call of the SDK when the one before it has arrived or has ended.

    Only one thread calls `submit`: that of the event loop.
    """

    _last: threading.Event | None = None

    def submit(self, fn: Callable[..., _T], /, *args: Any, **kwargs: Any) -> Future[_T]:
        if not str(getattr(fn, "__module__", "")).startswith(_OF_THE_SDK):
            return super().submit(fn, *args, **kwargs)
        before, here = self._last, threading.Event()

        def in_turn() -> _T:
            if before is not None:
                before.wait()
            _current.arrived = here
            try:
                return fn(*args, **kwargs)
            finally:
                del _current.arrived

        future = super().submit(in_turn)
        # Also if it is cancelled before it begins.
        future.add_done_callback(lambda _: here.set())
        self._last = here
        return future


def arrived() -> None:
    """Let the next call start: this one is queued, or waits for something that may need the next."""
    here: threading.Event | None = getattr(_current, "arrived", None)
    if here is not None:
        here.set()
