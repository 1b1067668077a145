"""Plugins that serve modelled types to the real engine: the process that it starts, and the servers behind it."""

import os
import subprocess
import sys
import tempfile

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from rehearsal.errors import NotModelled
from rehearsal.provider import CheckResult, Provider
from rehearsal.providers.harness_work import is_internal
from rehearsal.real_engine.plugins import SOCKET, installed_packages, packages_of, serving, write_launchers
from rehearsal.state.property_values import properties_from_wire, properties_to_wire

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the launchers are shell scripts")
URN = "urn:pulumi:dev::p::lamps:index:Lamp::a"


class Lamps(Provider):
    def __init__(self):
        self.config = {}

    def configure(self, config):
        self.config = config

    def check(self, urn, olds, news):
        return CheckResult({**news, "internal": is_internal(), **self.config})


@pytest.fixture
def lamps(tmp_path):
    """Return a function that starts the plugin `lamps` as the engine does, and returns its stub and its process."""
    models = [("lamps:*", Lamps), ("other:*", Provider)]
    write_launchers(packages_of(models), tmp_path)
    started, channels = [], []

    def start():
        command = [str(tmp_path / "pulumi-resource-lamps"), "127.0.0.1:1"]
        process = subprocess.Popen(command, env={**os.environ, SOCKET: str(socket)}, stdout=subprocess.PIPE, text=True)
        started.append(process)
        channel = grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}")
        channels.append(channel)
        return provider_pb2_grpc.ResourceProviderStub(channel), process

    with serving(models) as socket:
        yield start
        for channel in channels:
            channel.close()
        for process in started:
            process.kill()
            process.wait()
            process.stdout.close()
    assert not socket.exists()


def checked_inputs(stub):
    request = provider_pb2.CheckRequest(urn=URN, news=properties_to_wire({"watts": 5}))
    return properties_from_wire(stub.Check(request, wait_for_ready=True).inputs)


def test_each_process_is_a_provider_with_its_own_configuration(lamps):
    one, _ = lamps()
    two, _ = lamps()
    one.Configure(provider_pb2.ConfigureRequest(args=properties_to_wire({"region": "west"})), wait_for_ready=True)
    assert checked_inputs(one) == {"watts": 5, "internal": True, "region": "west"}
    assert checked_inputs(two) == {"watts": 5, "internal": True}


def test_a_plugin_is_not_served_after_its_end(lamps):
    stub, process = lamps()
    assert checked_inputs(stub)["watts"] == 5
    process.kill()
    process.wait()
    while is_served(stub):
        pass


def is_served(stub):
    """Return whether a call gets a response. After the server's exit, its port refuses connections."""
    try:
        stub.Check(provider_pb2.CheckRequest(urn=URN), timeout=10)
    except grpc.RpcError:
        return False
    return True


def test_packages_are_derived_from_the_patterns():
    assert packages_of([("aws:ssm/*", Lamps), ("pulumi:providers:gcp", Lamps), ("a-b:c:D", Lamps)]) == {
        "aws",
        "gcp",
        "a-b",
    }


def test_installed_packages_are_found_by_their_sdks_metadata(tmp_path, monkeypatch):
    for module, metadata in {
        "pulumi_gcp": '{"resource": true, "name": "gcp", "version": "9.0.0"}',
        "of_a_library": '{"resource": false, "name": "library"}',
    }.items():
        (tmp_path / module).mkdir()
        (tmp_path / module / "pulumi-plugin.json").write_text(metadata)
    monkeypatch.setattr(sys, "path", [str(tmp_path), str(tmp_path / "missing")])
    assert installed_packages() == {"gcp"}


@pytest.mark.parametrize("pattern", ["*", "l?mps:*", ":x"])
def test_a_pattern_for_any_package_is_refused(pattern):
    with pytest.raises(NotModelled, match="name the package"):
        packages_of([(pattern, Lamps)])


def test_the_socket_path_is_short_for_any_temporary_folder(tmp_path, monkeypatch):
    deep = tmp_path / ("x" * 100)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))
    with serving([]) as path:
        assert path.is_socket()
    assert not path.parent.exists()
