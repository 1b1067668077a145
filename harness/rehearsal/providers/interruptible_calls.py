"""Calls that another thread can end at any point, to simulate that their process was killed."""

from __future__ import annotations

import contextlib
import ctypes
import logging
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeVar

__all__ = ["InterruptibleCalls", "ProviderCrashed"]

_T = TypeVar("_T")

_POLL: Final = 0.001
_REENTRANT: Final = type(threading.RLock())


class ProviderCrashed(BaseException):
    """Ends a provider's call as if its process was killed. A BaseException, so that `except Exception` misses it."""


class InterruptibleCalls:
    """The calls of one provider, which can crash at most once.

    An exception from another thread arrives between any two instructions. Therefore, a thread takes no lock here while
    it can be interrupted: the exception can arrive when ``lock.acquire()`` has taken the lock and before the ``try``
    begins, and since Python 3.14 also before the block of ``with lock`` begins; then the lock is never released. After
    a crash, `run` releases the locks of `logging` that its thread still has, and `lock`, which the work may take. Other
    locks in the provider's code may stay locked.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._crashing = threading.Lock()
        self._crashed = False
        self._is_interrupting = False
        self._interruptible: dict[int, bool] = {}  # by thread; False during work that is not interrupted
        self._held = contextlib.ExitStack()

    def crash(self) -> bool:
        """End the running calls, and refuse later ones. If none is running, return False and do nothing."""
        if threading.get_ident() in self._interruptible:
            return self.run_uninterrupted(self._crash)
        return self._crash()

    def _crash(self) -> bool:
        with self._crashing:
            is_at_work = bool(self._interruptible)
            if is_at_work and not self._crashed:
                self._held.enter_context(_quiet_in_finalizers())
                try:
                    self._is_interrupting = True
                    self._crashed = True
                    for thread, is_interruptible in self._interruptible.copy().items():
                        if is_interruptible:
                            _interrupt(thread, ProviderCrashed)
                finally:  # Ctrl-C can end this, and the interrupted threads wait for it
                    self._is_interrupting = False
            return is_at_work

    def close(self) -> None:
        """Restore the handling of exceptions in finalizers."""
        with self._crashing:
            self._held.close()

    def run(self, work: Callable[[], _T]) -> _T:
        """Do the work, which a crash interrupts.

        :raises ProviderCrashed: if there was a crash before the end of the work. No crash interrupts later code.
        """
        me = threading.get_ident()
        results: list[_T] = []
        failures: list[BaseException] = []
        has_begun = False
        while True:
            try:
                if not has_begun:
                    has_begun = True
                    self._interruptible[me] = True
                    try:
                        results.append(self._unless_crashed(work))
                    except BaseException as error:  # noqa: BLE001 - raised below, where no crash arrives
                        failures.append(error)
                self._interruptible.pop(me, None)
                self._withdraw(me)
                break
            except ProviderCrashed:  # can arrive only once
                continue
        if self._crashed:
            _release(self.lock, *_locks_of_logging())
            raise ProviderCrashed
        if failures:
            raise failures.pop()
        return results.pop()

    def run_uninterrupted(self, work: Callable[[], _T]) -> _T:
        """Within `run`, do a piece of work without interruption.

        :raises ProviderCrashed: if there was a crash before or during the work.
        """
        me = threading.get_ident()
        try:
            self._interruptible[me] = False
            self._withdraw(me)
        except ProviderCrashed:  # can arrive only once
            pass
        try:
            result = self._unless_crashed(work)
        finally:
            self._interruptible[me] = True
        return self._unless_crashed(lambda: result)

    def _unless_crashed(self, work: Callable[[], _T]) -> _T:
        if self._crashed:
            raise ProviderCrashed
        return work()

    def _withdraw(self, thread: int) -> None:
        """Withdraw an exception for the thread that has not arrived yet, so that it does not arrive later."""
        while self._is_interrupting:
            time.sleep(_POLL)
        _interrupt(thread, None)


def _interrupt(thread: int, error: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), None if error is None else ctypes.py_object(error)
    )


def _locks_of_logging() -> list[Any]:
    handlers = [reference() for reference in list(logging._handlerList)]  # type: ignore[attr-defined]  # noqa: SLF001
    return [logging._lock, *(handler.lock for handler in handlers if handler)]  # type: ignore[attr-defined]  # noqa: SLF001


def _release(*locks: Any) -> None:
    """Release locks as often as this thread has taken them. Locks that are not reentrant have no owner: skip them."""
    for lock in locks:
        if isinstance(lock, _REENTRANT):
            with contextlib.suppress(RuntimeError):  # the thread does not have it, or no longer
                while True:
                    lock.release()


_ignored_crashes = 0
_hook_before: Callable[[sys.UnraisableHookArgs], object] = sys.unraisablehook


@contextlib.contextmanager
def _quiet_in_finalizers() -> Iterator[None]:
    """Suppress the message about a crash that arrives in a finalizer, where Python ignores exceptions.

    The provider's call then runs to its end, as if the provider had been killed a moment later.
    """
    global _ignored_crashes, _hook_before  # noqa: PLW0603 - as the hook itself is
    with _hook_lock:
        if not _ignored_crashes:
            _hook_before, sys.unraisablehook = sys.unraisablehook, _ignore_crash
        _ignored_crashes += 1
    try:
        yield
    finally:
        with _hook_lock:
            _ignored_crashes -= 1
            if not _ignored_crashes and sys.unraisablehook is _ignore_crash:
                sys.unraisablehook = _hook_before


def _ignore_crash(unraisable: sys.UnraisableHookArgs) -> None:
    if unraisable.exc_type is not ProviderCrashed:
        _hook_before(unraisable)


_hook_lock = threading.Lock()
