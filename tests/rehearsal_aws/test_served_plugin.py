"""The plugin process, started and called as by the engine, and a lifecycle on the real engine, if installed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from real_cli import reason_to_skip_real_cli
from rehearsal.plugin_server import install_plugin, plugin_environment
from rehearsal.provider import UNKNOWN, PropertyMap
from rehearsal.state.property_values import properties_from_wire, properties_to_wire

REPOSITORY = Path(__file__).parents[2]
CHANNEL = "urn:pulumi:dev::proj::aws:ivs/channel:Channel::live"


class Engine:
    """Starts and calls the plugin as the engine does."""

    def __init__(self, folder: Path) -> None:
        environment = {**os.environ, "PATH": str(folder)}
        self.process = subprocess.Popen(
            ["pulumi-resource-aws", "127.0.0.1:1"],
            env=environment | {k: v for k, v in plugin_environment(folder, os.environ).items() if v is not None},
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
        )
        assert self.process.stdout is not None
        self.channel = grpc.insecure_channel(f"127.0.0.1:{int(self.process.stdout.readline())}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)
        self.stub.Handshake(provider_pb2.ProviderHandshakeRequest(engine_address="127.0.0.1:1"), wait_for_ready=True)
        config = {"region": "us-east-1", "defaultTags": json.dumps({"tags": {"stage": "dev"}}), "version": "7.51.1"}
        checked = self.stub.CheckConfig(provider_pb2.CheckRequest(news=properties_to_wire(config)))
        self.stub.Configure(provider_pb2.ConfigureRequest(args=checked.inputs))

    def check(self, news: PropertyMap, olds: PropertyMap | None = None) -> PropertyMap:
        request = provider_pb2.CheckRequest(
            urn=CHANNEL, olds=properties_to_wire(olds or {}), news=properties_to_wire(news)
        )
        response = self.stub.Check(request)
        assert not response.failures
        return properties_from_wire(response.inputs)

    def close(self) -> None:
        self.stub.Cancel(empty_pb2.Empty())
        self.channel.close()
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def engine(shared_cloud: Any, tmp_path: Path) -> Iterator[Engine]:
    engine = Engine(install_plugin("aws", tmp_path / "plugin").parent)
    yield engine
    engine.close()


@pytest.mark.slow("starts processes")
def test_a_channel_completes_its_lifecycle_over_grpc(engine: Engine, client: Callable[..., Any]) -> None:
    stub, wire = engine.stub, properties_to_wire
    inputs = engine.check({"type": "BASIC", "tags": {"team": "video"}})
    planned = stub.Create(provider_pb2.CreateRequest(urn=CHANNEL, properties=wire(inputs), preview=True))
    assert properties_from_wire(planned.properties)["arn"] is UNKNOWN
    assert client("ivs").list_channels()["channels"] == []
    made = stub.Create(provider_pb2.CreateRequest(urn=CHANNEL, properties=wire(inputs)))
    outputs = properties_from_wire(made.properties)
    assert outputs["tagsAll"] == {"team": "video", "stage": "dev"}
    assert client("ivs").get_channel(arn=made.id)["channel"]["type"] == "BASIC"

    def change(news: PropertyMap) -> dict[str, Any]:
        return {"id": made.id, "urn": CHANNEL, "olds": made.properties, "old_inputs": wire(inputs), "news": wire(news)}

    assert stub.Diff(provider_pb2.DiffRequest(**change(inputs))).changes == provider_pb2.DiffResponse.DIFF_NONE
    news = engine.check({"type": "STANDARD", "tags": {"team": "video"}}, inputs)
    assert news["name"] == inputs["name"]
    diff = stub.Diff(provider_pb2.DiffRequest(**change(news)))
    assert (diff.changes, list(diff.detailedDiff)) == (diff.DIFF_SOME, ["type"])
    stub.Update(provider_pb2.UpdateRequest(**change(news)))
    assert client("ivs").get_channel(arn=made.id)["channel"]["type"] == "STANDARD"

    read = stub.Read(provider_pb2.ReadRequest(id=made.id, urn=CHANNEL, properties=made.properties, inputs=wire(inputs)))
    assert properties_from_wire(read.inputs)["type"] == "STANDARD"
    call = stub.Invoke(
        provider_pb2.InvokeRequest(tok="aws:ivs/getStreamKey:getStreamKey", args=wire({"channelArn": made.id}))
    )
    key = properties_from_wire(getattr(call, "return"))
    assert client("ivs").get_stream_key(arn=key["arn"])["streamKey"]["value"] == key["value"]

    stub.Delete(provider_pb2.DeleteRequest(id=made.id, urn=CHANNEL, properties=read.properties))
    assert client("ivs").list_channels()["channels"] == []
    assert stub.Read(provider_pb2.ReadRequest(id=made.id, urn=CHANNEL, properties=read.properties)).id == ""


@pytest.mark.slow("the plugin in a process of its own")
def test_the_plugin_has_the_version_of_the_sdk(engine: Engine) -> None:
    assert engine.stub.GetPluginInfo(empty_pb2.Empty()).version == metadata.version("pulumi-aws")


@pytest.mark.slow("the plugin in a process of its own")
def test_an_unmodelled_type_is_made_up(engine: Engine) -> None:
    urn = "urn:pulumi:dev::proj::aws:ecs/cluster:Cluster::jobs"
    given = properties_to_wire({"tags": {"team": "video"}})
    assert engine.stub.Check(provider_pb2.CheckRequest(urn=urn, news=given)).inputs == given
    made = engine.stub.Create(provider_pb2.CreateRequest(urn=urn, properties=given))
    outputs = properties_from_wire(made.properties)
    assert outputs["arn"].startswith("arn:aws:ecs:us-east-1:123456789012:cluster/jobs-")
    assert outputs["tagsAll"] == {"stage": "dev", "team": "video"}


def test_the_process_ends_with_its_engine(shared_cloud: Any, tmp_path: Path) -> None:
    path = install_plugin("aws", tmp_path)
    # A stand-in engine starts the plugin and exits. The plugin inherits stderr, and holds it open until it exits too.
    engine = f"import subprocess; subprocess.Popen([{str(path)!r}], stdout=subprocess.PIPE).stdout.readline()"
    assert subprocess.run([sys.executable, "-c", engine], check=True, stderr=subprocess.PIPE, timeout=60)


SERVE = [sys.executable, "-m", "rehearsal", "serve-plugin"]


def serve_plugin(folder: Path, *command: str, **options: Any) -> subprocess.CompletedProcess[str]:
    arguments = [*SERVE, "--cwd", str(folder), "--", *command]
    return subprocess.run(arguments, check=False, text=True, capture_output=True, **options)


LIST_CHANNELS = """
import boto3, json, os, shutil, sys
ivs = boto3.client("ivs")
ivs.create_channel(name="live")
names = [channel["name"] for channel in ivs.list_channels()["channels"]]
json.dump([names, shutil.which("pulumi-resource-aws"), os.environ.get("PULUMI_IGNORE_AMBIENT_PLUGINS")], sys.stdout)
sys.exit(7)
"""


@pytest.mark.slow("two commands with an embedded cloud each, which both start boto3")
def test_a_command_gets_plugin_and_cloud_and_the_cloud_is_persisted(tmp_path: Path) -> None:
    environment = {**os.environ, "PULUMI_IGNORE_AMBIENT_PLUGINS": "1"}
    first = serve_plugin(tmp_path, sys.executable, "-c", LIST_CHANNELS, env=environment)
    assert first.returncode == 7, first.stderr
    names, plugin, ignored = json.loads(first.stdout)
    assert (names, plugin, ignored) == (["live"], str(tmp_path / ".rehearsal/plugin/aws/pulumi-resource-aws"), None)
    again = serve_plugin(tmp_path, sys.executable, "-c", LIST_CHANNELS, env=environment)
    assert json.loads(again.stdout)[0] == ["live", "live"]


@pytest.mark.slow("a process with an embedded AWS")
def test_a_missing_command_is_a_clear_error(tmp_path: Path) -> None:
    done = serve_plugin(tmp_path, "no-such-command")
    assert done.returncode == 127
    assert "no-such-command is not on PATH" in done.stderr
    assert "Traceback" not in done.stderr


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


WAIT = """
import os, sys, time
with open("command.new", "w") as file:
    file.write(str(os.getpid()))
