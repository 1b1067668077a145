"""Provider processes that are forked from one preloaded parent behave like new processes."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from rehearsal.providers import preloaded
from rehearsal.providers.dynamic_process import DynamicProvider

SERVER = """
    import json, os, socket, sys

    if sys.argv[1:] == ["--preloaded"]:
        import runpy
        globals().update(runpy.run_path({real!r}, run_name="real"))
        _fork_on_request(socket.socket(fileno=_take_standard_input()))
        sys.argv[1:] = []
    leads = os.getsid(0) == os.getpid()
    print(json.dumps([os.getcwd(), os.environ.get("MARK"), leads, len(os.listdir("/proc/self/fd"))]))
    print("error", file=sys.stderr)
    sys.exit(0 if sys.stdin.read() == "" else 1)
"""
REAL = str(Path(preloaded.__file__).with_name("provider_process.py"))

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="rehearsal forks providers only on Linux")


@pytest.fixture
def parent(tmp_path):
    path = tmp_path / "server.py"
    path.write_text(textwrap.dedent(SERVER.format(real=REAL)))
    parent = preloaded.Preloaded([sys.executable, "-P", "-u", str(path)])
    yield parent
    parent.close()


@pytest.fixture
def no_shared_parent(monkeypatch):
    """Replace the preloaded parent of this pytest session, and close the test's own afterwards."""
    monkeypatch.setattr(preloaded, "_preloaded", None)
    monkeypatch.setattr(preloaded, "_sessions", 1)
    yield
    preloaded.close()


def ends_soon(pid):
    """Whether the process exits within 20 seconds."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        status = Path(f"/proc/{pid}/stat")
        if status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.02)
    return False


@pytest.mark.slow("starts a process")
def test_the_users_credentials_and_config_are_not_in_the_parents_environment(monkeypatch, request, tmp_path):
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    monkeypatch.setenv("PULUMI_CONFIG", '{"p:pin": "hunter2"}')
    monkeypatch.setenv("MARK", "it")
    parent = request.getfixturevalue("parent")
    # The fork shows that the parent runs. Directly after its start, its environ in /proc may still be empty.
    fork = parent.fork(tmp_path, {})
    found = Path(f"/proc/{parent._process.pid}/environ").read_bytes()
    for pipe in (fork.stdin, fork.stdout, fork.stderr):
        pipe.close()
    assert b"MARK=it" in found
    assert b"hunter2" not in found


@pytest.mark.slow("starts processes")
def test_a_fork_has_its_own_folder_environment_pipes_and_session(parent, tmp_path):
    seen = []
    for name in ("a", "b"):
        folder = tmp_path / name
        folder.mkdir()
        fork = parent.fork(folder, {"MARK": name})
        with fork.stdout, fork.stderr:
            fork.stdin.close()
            seen.append(json.loads(fork.stdout.read()))
            assert fork.stderr.read() == b"error\n"
        fork.wait()
        assert ends_soon(fork.pid)
    assert [entry[:3] for entry in seen] == [[str(tmp_path / name), name, True] for name in ("a", "b")]
    # The second fork inherits no file descriptors of the first.
    assert seen[0][3] == seen[1][3]


@pytest.mark.slow("starts processes")
def test_a_fork_ends_when_killed_or_its_input_closes(parent, tmp_path):
    killed, closed = (parent.fork(tmp_path, {}) for _ in range(2))
    killed.kill()
    killed.wait()
    killed.kill()
    assert ends_soon(killed.pid)
    closed.stdin.close()
    assert ends_soon(closed.pid)
    for fork in (killed, closed):
        fork.stdin.close()
        fork.stdout.close()
        fork.stderr.close()


PRELOAD_SERVER = """
    import json, os, sys

    if sys.argv[1:] == ["--preloaded"]:
        import runpy, socket
        globals().update(runpy.run_path({real!r}, run_name="real"))
        _fork_on_request(socket.socket(fileno=_take_standard_input()))
    import offered
    print(json.dumps([offered.called_in == os.getppid(), "broken_offer" in sys.modules]))
