"""The dynamic provider server in its own process, and its access control."""

import base64
import subprocess
import sys
import warnings

import grpc
import pytest
from google.protobuf import struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from rehearsal.provider import ProviderError
from rehearsal.providers import preloaded
from rehearsal.providers.dynamic_process import DynamicProvider

URN = "urn:pulumi:dev::p::pulumi-python:dynamic:Resource::thing"


def pickled(code):
    """Return a pickle that evaluates an expression when it is loaded."""
    return base64.b64encode(f"cbuiltins\neval\n(V{code}\ntR.".encode()).decode()


@pytest.fixture
def ports(monkeypatch):
    """The list of the ports that servers listen on."""
    seen, real = [], DynamicProvider._port
    monkeypatch.setattr(DynamicProvider, "_port", lambda self, process: seen.append(real(self, process)) or seen[-1])
    return seen


@pytest.fixture
def provider(tmp_path, ports):
    made = DynamicProvider(tmp_path, "p", lambda _: None)
    yield made
    made.close()


@pytest.fixture
def no_forks(monkeypatch):
    """Make the provider start a new process instead of a fork, as it does outside of pytest."""
    monkeypatch.setattr(preloaded, "_sessions", 0)


def test_the_server_rejects_calls_without_the_engines_token(provider, ports, tmp_path):
    with pytest.raises(ProviderError, match="__provider"):  # an error of the server: it accepts this call
        provider.check(URN, {}, {})
    news = struct_pb2.Struct()
    news.update({"__provider": pickled(f"open({str(tmp_path / 'ran')!r}, 'w')")})
    request = provider_pb2.CheckRequest(urn=URN, news=news)
    with grpc.insecure_channel(f"127.0.0.1:{ports[0]}") as channel:
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        for metadata in ((), (("rehearsal-token", ""),), (("rehearsal-token", "guess"),)):
            with pytest.raises(grpc.RpcError) as caught:
                stub.Check(request, metadata=metadata)
            assert caught.value.code() == grpc.StatusCode.UNAUTHENTICATED
            assert caught.value.details() == "the call lacks the token of this run"
        assert not (tmp_path / "ran").exists()
        # With the token the pickle does run.
        with pytest.raises(grpc.RpcError):
            stub.Check(request, metadata=provider._metadata)
        assert (tmp_path / "ran").exists()


def test_an_unused_provider_leaves_no_open_pipe(no_forks, provider):
    provider.begin()
    process = provider._process
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        provider.close()
    assert caught == []
    assert process.stdin.closed
    assert process.stdout.closed
    assert process.stderr.closed


def test_a_provider_that_ends_before_it_reads_its_token_is_closed_without_an_error(no_forks, provider, monkeypatch):
    dead = subprocess.Popen(
        [sys.executable, "-c", ""], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    dead.wait()
    monkeypatch.setattr(provider, "_start_process", lambda: dead)
    provider.begin()
    provider.close()
    assert dead.stdin.closed
