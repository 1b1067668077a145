import os
import shutil
import subprocess
import sys

import pytest

from rehearsal.plugin_server import supervised

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the command runs on Linux and macOS")


@pytest.fixture
def parent_and_child():
    """A process with a child that waits for input; both exit at the end of the test."""
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'print(1, flush=True); input()'])"
    with subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout.readline() == b"1\n"
        yield parent
        parent.stdin.close()


@pytest.mark.parametrize("running", ["_running", "_running_by_ps"])
def test_the_descendants_of_a_process_are_found(parent_and_child, monkeypatch, running):
    if running == "_running_by_ps" and shutil.which("ps") is None:
        pytest.skip("ps is not installed")
    monkeypatch.setattr(supervised, "_running", getattr(supervised, running))
    (child,) = supervised._descendants(parent_and_child.pid)
    assert supervised._running()[child] == parent_and_child.pid
    assert {process.pid for process in supervised._descendants(os.getpid())} >= {parent_and_child.pid, child.pid}


def test_an_ended_process_is_not_found():
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)  # leaves it as a zombie
        assert ended.pid not in {process.pid for process in supervised._running()}


def test_an_unsupported_system_has_no_supervision(monkeypatch):
    monkeypatch.setattr(os, "listdir", lambda path: [])
    monkeypatch.setattr(subprocess, "run", lambda *a, **k: (_ for _ in ()).throw(FileNotFoundError()))
    assert supervised._running() == {}
