"""The end of an inline program whose engine has exited."""

import asyncio
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
import pulumi
import pytest
from google.protobuf import empty_pb2
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, language_pb2, resource_pb2, resource_pb2_grpc

from rehearsal.real_engine.inline_program import InlineProgram


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """A resource monitor that responds to every registration except that of the thing `stuck`."""

    def __init__(self):
        self.reached = threading.Event()
        self.finished = threading.Event()

    def SupportsFeature(self, request, context):
        return resource_pb2.SupportsFeatureResponse(hasSupport=False)

    def RegisterResource(self, request, context):
        if request.name == "stuck":
            self.reached.set()
            self.finished.wait(60)
        return resource_pb2.RegisterResourceResponse(urn=f"urn:pulumi:dev::p::{request.type}::{request.name}", id="1")

    def RegisterResourceOutputs(self, request, context):
        return empty_pb2.Empty()


class Engine(engine_pb2_grpc.EngineServicer):
    def Log(self, request, context):
        return empty_pb2.Empty()

    def GetRootResource(self, request, context):
        return engine_pb2.GetRootResourceResponse()

    def SetRootResource(self, request, context):
        return engine_pb2.SetRootResourceResponse()


class Thing(pulumi.CustomResource):
    seen: pulumi.Output[str]

    def __init__(self, name):
        super().__init__("toy:index:Thing", name, {"seen": None})


def stuck():
    pulumi.export("seen", Thing("stuck").seen)


@pytest.fixture
def monitor():
    return Monitor()


@pytest.fixture
def engine(monitor):
    server = grpc.server(ThreadPoolExecutor(8))
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(monitor, server)
    engine_pb2_grpc.add_EngineServicer_to_server(Engine(), server)
    server.port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield server
    monitor.finished.set()
    server.stop(0).wait()


@pytest.fixture
def run(engine):
    """Return a function that runs an inline program in a thread, as the Automation API does."""
    failures = []

    def work(inline):
        address = f"127.0.0.1:{engine.port}"
        request = language_pb2.RunRequest(
            project="p", stack="dev", monitor_address=address, args=[address], parallel=4, organization="o"
        )
        try:
            LanguageServer(inline).Run(request, None)
        except grpc.RpcError as error:
            failures.append(error)

    def start(inline):
        thread = threading.Thread(target=work, args=(inline,), daemon=True)
        thread.start()
        return thread, failures

    return start


def test_a_program_ends_when_its_engine_is_gone(run, engine, monitor, caplog):
    inline = InlineProgram(stuck)
    thread, failures = run(inline)
    assert monitor.reached.wait(30)
    engine.stop(0).wait()
    inline.end()
    thread.join(30)
    assert not thread.is_alive()
    assert inline._loop.is_closed()
    # gRPC logs exceptions of its servers. That of an ended program, whose engine is unreachable, is not logged.
    (failure,) = failures
    logging.getLogger("grpc._server").error("of the program", exc_info=failure)
    logging.getLogger("grpc._server").error("of another server", exc_info=ValueError("x"))
    assert "of the program" not in caplog.messages
    assert "of another server" in caplog.messages


def test_an_ended_program_is_not_ended_again(run):
    inline = InlineProgram(lambda: pulumi.export("a", Thing("a").seen))
    thread, failures = run(inline)
    thread.join(30)
    inline.end()
    assert failures == []
    assert inline._loop.is_closed()


def test_a_program_does_not_start_after_its_engine_ended():
    ran = []
    inline = InlineProgram(lambda: ran.append(1))
    inline.end()
    with pytest.raises(pulumi.RunError, match="has ended"):
        asyncio.run(inline())
    assert ran == []
