"""However a test ends during an operation, its provider processes end too."""

import contextlib
import os
import signal
import subprocess
import sys
import threading

import pytest

pytestmark = pytest.mark.rehearse_engine(
    "pulumi", reason="the CLI and its plugins are processes of their own; rehearsal's own provider ends with its pipe"
)

# Its provider begins, and never ends by itself. It holds the pipe for as long as it lives.
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


def let_go(tests, pipe):
    """Wait no longer for a provider that has never begun."""
    tests.wait()
    with contextlib.suppress(OSError):
        os.close(os.open(pipe, os.O_WRONLY | os.O_NONBLOCK))


@pytest.mark.parametrize(
    ("number", "options"),
    [
        pytest.param("SIGTERM", [], marks=pytest.mark.real("what is killed here leaves processes behind")),
        pytest.param("SIGHUP", []),
        pytest.param("SIGKILL", []),
        pytest.param("SIGKILL", ["-n", "1"], id="a worker"),
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
    threading.Thread(target=let_go, args=(tests, pipe)).start()
    try:
        with pipe.open() as begun:
            os.kill(int(begun.readline()), getattr(signal, number))
            assert begun.read() == ""
    finally:
        tests.kill()
        tests.wait()
