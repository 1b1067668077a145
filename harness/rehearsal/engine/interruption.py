"""Ctrl-C, and the signals that mean the same: the first lets what is under way finish, the second cancels it."""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator
from types import FrameType
from typing import Final

__all__ = ["CTRL_C", "ENDING", "Interruptions"]

CTRL_C: Final = (signal.SIGINT,)
"""What a library may take care of."""

ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)
"""What a command is asked to end with, on this system."""

# A terminal that goes away says so several times.
_NEVER_CANCELS: Final = {getattr(signal, "SIGHUP", None)}
# What stands between the user and this process, such as make or uv, may pass on a signal that has reached it already.
_ONE_PRESS: Final = 0.25
# A wait without an end can't be interrupted on Windows.
_WAIT: Final = 0.5
# How long what is cancelled may take to notice.
_GRACE: Final = 5.0


class Interruptions:
    """The interruptions of one operation. Signals are taken in the main thread; elsewhere there are none."""

    def __init__(self, kinds: Collection[signal.Signals]) -> None:
        self._kinds = kinds
        self._said: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._last = float("-inf")
        self._count = 0

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Take the signals instead of letting them end the process, as far as they would."""
        with contextlib.ExitStack() as stack:
            if threading.current_thread() is threading.main_thread():
                for kind in self._kinds:
                    # Who ignores a signal (nohup), or handles it, goes on doing so.
                    if signal.getsignal(kind) in {signal.SIG_DFL, signal.default_int_handler}:
                        stack.callback(signal.signal, kind, signal.signal(kind, self._take))
            yield

    def _take(self, number: int, frame: FrameType | None) -> None:
        # Whatever the main thread holds at this moment, it may not be asked for here.
        del frame
        now = time.monotonic()
        if now - self._last >= _ONE_PRESS and not (self._count and number in _NEVER_CANCELS):
            self._count += 1
            self._said.put(False)
        self._last = now

    def during(self, work: Callable[[], None], *, interrupt: Callable[[], None], cancel: Callable[[], None]) -> bool:
        """Do the work in a thread; say whether it came to its end.

        At the first interruption `interrupt` is called, at the second `cancel`; what has not ended some seconds after
        that is left to itself.
        """
        failure: list[BaseException] = []
        begun = threading.Event()

        def body() -> None:
            begun.set()
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - raised again where the work was asked for
                failure.append(error)
            finally:
                self._said.put(True)

        thread = threading.Thread(target=body, name="operation", daemon=True)
        try:
            thread.start()
        except KeyboardInterrupt:  # the handler is somebody else's, and the thread may have begun
            if not begun.wait(_GRACE):
                raise
            self._said.put(False)
        if not self._until_done(interrupt, cancel):
            return False
        thread.join()
        if failure:
            raise failure[0]
        return True

    def _until_done(self, interrupt: Callable[[], None], cancel: Callable[[], None]) -> bool:
        heard, deadline = 0, float("inf")
        while time.monotonic() < deadline:
            try:
                if self._said.get(timeout=_WAIT):
                    return True
            except queue.Empty:
                continue
            except KeyboardInterrupt:  # the handler is somebody else's
                pass
            heard += 1
            if heard == 1:
                interrupt()
            elif heard == 2:  # noqa: PLR2004
                deadline = time.monotonic() + _GRACE
                cancel()
        return False
