import os
import subprocess
import sys
import threading

import pytest

from rehearsal.testing.descriptors import descriptors

pytestmark = pytest.mark.skipif(not hasattr(os, "pread"), reason="nothing is captured without os.pread")


@pytest.mark.parametrize("number", [1, 2])
def test_direct_writes_to_descriptors_are_captured_and_shown_at_the_end(capfd, number):
    captured = []
    with descriptors(captured.append):
        os.write(number, b"of os.write \xff\n")
    assert "".join(captured) == "of os.write \N{REPLACEMENT CHARACTER}\n"
    assert "of os.write" in capfd.readouterr()[number - 1]


def test_output_of_a_process_is_captured(capfd):
    captured = []
    with descriptors(captured.append):
        subprocess.run([sys.executable, "-ISc", "import os; os.write(2, b'of a process')"], check=True)
    assert "of a process" in "".join(captured)
    assert "of a process" in capfd.readouterr().err


def test_nested_captures_each_get_their_output_which_is_shown_once(capfd):
    one, other = [], []
    with descriptors(one.append):
        os.write(1, b"first ")
        with descriptors(other.append):
            os.write(1, b"second ")
        os.write(1, b"third")
    assert ("".join(one), "".join(other)) == ("first second third", "second ")
    assert capfd.readouterr().out == "first second third"


def test_captures_can_end_in_any_order(capfd):
    begun, may_end = threading.Event(), threading.Event()

    def listen():
        with descriptors(lambda text: None):
            begun.set()
            may_end.wait()

    with descriptors(lambda text: None):
        thread = threading.Thread(target=listen)
        thread.start()
        begun.wait()
    os.write(1, b"between ")
    may_end.set()
    thread.join()
    os.write(1, b"after")
    assert capfd.readouterr().out == "between after"


def test_an_error_restores_the_descriptors(capfd):
    before = os.fstat(1).st_ino
    with pytest.raises(ValueError, match="x"), descriptors(lambda text: None):
        raise ValueError("x")
    assert os.fstat(1).st_ino == before


def test_a_terminal_is_not_captured(monkeypatch):
    monkeypatch.setattr(os, "isatty", lambda number: True)
    before = os.fstat(1).st_ino
    with descriptors(lambda text: None):
        assert os.fstat(1).st_ino == before
