"""A crash of a provider in this process ends its calls, and does not affect the harness."""

import contextlib
import logging
import sys
import threading
import time

import pytest

from rehearsal.providers import interruptible_calls
from rehearsal.providers.interruptible_calls import InterruptibleCalls, ProviderCrashed


@pytest.fixture
def calls():
    made = InterruptibleCalls()
    yield made
    made.close()


def crashes_during(calls, work):
    """Run the work, crash once it has set its event, and return whether it raised ProviderCrashed."""
    begun, errors = threading.Event(), []

    def body():
        try:
            calls.run(lambda: work(begun))
        except ProviderCrashed as error:
            errors.append(error)

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    assert begun.wait(10)
    assert calls.crash()
    thread.join(10)
    assert not thread.is_alive()
    return len(errors) == 1


def test_the_result_of_work_is_returned_and_its_error_raised(calls):
    assert calls.run(lambda: 5) == 5
    with pytest.raises(KeyError, match="missing"):
        calls.run(lambda: {}["missing"])


def test_without_a_running_call_nothing_crashes(calls):
    assert not calls.crash()
    assert calls.run(lambda: 5) == 5


def test_a_crash_ends_work_that_catches_exceptions(calls):
    def work(begun):
        begun.set()
        while True:
            with contextlib.suppress(Exception):
                time.sleep(0.001)

    assert crashes_during(calls, work)


def test_calls_after_a_crash_are_refused(calls):
    assert crashes_during(calls, lambda begun: [begun.set(), time.sleep(0.1)])
    done = []
    with pytest.raises(ProviderCrashed):
        calls.run(lambda: done.append("work"))
    assert done == []
    assert not calls.crash()


def test_work_that_returns_in_spite_of_a_crash_counts_as_crashed(calls):
    def work(begun):
        begun.set()
        while True:
            try:
                time.sleep(0.001)
            except ProviderCrashed:
                return

    assert crashes_during(calls, work)


def test_uninterrupted_work_is_done_completely(calls):
    done = []

    def whole(begun):
        begun.set()
        for number in range(100):
            time.sleep(0.001)
            done.append(number)

    def work(begun):
        calls.run_uninterrupted(lambda: whole(begun))
        done.append("afterwards")

    assert crashes_during(calls, work)
    assert done == list(range(100))


def test_work_after_uninterrupted_work_can_be_interrupted(calls):
    def work(begun):
        assert calls.run_uninterrupted(lambda: 5) == 5
        with pytest.raises(ValueError, match="no"):
            calls.run_uninterrupted(lambda: int("no"))
        begun.set()
        while True:
            time.sleep(0.001)

    assert crashes_during(calls, work)


def test_a_call_may_crash_its_own_provider(calls):
    done = []

    def work():
        calls.crash()
        done.append("afterwards")

    with pytest.raises(ProviderCrashed):
        calls.run(work)
    assert done == []


def test_a_crash_at_any_moment_arrives_within_the_call_and_locks_nothing():
    """On Python 3.14, an exception that is raised while a thread takes a lock leaves the lock locked."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        escaped_errors, hangs = [], []
        for _ in range(60):
            calls = InterruptibleCalls()

            def body(calls=calls):
                try:
                    try:
                        while True:
                            calls.run(lambda: calls.run_uninterrupted(lambda: sum(range(20))))
                    except ProviderCrashed:
                        for _ in range(50):
                            time.sleep(0)
                except ProviderCrashed as error:
                    escaped_errors.append(error)

            threads = [threading.Thread(target=body, daemon=True) for _ in range(2)]
            for thread in threads:
                thread.start()
            while not calls.crash():
                time.sleep(0)
            for thread in threads:
                thread.join(10)
            hangs.append(any(thread.is_alive() for thread in threads))
            calls.close()
        assert escaped_errors == []
        assert not any(hangs)
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.parametrize("kind", ["handler", "logging", "own"])
def test_a_lock_that_was_just_taken_does_not_stay_locked_after_a_crash(calls, kind):
    """For example, the exception arrives in `Handler.handle` between `acquire` and `try`."""
    handler = logging.Handler()
    lock = {"handler": handler.lock, "logging": logging._lock, "own": calls.lock}[kind]
    results = []

    def work():
        lock.acquire()
        lock.acquire()
        calls.crash()

    def body():
        with contextlib.suppress(ProviderCrashed):
            calls.run(work)
        results.append("crashed")

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    thread.join(10)
    assert results == ["crashed"]
    assert lock.acquire(timeout=1)
    lock.release()


def test_a_lock_of_another_thread_stays_locked_after_a_crash(calls):
    taken, may_end = threading.Event(), threading.Event()

    def hold():
        with calls.lock:
            taken.set()
            may_end.wait(10)

    thread = threading.Thread(target=hold, daemon=True)
    thread.start()
    assert taken.wait(10)
    with pytest.raises(ProviderCrashed):
        calls.run(calls.crash)
    assert not calls.lock.acquire(blocking=False)
    may_end.set()
    thread.join(10)


def test_a_crash_that_is_cancelled_keeps_no_call_waiting(calls, monkeypatch):
    interrupt = interruptible_calls._interrupt

    def cancelled(thread, error):
        if error is not None:
            raise KeyboardInterrupt
        interrupt(thread, error)

    monkeypatch.setattr(interruptible_calls, "_interrupt", cancelled)
    begun, may_end, results = threading.Event(), threading.Event(), []

    def body():
        try:
            calls.run(lambda: [begun.set(), may_end.wait(10)])
        except ProviderCrashed:
            results.append("crashed")

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    assert begun.wait(10)
    with pytest.raises(KeyboardInterrupt):
        calls.crash()
    may_end.set()
    thread.join(2)
    assert results == ["crashed"]
