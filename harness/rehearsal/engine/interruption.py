"""Ctrl-C, and the equivalent signals: the first lets running steps finish, the second cancels them."""

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

INTERRUPTED: Final = "interrupted: what is under way is finished, nothing new begins; a second interrupt cancels it"
"""What a report says of the first interruption."""

CANCELLED: Final = "cancelled: what was under way is not waited for, and may be half done; the state has it on record"
"""What a report says of the second."""

# A closing terminal sends several signals.
_NEVER_CANCELS: Final = {getattr(signal, "SIGHUP", None)}
# A parent such as make or uv may forward a signal that this process has received already.
_ONE_PRESS: Final = 0.25
# On Windows, a wait without timeout can't be interrupted.
_WAIT: Final = 0.5
# How long cancelled work may take to notice.
_GRACE: Final = 5.0


class Interruptions:
    """The interruptions of one operation. Signals are handled in the main thread; in other threads there are none."""

    def __init__(self, kinds: Collection[signal.Signals]) -> None:
        self._kinds = kinds
        self._said: queue.SimpleQueue[bool] = queue.SimpleQueue()
        self._last = float("-inf")
        self._count = 0

    @contextlib.contextmanager
    def taken(self) -> Iterator[None]:
        """Handle the signals instead of letting them end the process, as far as they would."""
        with contextlib.ExitStack() as stack:
            if threading.current_thread() is threading.main_thread():
                for kind in self._kinds:
                    # Signals that are ignored (nohup), or handled already, stay so.
                    if signal.getsignal(kind) in {signal.SIG_DFL, signal.default_int_handler}:
                        stack.callback(signal.signal, kind, signal.signal(kind, self._take))
            yield

    def _take(self, number: int, frame: FrameType | None) -> None:
        # The main thread may hold any lock at this moment, so no lock may be taken here.
        del frame
        now = time.monotonic()
        if now - self._last >= _ONE_PRESS and not (self._count and number in _NEVER_CANCELS):
            self._count += 1
            self._said.put(False)
        self._last = now

    def during(self, work: Callable[[], None], *, interrupt: Callable[[], None], cancel: Callable[[], None]) -> bool:
        """Do the work in a thread; return whether it ended.

        The first interruption calls `interrupt`, the second `cancel`; work that has not ended some seconds later is
        abandoned.
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
        except KeyboardInterrupt:  # another handler, and the thread may have begun
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
            except KeyboardInterrupt:  # another handler
                pass
            interruptions += 1
            if interruptions == 1:
                interrupt()
            elif interruptions == 2:  # noqa: PLR2004
                deadline = time.monotonic() + _GRACE
                cancel()
        return False