"""


@pytest.mark.slow("starts processes")
def test_preload_entry_points_are_loaded_once_in_the_parent_and_may_fail(tmp_path, monkeypatch):
    (tmp_path / "offered.py").write_text("import os\ndef load():\n    global called_in\n    called_in = os.getpid()\n")
    (tmp_path / "broken_offer.py").write_text("raise RuntimeError\n")
    information = tmp_path / "offers-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: offers\nVersion: 1\n")
    (information / "entry_points.txt").write_text(
        "[rehearsal.preload]\na = broken_offer:load\nb = offered:missing\nc = offered:load\n"
    )
    server = tmp_path / "server.py"
    server.write_text(textwrap.dedent(PRELOAD_SERVER.format(real=REAL)))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    parent = preloaded.Preloaded([sys.executable, "-P", "-u", str(server)])
    elsewhere = tmp_path / "elsewhere"
    # A folder without `__init__.py` does not shadow the module `json` of the standard library.
    (elsewhere / "json").mkdir(parents=True)
    fork = parent.fork(elsewhere, os.environ)
    with fork.stdin, fork.stdout, fork.stderr:
        assert json.loads(fork.stdout.read()) == [True, False]
    fork.wait()
    # fork() refuses if a new process would import other code: a module of the folder, or a file that was changed.
    with pytest.raises(OSError, match="would load other code"):
        parent.fork(tmp_path, os.environ)
    package = tmp_path / "another/json"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    with pytest.raises(OSError, match="would load other code"):
        parent.fork(package.parent, os.environ)
    (tmp_path / "offered.py").write_text("load = print\n")
    with pytest.raises(OSError, match="would load other code"):
        parent.fork(elsewhere, os.environ)
    parent.close()


@pytest.mark.slow("starts processes")
def test_a_parent_with_a_hanging_preload_can_be_ended(tmp_path):
    server = tmp_path / "server.py"
    server.write_text("import time\nprint('loads', flush=True)\ntime.sleep(600)\n")
    parent = preloaded.Preloaded([sys.executable, "-P", "-u", str(server)])
    closing = threading.Thread(target=parent.close, daemon=True)
    closing.start()
    closing.join(20)
    assert not closing.is_alive()
    assert ends_soon(parent._process.pid)


@pytest.mark.slow("starts processes")
def test_a_parent_prints_nothing_if_its_client_ends_early(tmp_path):
    own_end, parent_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with parent_end, Path(os.devnull).open("r+b") as nothing:
        command = [sys.executable, "-P", "-u", REAL, "--preloaded"]
        parent = subprocess.Popen(command, stdin=parent_end.fileno(), stderr=subprocess.PIPE)
        request = {"number": 1, "folder": str(tmp_path), "environment": {}}
        # The parent reads this request once it has loaded all modules.
        socket.send_fds(own_end, [json.dumps(request).encode()], [nothing.fileno()] * 3)
        own_end.close()
    assert parent.communicate() == (None, b"")
    assert parent.returncode == 0


class Interrupted(BaseException):
    pass


@pytest.mark.slow("starts processes")
def test_the_response_to_an_interrupted_request_is_not_used_for_the_next(parent, tmp_path, monkeypatch):
    real, responses = parent._requests, []

    class InterruptedSocket:
        def __getattr__(self, name):
            return getattr(real, name)

        def recv(self, size):
            responses.append(real.recv(size, socket.MSG_PEEK))
            raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(parent, "_requests", InterruptedSocket())
        with pytest.raises(Interrupted):
            parent.fork(tmp_path, {})
    # The fork of the interrupted request ends: no process holds the other end of its stdin.
    assert ends_soon(int(responses[0].split()[-1]))
    forks = [parent.fork(tmp_path, {"MARK": name}) for name in ("a", "b")]
    for fork, name in zip(forks, ("a", "b"), strict=True):
        with fork.stdin, fork.stdout, fork.stderr:
            assert json.loads(fork.stdout.readline())[1] == name
            assert Path(f"/proc/{fork.pid}/cwd").resolve() == tmp_path
        fork.wait()
        assert ends_soon(fork.pid)


CLIENT_SCRIPT = """
import sys, time
from pathlib import Path
from rehearsal.providers import preloaded
from rehearsal.providers.dynamic_process import DynamicProvider

preloaded.enable()
provider = DynamicProvider(Path(sys.argv[1]), "p", print)
provider._start()
print(provider._process.pid, preloaded._preloaded._process.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.slow("starts processes")
def test_parent_and_forks_end_when_their_client_is_killed(tmp_path):
    client = subprocess.Popen([sys.executable, "-c", CLIENT_SCRIPT, str(tmp_path)], stdout=subprocess.PIPE)
    fork, parent = map(int, client.stdout.readline().split())
    client.send_signal(signal.SIGKILL)
    client.wait()
    client.stdout.close()
    assert ends_soon(fork)
    assert ends_soon(parent)


@pytest.mark.slow("starts processes")
def test_settings_read_at_interpreter_start_need_a_new_process(no_shared_parent, tmp_path):
    command = [sys.executable, "-P", "-u", REAL]
    for name in ("PYTHONHASHSEED", "OPENSSL_CONF"):
        assert preloaded.start(command, tmp_path, {**os.environ, name: "3"}) is None
    fork = preloaded.start(command, tmp_path, {**os.environ, "ANOTHER": "3"})
    fork.stdin.write(b"token\n")
    assert fork.stdout.readline().strip().isdigit()
    fork.kill()
    fork.wait()
    for stream in (fork.stdin, fork.stdout, fork.stderr):
        stream.close()


def test_without_a_test_session_nothing_is_forked(no_shared_parent, monkeypatch, tmp_path):
    monkeypatch.setattr(preloaded, "_sessions", 0)
    assert preloaded.start([sys.executable, REAL], tmp_path, os.environ) is None


def test_a_provider_is_forked_on_demand_and_its_parent_starts_early(no_shared_parent, tmp_path):
    provider = DynamicProvider(tmp_path, "p", print)
    provider.begin()
    assert preloaded._preloaded is not None
    assert provider._process is None
    provider.close()


def test_a_nested_session_keeps_the_outer_sessions_parent(no_shared_parent, tmp_path):
    command = [sys.executable, "-P", "-u", REAL]
    assert preloaded.begin(command, os.environ)
    parent = preloaded._preloaded
    preloaded.enable()
    preloaded.close()
    assert preloaded._preloaded is parent
    preloaded.close()
    assert preloaded._preloaded is None
    assert not preloaded.begin(command, os.environ)


@pytest.mark.slow("starts Python for the provider")
def test_without_a_parent_a_provider_is_started_normally(no_shared_parent, tmp_path):
    lines = []
    first = DynamicProvider(tmp_path, "p", lines.append)
    first._start()
    assert isinstance(first._process, preloaded.ForkedProcess)
    preloaded._preloaded._process.kill()
    preloaded._preloaded._process.wait()
    second = DynamicProvider(tmp_path, "p", lines.append)
    second._start()
    assert isinstance(second._process, subprocess.Popen)
    second.close()
    pid = first._process.pid
    first.close()
    assert ends_soon(pid)
    assert lines == []
