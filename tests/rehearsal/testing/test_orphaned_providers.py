"""However the test process ends during an operation, its provider processes end too."""

import contextlib
import os
import signal
import subprocess
import sys
import threading

import pytest

pytestmark = pytest.mark.rehearse_engine(
    "pulumi",
    reason="only the CLI and its plugins are separate processes; rehearsal's provider process ends with its pipe",
)

# A test whose provider never returns from create, and holds the pipe open until its process ends.
TESTS = """
import os, time
from pulumi import dynamic

class Endless(dynamic.ResourceProvider):
    def create(self, props):
        with open(props["pipe"], "w") as pipe:
            pipe.write(f"{props['tests']:.0f}\\n")
            pipe.flush()
            time.sleep(3600)

class Thing(dynamic.Resource):
    def __init__(self):
        super().__init__(Endless(), "thing", {"pipe": os.environ["PIPE"], "tests": os.getpid()})

def test_it(rehearse):
    rehearse(Thing).up()
"""


def unblock_reader(tests, pipe):
    """Once the tests end, open and close the pipe: the test would wait for ever if the provider never opened it."""
    tests.wait()
    with contextlib.suppress(OSError):
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))


@pytest.mark.parametrize(
    ("number", "options"),
    [
        pytest.param("SIGTERM", [], marks=pytest.mark.real("a killed run of the CLI could leave processes behind")),
        pytest.param("SIGHUP", []),
        pytest.param("SIGKILL", []),
        pytest.param("SIGKILL", ["-n", "1"], id="xdist-worker"),
    ],
)
def test_the_provider_ends_with_the_process_of_the_tests(tmp_path, number, options):
    (tmp_path / "test_it.py").write_text(TESTS)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", "--rehearse-engine=pulumi"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")} | {"PIPE": str(pipe)}
    tests = subprocess.Popen(
        [*command, *options, "test_it.py"],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    threading.Thread(target=unblock_reader, args=(tests, pipe)).start()
    try:
        with pipe.open() as begun:
            os.kill(int(begun.readline()), getattr(signal, number))
            assert begun.read() == ""
    finally:
        tests.kill()
        tests.wait()
