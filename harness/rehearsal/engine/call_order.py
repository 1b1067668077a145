"""An executor for the SDK's calls to the resource monitor, so that they reach the engine in the program's order.

The SDK passes its calls to the event loop's executor, in the order of the program. In a plain thread pool, calls could
overtake each other on a busy machine, and the order of planning would differ between runs.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Final, TypeVar

__all__ = ["InOrderExecutor", "arrived"]

_T = TypeVar("_T")

# The modules of the SDK whose functions run in order. Other functions on the executor are the program's own; they may
# take any time, and do not wait for each other.
_SDK_MODULES: Final = "pulumi.runtime."

_current = threading.local()


class InOrderExecutor(ThreadPoolExecutor):
    """Starts each call of the SDK after the previous call has reached the engine or has ended.

    Only one thread calls `submit`: that of the event loop.
    """

    _last: threading.Event | None = None

    def submit(self, fn: Callable[..., _T], /, *args: Any, **kwargs: Any) -> Future[_T]:
        if not str(getattr(fn, "__module__", "")).startswith(_SDK_MODULES):
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
        # Also called if the future is cancelled before it starts.
        future.add_done_callback(lambda _: here.set())
        self._last = here
        return future


def arrived() -> None:
    """Let the next call start: this call is queued in the engine, or waits for something that may need later calls."""
    here: threading.Event | None = getattr(_current, "arrived", None)
    if here is not None:
        here.set()
