"""Signals to this process, while something is at work in it."""

import os
import signal
import threading
import time

import pytest

from rehearsal import interruption
from rehearsal.interruption import ENDING, Interruptions


class Work:
    """Something that waits until it may end, and notes what it is told."""

    def __init__(self):
        self.told = []
        self.begun, self.over = threading.Event(), threading.Event()

    def __call__(self):
        self.begun.set()
        self.over.wait()

    def interrupt(self):
        self.told.append("interrupt")

    def cancel(self):
        self.told.append("cancel")


def interrupted(work, kinds, send):
    """Do the work, while `send` runs in another thread; say whether it came to its end."""
    interruptions = Interruptions(kinds)
    sender = threading.Thread(target=lambda: (work.begun.wait(), send()))
    sender.start()
    try:
        with interruptions.taken():
            return interruptions.during(work, interrupt=work.interrupt, cancel=work.cancel)
    finally:
        sender.join()


def send(*kinds, after=lambda: None):
    def later():
        for kind in kinds:
            os.kill(os.getpid(), kind)
            time.sleep(interruption._ONE_PRESS * 1.5)
        after()

    return later


@pytest.mark.skipif(os.name == "nt", reason="os.kill ends processes there")
@pytest.mark.parametrize("kind", [kind for kind in ENDING if kind != getattr(signal, "SIGBREAK", None)])
def test_each_request_to_end_interrupts(kind):
    work = Work()
    assert interrupted(work, ENDING, send(kind, after=work.over.set))
    assert work.told == ["interrupt"]
    assert signal.getsignal(kind) in {signal.SIG_DFL, signal.default_int_handler}


def test_the_second_cancels_what_ends_by_itself_then():
    work = Work()
    work.cancel = lambda: (work.told.append("cancel"), work.over.set())
    assert interrupted(work, ENDING, send(signal.SIGINT, signal.SIGTERM))
    assert work.told == ["interrupt", "cancel"]


def test_what_does_not_end_when_it_is_cancelled_is_left_to_itself(monkeypatch):
    monkeypatch.setattr(interruption, "_GRACE", 0.1)
    work = Work()
    assert not interrupted(work, ENDING, send(signal.SIGINT, signal.SIGINT, signal.SIGINT))
    assert work.told == ["interrupt", "cancel"]
    work.over.set()


def test_one_press_that_arrives_twice_counts_once(monkeypatch):
    monkeypatch.setattr(interruption, "_ONE_PRESS", 3600)
    work = Work()

    def twice():
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)
        work.over.set()

    assert interrupted(work, ENDING, twice)
    assert work.told == ["interrupt"]


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="there is no such signal")
def test_a_terminal_that_goes_away_twice_cancels_nothing():
    work = Work()
    assert interrupted(work, ENDING, send(signal.SIGHUP, signal.SIGHUP, after=work.over.set))
    assert work.told == ["interrupt"]


def test_what_somebody_else_handles_or_ignores_is_left_to_them(monkeypatch):
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append("theirs"))
    ignored = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        work = Work()
        assert interrupted(work, ENDING, send(signal.SIGINT, signal.SIGTERM, after=work.over.set))
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, ignored)
    assert (seen, work.told) == (["theirs"], [])


def test_a_keyboard_interrupt_of_a_foreign_handler_counts_as_well():
    before = signal.signal(signal.SIGINT, lambda *_: signal.default_int_handler(signal.SIGINT, None))
    try:
        work = Work()
        assert interrupted(work, ENDING, send(signal.SIGINT, after=work.over.set))
    finally:
        signal.signal(signal.SIGINT, before)
    assert work.told == ["interrupt"]


def test_what_the_work_raises_is_raised():
    with pytest.raises(ValueError, match="no"):
        Interruptions(ENDING).during(lambda: int("no"), interrupt=print, cancel=print)