os.rename("command.new", "command")
time.sleep(120)
"""


# On SIGTERM a shell exits and leaves its child running.
SHELL_COMMAND = ["/bin/sh", "-c", '"$@"; true', "sh", sys.executable, "-c", WAIT]


@pytest.mark.slow("a process with a cloud for each")
@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("words", [[sys.executable, "-c", WAIT], SHELL_COMMAND], ids=["command", "shell"])
def test_the_command_ends_with_its_parent(tmp_path: Path, kind: signal.Signals, words: list[str]) -> None:
    arguments = [*SERVE, "--cwd", str(tmp_path), "--", *words]
    with subprocess.Popen(arguments, cwd=tmp_path) as process:
        while not (tmp_path / "command").exists():
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(kind)
        assert process.wait() == (-kind if kind == signal.SIGKILL else 128 + kind)
    command = int((tmp_path / "command").read_text(encoding="utf-8"))
    until = time.monotonic() + 30
    while is_running(command):
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.slow("a process with an embedded AWS")
def test_without_a_command_it_prints_shell_variables_and_serves_until_stopped(tmp_path: Path) -> None:
    with subprocess.Popen([*SERVE, "--cwd", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        while b"until Ctrl-C" not in process.stderr.readline():
            assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        lines = process.stdout.read().decode()
        assert process.wait() == 0
    evaluated = subprocess.run(
        ["sh", "-c", f"{lines}\necho $AWS_ENDPOINT_URL; command -v pulumi-resource-aws"],
        check=True, text=True, capture_output=True,
    )  # fmt: skip
    url, plugin = evaluated.stdout.split()
    assert url.startswith("http://127.0.0.1:")
    assert plugin == str(tmp_path / ".rehearsal/plugin/aws/pulumi-resource-aws")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the repository's Pulumi project that runs with the current Python."""
    settings = yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text(encoding="utf-8"))
    settings["runtime"]["options"] = {"virtualenv": sys.prefix}
    (tmp_path / "Pulumi.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    shutil.copy(REPOSITORY / "__main__.py", tmp_path)
    return tmp_path


@pytest.mark.skipif(bool(reason_to_skip_real_cli()), reason=reason_to_skip_real_cli())
def test_the_real_engine_deploys_and_destroys_the_stack(project: Path) -> None:
    environment = {
        **os.environ,
        "HOME": str(project),
        "PULUMI_BACKEND_URL": project.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "passphrase",
    }

    def pulumi(*arguments: str) -> str:
        done = serve_plugin(project, "pulumi", "--non-interactive", *arguments, cwd=project, env=environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    pulumi("stack", "init", "dev")
    pulumi("config", "set", "aws:region", "us-east-1")
    pulumi("up", "--yes")
    first = json.loads(pulumi("stack", "output", "--json", "--show-secrets"))["channels"]["live"]
    assert first["arn"].startswith("arn:aws:ivs:us-east-1:")
    pulumi("preview", "--expect-no-changes")
    pulumi("config", "set", "rotation", "again")
    pulumi("up", "--yes")
    second = json.loads(pulumi("stack", "output", "--json", "--show-secrets"))["channels"]["live"]
    assert second["arn"] == first["arn"]
    values_differ = second["stream_key"] != first["stream_key"]
    assert values_differ
    pulumi("refresh", "--yes", "--expect-no-changes")
    pulumi("destroy", "--yes")
    assert json.loads(pulumi("stack", "export"))["deployment"].get("resources", []) == []
