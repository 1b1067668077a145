"""Interruptions of running work: the first, the second, and duplicates.

Tests may run in any thread, and signals come to the main one: those that are real are sent to a process of their own.
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
    """Something that ends when it is told as often as it waits for."""

    def __init__(self, ends_with=None):
        self.told = []
        self.over = threading.Event()
        self._ends_with = ends_with

    def interrupt(self):
        self._hear("interrupt")

    def cancel(self):
        self._hear("cancel")

    def _hear(self, message):
        self.told.append(message)
        if message == self._ends_with:
            self.over.set()

    def do(self, *signals):
        """Do the work, which signals interrupt; say whether it came to its end."""
        interruptions = Interruptions(ENDING)

        def work():
            for number in signals:
                interruptions._take(number, None)
            self.over.wait()

        return interruptions.during(work, interrupt=self.interrupt, cancel=self.cancel)


@pytest.fixture
def every_signal_counts(monkeypatch):
    monkeypatch.setattr(interruption, "_ONE_PRESS", 0)


@pytest.mark.parametrize("kind", ENDING)
def test_each_signal_interrupts(kind):
    work = Work(ends_with="interrupt")
    assert work.do(kind)
    assert work.told == ["interrupt"]


@pytest.mark.usefixtures("every_signal_counts")
def test_the_second_signal_cancels():
    work = Work(ends_with="cancel")
    assert work.do(signal.SIGINT, signal.SIGTERM)
    assert work.told == ["interrupt", "cancel"]


@pytest.mark.usefixtures("every_signal_counts")
def test_work_that_ignores_a_cancellation_is_abandoned(monkeypatch):
    monkeypatch.setattr(interruption, "_GRACE", 0.1)
    work = Work()
    assert not work.do(signal.SIGINT, signal.SIGINT, signal.SIGINT)
    assert work.told == ["interrupt", "cancel"]
    work.over.set()


def test_a_duplicate_signal_counts_once(monkeypatch):
    monkeypatch.setattr(interruption, "_ONE_PRESS", 3600)
    work = Work(ends_with="interrupt")
    assert work.do(signal.SIGINT, signal.SIGINT)
    assert work.told == ["interrupt"]


@pytest.mark.usefixtures("every_signal_counts")
@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there is no such signal")
def test_a_second_sighup_cancels_nothing():
    work = Work(ends_with="interrupt")
    assert work.do(signal.SIGHUP, signal.SIGHUP)
    assert work.told == ["interrupt"]


def test_an_exception_of_the_work_is_raised():
    with pytest.raises(ValueError, match="no"):
        Interruptions(ENDING).during(lambda: int("no"), interrupt=print, cancel=print)


REAL = """
    import os, signal, threading
    from rehearsal.engine.interruption import ENDING, Interruptions

    def told(kind, handler):
        before = signal.signal(kind, handler)
        interruptions, heard, over = Interruptions(ENDING), [], threading.Event()

        def note(*_):
            heard.append("interrupt")
            over.set()

        def work():
            os.kill(os.getpid(), kind)
            if handler == signal.SIG_IGN:
                over.set()
            over.wait(60)

        global theirs
        theirs = lambda: (heard.append("theirs"), over.set())
        with interruptions.taken():
            assert interruptions.during(work, interrupt=note, cancel=print)
        assert signal.getsignal(kind) == handler
        signal.signal(kind, before)
        return heard

    def foreign(*_):
        theirs()

    def raises(*_):
        raise KeyboardInterrupt

    for kind in ENDING:
        default = signal.default_int_handler if kind == signal.SIGINT else signal.SIG_DFL
        assert told(kind, default) == ["interrupt"], kind
        assert told(kind, signal.SIG_IGN) == [], kind
        assert told(kind, foreign) == ["theirs"], kind
    assert told(signal.SIGINT, raises) == ["interrupt"]
"""


@pytest.mark.skipif(os.name == "nt", reason="os.kill ends processes there")
def test_only_signals_with_default_handlers_are_handled():
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(REAL)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
