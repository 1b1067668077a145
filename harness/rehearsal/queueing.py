"""A lock for which threads queue: they get it in the order in which they came."""

from __future__ import annotations

import collections
import threading
from types import TracebackType

__all__ = ["QueueingLock"]


class QueueingLock:
    """A lock, as a context manager. One that is released goes to who has waited longest, and not to who is quickest."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held = False
        self._queue: collections.deque[threading.Event] = collections.deque()

    def __enter__(self) -> None:
        with self._lock:
            if not self._held:
                self._held = True
                return
            turn = threading.Event()
            self._queue.append(turn)
        turn.wait()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            if self._queue:
                self._queue.popleft().set()  # it is held by that one now
            else:
                self._held = False
