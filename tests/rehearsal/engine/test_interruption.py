"""Interruptions of running work: the first, the second, and duplicates.

Only the main thread receives signals, and tests may run in other threads. So real signals are sent to a new process.
"""

import os
import signal
import subprocess
import sys
import textwrap
import threading

import pytest

from rehearsal.engine import interruption
from rehearsal.engine.interruption import ENDING, Interruptions


class Work:
    """Work that ends when it receives the message `ends_with`: interrupt or cancel."""

    def __init__(self, ends_with=None):
        self.received = []
        self.finished = threading.Event()
        self._ends_with = ends_with

    def interrupt(self):
        self._receive("interrupt")

    def cancel(self):
        self._receive("cancel")

    def _receive(self, message):
        self.received.append(message)
        if message == self._ends_with:
            self.finished.set()

    def run(self, *signals):
        """Run the work, which these signals interrupt; return whether it ended before it was abandoned."""
        interruptions = Interruptions(ENDING)

        def work():
            for number in signals:
                interruptions._take(number, None)
            self.finished.wait()

        return interruptions.during(work, interrupt=self.interrupt, cancel=self.cancel)


@pytest.fixture
def no_duplicate_detection(monkeypatch):
    monkeypatch.setattr(interruption, "_REPEAT_SECONDS", 0)


@pytest.mark.parametrize("kind", ENDING)
def test_each_signal_interrupts(kind):
    work = Work(ends_with="interrupt")
    assert work.run(kind)
    assert work.received == ["interrupt"]


@pytest.mark.usefixtures("no_duplicate_detection")
def test_the_second_signal_cancels():
    work = Work(ends_with="cancel")
    assert work.run(signal.SIGINT, signal.SIGTERM)
    assert work.received == ["interrupt", "cancel"]


@pytest.mark.usefixtures("no_duplicate_detection")
def test_work_that_ignores_a_cancellation_is_abandoned(monkeypatch):
    monkeypatch.setattr(interruption, "_GRACE", 0.1)
    work = Work()
    assert not work.run(signal.SIGINT, signal.SIGINT, signal.SIGINT)
    assert work.received == ["interrupt", "cancel"]
    work.finished.set()


def test_a_duplicate_signal_counts_once(monkeypatch):
    monkeypatch.setattr(interruption, "_REPEAT_SECONDS", 3600)
    work = Work(ends_with="interrupt")
    assert work.run(signal.SIGINT, signal.SIGINT)
    assert work.received == ["interrupt"]


@pytest.mark.usefixtures("no_duplicate_detection")
@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="the system has no SIGHUP")
def test_a_second_sighup_cancels_nothing():
    work = Work(ends_with="interrupt")
    assert work.run(signal.SIGHUP, signal.SIGHUP)
    assert work.received == ["interrupt"]


def test_an_exception_of_the_work_is_raised():
    with pytest.raises(ValueError, match="no"):
        Interruptions(ENDING).during(lambda: int("no"), interrupt=print, cancel=print)


REAL_SIGNALS = """
    import os, signal, threading
    from rehearsal.engine.interruption import ENDING, Interruptions

    def handled(kind, handler):
        before = signal.signal(kind, handler)
        interruptions, calls, finished = Interruptions(ENDING), [], threading.Event()

        def interrupt(*_):
            calls.append("interrupt")
            finished.set()

        def work():
            os.kill(os.getpid(), kind)
            if handler == signal.SIG_IGN:
                finished.set()
            finished.wait(60)

        global on_foreign
        on_foreign = lambda: (calls.append("foreign"), finished.set())
        with interruptions.taken():
            assert interruptions.during(work, interrupt=interrupt, cancel=print)
        assert signal.getsignal(kind) == handler
        signal.signal(kind, before)
        return calls

    def foreign(*_):
        on_foreign()

    def raises(*_):
        raise KeyboardInterrupt

    for kind in ENDING:
        default = signal.default_int_handler if kind == signal.SIGINT else signal.SIG_DFL
        assert handled(kind, default) == ["interrupt"], kind
        assert handled(kind, signal.SIG_IGN) == [], kind
        assert handled(kind, foreign) == ["foreign"], kind
    assert handled(signal.SIGINT, raises) == ["interrupt"]
"""


@pytest.mark.skipif(os.name == "nt", reason="os.kill terminates processes on Windows")
def test_only_signals_with_default_handlers_are_handled():
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(REAL_SIGNALS)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
