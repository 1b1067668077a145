"""Access control of the gRPC servers that the Automation API starts in this process."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.automation import _stack
from pulumi.automation._server import LanguageServer
from pulumi.automation._stack import _EventsServicer
from pulumi.runtime.proto import events_pb2, events_pb2_grpc, language_pb2_grpc

from rehearsal.providers import peers
from rehearsal.real_engine import automation_servers


@pytest.fixture
def port(monkeypatch):
    """The port of a server that is created as the Automation API does."""
    monkeypatch.setattr(_stack, "grpc", grpc)
    automation_servers.guard()
    server = _stack.grpc.server(ThreadPoolExecutor(2), options=[])
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageServer(lambda: None), server)
    events_pb2_grpc.add_EventsServicer_to_server(_EventsServicer(lambda _: None), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield port
    server.stop(None).wait()


def call_results(port):
    """Call the language server and the events server; yield the results."""
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        program = language_pb2_grpc.LanguageRuntimeStub(channel)
        events = events_pb2_grpc.EventsStub(channel)
        for call in (
            lambda: program.GetPluginInfo(empty_pb2.Empty()),
            lambda: events.StreamEvents(iter([events_pb2.EventRequest(event="{}")])),
        ):
            try:
                call()
                yield "answered"
            except grpc.RpcError as error:
                yield error.code().name


def test_another_user_neither_runs_the_program_nor_reports_events(port, monkeypatch):
    assert list(call_results(port)) == ["answered", "answered"]
    monkeypatch.setattr(peers, "is_same_user", lambda _: False)
    assert list(call_results(port)) == ["PERMISSION_DENIED", "PERMISSION_DENIED"]


def test_the_real_engine_s_stack_guards_them():
    import rehearsal.real_engine.stack  # noqa: F401

    assert _stack.grpc is not grpc
    assert _stack.grpc.StatusCode is grpc.StatusCode
