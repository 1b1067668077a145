"""The plugin process that links the real engine with dynamic providers, and its exit."""

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

from rehearsal.providers import preloaded
from rehearsal.real_engine.plugins import SOCKET, serving
from rehearsal.real_engine.workspace import Workspace

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the launchers are shell scripts")

# A stand-in for the engine: it starts a plugin in a new session, which writes to the engine's stdout.
ENGINE = """
import subprocess, sys
print(subprocess.Popen([sys.argv[1], "127.0.0.1:1"], start_new_session=True).pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def workspace():
    made = Workspace()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def forked(monkeypatch):
    """Fork the provider's process from a preloaded one, where the system supports that."""
    monkeypatch.setattr(preloaded, "_sessions", 1)


class Engine:
    """A stand-in engine with one plugin. `output` reaches EOF when engine, plugin and provider have all exited."""

    def __init__(self, workspace, folder, socket):
        workspace.write_launchers([])
        launcher = workspace.folder / "bin/pulumi-resource-pulumi-python"
        environment = {**os.environ, **workspace._environment(folder), SOCKET: str(socket), "PATH": os.environ["PATH"]}
        self.process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", ENGINE, str(launcher)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.output = self.process.stdout
        self.plugin = int(self.output.readline())

    def end(self):
        with contextlib.suppress(BrokenPipeError):
            self.process.communicate()


@pytest.fixture
def start(tmp_path):
    """Return a function that starts the plugin of a workspace as the engine does."""
    with serving([]) as socket, contextlib.ExitStack() as held:

        def make(workspace):
            engine = Engine(workspace, tmp_path, socket)
            held.callback(engine.end)
            return engine

        yield make


def test_the_provider_runs_in_the_programs_folder_and_can_be_killed(start, workspace, tmp_path):
    engine = start(workspace)
    assert engine.output.readline().strip().isdigit()
    (pid_file,) = (workspace.folder / "processes").iterdir()
    assert Path(f"/proc/{pid_file.name}/cwd").resolve() == tmp_path or not Path("/proc").exists()
    assert int(pid_file.name) != engine.plugin
    assert workspace.kill_dynamic_providers()
    assert not workspace.kill_dynamic_providers()
    assert engine.process.communicate() == ("", None)


def kill_plugin(engine):
    os.killpg(engine.plugin, signal.SIGKILL)


def interrupt_plugin(engine):
    os.killpg(engine.plugin, signal.SIGINT)


def kill_engine(engine):
    engine.process.kill()


@pytest.mark.parametrize("end", [kill_plugin, interrupt_plugin, kill_engine])
def test_the_provider_ends_with_its_plugin_and_with_the_engine(start, workspace, end):
    engine = start(workspace)
    assert engine.output.readline().strip().isdigit()
    end(engine)
    # The output reaches EOF once no process holds the other end.
    assert engine.process.communicate() == ("", None)


def test_without_fork_a_provider_is_started_and_ends_with_its_plugin(start, workspace, monkeypatch):
    monkeypatch.setattr(preloaded, "_sessions", 0)
    test_the_provider_ends_with_its_plugin_and_with_the_engine(start, workspace, kill_engine)


def test_a_startup_file_runs_before_the_provider_serves(tmp_path, start):
    startup = tmp_path / "it's.py"
    startup.write_text("print('first', __name__, flush=True)")
    with contextlib.closing(Workspace(startup=startup)) as workspace:
        engine = start(workspace)
        assert engine.output.readline() == "first <run_path>\n"
        assert engine.output.readline().strip().isdigit()


# A startup file that makes all connections in /proc/net/tcp belong to user 54321.
OTHER_USER = """
import pathlib
real = pathlib.Path.read_text
def read_text(path, **options):
    lines = map(str.split, real(path, **options).splitlines())
    return "\\n".join(" ".join([*fields[:7], "54321", *fields[8:]]) for fields in lines)
pathlib.Path.read_text = read_text
"""


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the system does not tell the user of a connection")
@pytest.mark.slow("starts processes", quick="forked")
@pytest.mark.parametrize("sessions", [1, 0], ids=["forked", "started"])
def test_a_provider_runs_no_pickle_of_another_user(tmp_path, start, monkeypatch, sessions):
    monkeypatch.setattr(preloaded, "_sessions", sessions)
    startup = tmp_path / "startup.py"
    startup.write_text(OTHER_USER)
    for given, allowed in ((None, True), (startup, False)):
        with contextlib.closing(Workspace(startup=given)) as workspace:
            port = start(workspace).output.readline().strip()
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                stub = provider_pb2_grpc.ResourceProviderStub(channel)
                if allowed:
                    assert stub.GetPluginInfo(empty_pb2.Empty()).version
                    continue
                with pytest.raises(grpc.RpcError) as refused:
                    stub.GetPluginInfo(empty_pb2.Empty())
                assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
