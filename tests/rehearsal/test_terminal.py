"""`rehearse` in a terminal with its own process group: signals, and the exit of its child processes."""

import contextlib
import os
import select
import signal
import subprocess
import sys
import time

import pytest

from rehearsal import Project, Stack

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX terminal")

PROVIDER = """
import os, time
from pulumi.dynamic import *

class Provider(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props):
        if props["name"] == "slow":
            with open("provider.new", "w") as file:
                file.write(str(os.getpid()))
            os.rename("provider.new", "provider")
            for _ in range(6000):
                if os.path.exists("go"):
                    break
                time.sleep(0.01)
        return CreateResult(props["name"], props)

class Thing(Resource):
    def __init__(self, name, opts=None):
        super().__init__(Provider(), name, {"name": name}, opts)
"""
PROGRAM = """
from pulumi import ResourceOptions
from things import Thing

first = Thing("first")
slow = Thing("slow", ResourceOptions(depends_on=[first]))
Thing("last", ResourceOptions(depends_on=[slow]))
"""
REHEARSE = f"{sys.executable} -m rehearsal"


class TerminalJob:
    """A shell command as the foreground job of a new pseudo-terminal."""

    def __init__(self, folder, command):
        import fcntl
        import pty
        import termios

        self.folder = folder
        self.terminal, child_end = pty.openpty()
        self.process = subprocess.Popen(
            ["/bin/sh", "-c", command],
            cwd=folder,
            stdin=child_end,
            stdout=child_end,
            stderr=child_end,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - sets the controlling terminal
        )
        os.close(child_end)
        self.output = b""

    def ctrl_c(self):
        os.write(self.terminal, b"\x03")

    def wait_for(self, text):
        while text not in self.output:
            assert self._read(60), self.output.decode()

    def wait_for_file(self, name):
        while not (self.folder / name).exists():
            self._read(0.02)
            assert self.process.poll() is None, self.output.decode()
        return (self.folder / name).read_text()

    def wait_until_exit(self, timeout=60):
        until = time.monotonic() + timeout
        while self.process.poll() is None and time.monotonic() < until:
            self._read(0.02)
        return self.process.poll()

    def _read(self, seconds):
        if not select.select([self.terminal], [], [], seconds)[0]:
            return False
        try:
            self.output += os.read(self.terminal, 10000)
        except OSError:  # no process has the terminal open
            time.sleep(0.01)
            return False
        return True

    def close(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.terminal)


@pytest.fixture
def run(tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("{name: p, runtime: python}")
    (tmp_path / "things.py").write_text(PROVIDER)
    (tmp_path / "__main__.py").write_text(PROGRAM)
    (tmp_path / "Makefile").write_text(f"up:\n\t@{REHEARSE} up --json | cat\n\t@echo never\n")
    with contextlib.ExitStack() as stack:

        def start(command):
            started = TerminalJob(tmp_path, command)
            stack.callback(started.close)
            return started

        yield start
    with contextlib.suppress(OSError, ValueError):
        os.kill(int((tmp_path / "provider").read_text()), signal.SIGKILL)


@pytest.fixture
def deployment(tmp_path):
    def export():
        project = Project.load(tmp_path)
        return Stack(project, clouds=[], state=tmp_path / ".rehearsal/dev.json").export()["deployment"]

    return export


def names(resources):
    return [r["urn"].rpartition("::")[2] for r in resources if r["type"].startswith("pulumi-python:")]


def is_gone(pid, seconds=30):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.slow("starts processes")
def test_the_first_ctrl_c_lets_the_provider_finish_in_a_pipeline_too(run, deployment):
    job = run("make up")
    provider = int(job.wait_for_file("provider"))
    job.ctrl_c()
    job.wait_for(b"interrupted")
    (job.folder / "go").touch()
    assert job.wait_until_exit() is not None, job.output.decode()
    assert b"Traceback" not in job.output
    assert b"never" not in job.output
    until = time.monotonic() + 60  # a shell does not wait for all commands of a pipeline
    while names(deployment()["resources"]) != ["first", "slow"] or "pending_operations" in deployment():
        assert time.monotonic() < until
        time.sleep(0.05)
    assert is_gone(provider)


@pytest.fixture
def unmeasured(monkeypatch):
    """Keep coverage out of child processes: a further Ctrl-C would interrupt it while it writes its data."""
    for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
        monkeypatch.delenv(name)


@pytest.mark.slow("the command in a terminal")
@pytest.mark.usefixtures("unmeasured")
def test_the_second_ctrl_c_cancels_and_the_state_has_the_pending_operations(run, deployment):
    job = run(f"{REHEARSE} up")
    provider = int(job.wait_for_file("provider"))
    job.ctrl_c()
    job.wait_for(b"interrupted")
    while job.wait_until_exit(0.5) is None:
        job.ctrl_c()
    assert b"cancelled" in job.output
    assert b"Traceback" not in job.output
    assert is_gone(provider)
    assert names(deployment()["resources"]) == ["first"]
    (pending,) = deployment()["pending_operations"]
    assert (pending["type"], names([pending["resource"]])) == ("creating", ["slow"])
    (job.folder / "go").touch()
    again = run(f"{REHEARSE} up")
    assert again.wait_until_exit() == 0, again.output.decode()
    assert names(deployment()["resources"]) == ["first", "slow", "last"]


@pytest.mark.slow("the command in a terminal")
def test_sigterm_works_like_ctrl_c(run, deployment):
    job = run(f"exec {REHEARSE} up")
    job.wait_for_file("provider")
    job.process.terminate()
    job.wait_for(b"interrupted")
    (job.folder / "go").touch()
    assert job.wait_until_exit() == 1, job.output.decode()
    assert names(deployment()["resources"]) == ["first", "slow"]
    assert "pending_operations" not in deployment()


@pytest.mark.slow("the command in a terminal")
def test_closing_the_terminal_works_like_ctrl_c(run, deployment):
    job = run(f"exec {REHEARSE} up")
    job.wait_for_file("provider")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, job.terminal)  # closes the last descriptor of this end of the terminal
    os.close(nothing)
    while job.process.poll() is None and "slow" not in names(deployment()["resources"]):
        time.sleep(0.5)
        (job.folder / "go").touch()
    assert job.process.wait(60) == 1
    assert names(deployment()["resources"])[:2] == ["first", "slow"]
    assert "pending_operations" not in deployment()


@pytest.mark.slow("the command in a terminal")
def test_the_provider_ends_when_its_run_is_killed(run, deployment):
    job = run(f"exec {REHEARSE} up")
    provider = int(job.wait_for_file("provider"))
    job.process.kill()
    job.process.wait()
    assert is_gone(provider)
    (pending,) = deployment()["pending_operations"]
    assert names([pending["resource"]]) == ["slow"]
