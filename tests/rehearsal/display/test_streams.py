"""A closed pipe causes no error; failed writes are reported."""

import contextlib
import os
import sys
from pathlib import Path

import pytest

from rehearsal.display.streams import lasting_output
from rehearsal.errors import OutputError

FULL = Path("/dev/full")


def say(text):
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def test_a_broken_pipe_causes_no_error():
    reads, writes = os.pipe()
    with os.fdopen(writes, "w") as pipe, contextlib.redirect_stdout(pipe):
        with lasting_output():
            say("first")
            os.close(reads)
            for _ in range(3):
                say("x" * 100_000)
        assert sys.stdout is pipe
        pipe.flush()  # as Python does at its exit


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_a_full_disk_is_an_error_at_the_end():
    done = []

    def work():
        with lasting_output():
            say("lost")
            done.append("work")

    with FULL.open("w") as full, contextlib.redirect_stdout(full), pytest.raises(OutputError, match="No space left"):
        work()
    assert done == ["work"]


def test_other_attributes_of_the_stream_are_unchanged(capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    with lasting_output():
        assert sys.stdout.isatty()
        assert sys.stdout.encoding.lower() == "utf-8"
        say("said")
    assert capsys.readouterr().out == "said\n"
