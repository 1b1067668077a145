"""Handles Ctrl-C and equivalent signals: the first lets running steps finish, the second cancels them."""

from __future__ import annotations

import contextlib
import queue
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator
from types import FrameType
from typing import Final

__all__ = ["CANCELLED", "CTRL_C", "ENDING", "INTERRUPTED", "Interruptions"]

CTRL_C: Final = (signal.SIGINT,)
"""The signals that a library may handle."""

ENDING: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)
"""The signals that end a command on this system."""

INTERRUPTED: Final = "interrupted: running steps finish, no new step starts; a second interrupt cancels running steps"
"""The message in the report after the first interruption."""

CANCELLED: Final = "cancelled: running steps were abandoned and may be half done; the state lists them as pending"
"""The message in the report after the second interruption."""

# Signals that can't be the second interruption: a closing terminal sends several signals at once.
_NOT_SECOND: Final = {getattr(signal, "SIGHUP", None)}
# A repeated signal within this time (seconds) is ignored: a parent such as make or uv may forward the same signal.
_REPEAT_SECONDS: Final = 0.25
# The timeout of waits (seconds): on Windows, a wait without timeout can't be interrupted.
_WAIT: Final = 0.5
# How long cancelled work may take to end (seconds), before it is abandoned.
_GRACE: Final = 5.0


class Interruptions:
    """The interruptions of one operation. Only the main thread can handle signals; other threads get none."""

    def __init__(self, kinds: Collection[signal.Signals]) -> None:
        self._kinds = kinds
        self._said: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._last = float("-inf")
        self._count = 0

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Handle the signals in the block, except those that are ignored or handled already."""
        with contextlib.ExitStack() as stack:
            if threading.current_thread() is threading.main_thread():
                for kind in self._kinds:
                    # Do not change signals that are ignored (nohup) or already have a handler.
                    if signal.getsignal(kind) in {signal.SIG_DFL, signal.default_int_handler}:
                        stack.callback(signal.signal, kind, signal.signal(kind, self._take))
            yield

    def _take(self, number: int, frame: FrameType | None) -> None:
        # Take no lock in a signal handler: the main thread may hold any lock at this moment.
        del frame
        now = time.monotonic()
        if now - self._last >= _REPEAT_SECONDS and not (self._count and number in _NOT_SECOND):
            self._count += 1
            self._said.put(False)
        self._last = now

    def during(self, work: Callable[[], None], *, interrupt: Callable[[], None], cancel: Callable[[], None]) -> bool:
        """Do the work in a thread; return whether it has ended.

        The first interruption calls `interrupt`, the second calls `cancel`. Work that does not end within some seconds
        after that is abandoned.
        """
        failure: list[BaseException] = []
        begun = threading.Event()

        def body() -> None:
            begun.set()
            try:
                work()
            except BaseException as error:  # noqa: BLE001 - raised again in the caller
                failure.append(error)
            finally:
                self._said.put(True)

        thread = threading.Thread(target=body, name="operation", daemon=True)
        try:
            thread.start()
        except KeyboardInterrupt:  # from a handler of other code; the thread may have started
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
        interruptions, deadline = 0, float("inf")
        while time.monotonic() < deadline:
            try:
                if self._said.get(timeout=_WAIT):
                    return True
            except queue.Empty:
                continue
            except KeyboardInterrupt:  # from a handler of other code
                pass
            interruptions += 1
            if interruptions == 1:
                interrupt()
            elif interruptions == 2:  # noqa: PLR2004
                deadline = time.monotonic() + _GRACE
                cancel()
        return False
