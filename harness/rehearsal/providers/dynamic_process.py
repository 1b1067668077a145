"""The provider of dynamic resources: calls the SDK's own server in its own process over gRPC, as Pulumi does."""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, ClassVar, Final

import grpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from rehearsal.provider import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    PropertyMap,
    Provider,
    ProviderError,
    ReadResult,
)
from rehearsal.providers import preloaded
from rehearsal.providers.preloaded import ForkedProcess
from rehearsal.state.property_values import properties_from_wire, properties_to_wire

__all__ = ["COMMAND", "PACKAGE", "SERVER", "DynamicProvider"]

PACKAGE: Final = "pulumi-python"
SERVER: Final = Path(__file__).with_name("provider_process.py")
"""The program of a provider's process."""
COMMAND: Final = [sys.executable, "-P", "-u", str(SERVER)]

# Properties, such as large files, may exceed gRPC's limit of 4 MiB. Pulumi allows 400 MiB.
_OPTIONS: Final = [
    ("grpc.max_receive_message_length", 400 * 2**20),
    ("grpc.max_send_message_length", 400 * 2**20),
]
_TOKEN: Final = "rehearsal-token"  # noqa: S105 - the name of a header
# The provider has its own process group, because Ctrl-C in a terminal reaches the whole process group. The engine
# decides when the provider ends.
_NEW_PROCESS_GROUP: Final[dict[str, Any]] = (
    {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    if os.name == "nt"
    else {"start_new_session": True}
)
# gRPC's prefix for exceptions in its server, which is removed from errors.
_GRPC_PREFIX: Final = "Exception calling application: "
_CHANGES: Final = {
    provider_pb2.DiffResponse.DIFF_UNKNOWN: None,
    provider_pb2.DiffResponse.DIFF_NONE: False,
    provider_pb2.DiffResponse.DIFF_SOME: True,
}


class DynamicProvider(Provider):
    """Starts ``python -m pulumi.dynamic`` in the program's folder on first use, and calls it.

    The server's process has its own process group, so that Ctrl-C does not reach it. It ends when this process ends. It
    answers only calls of this process.

    `say` is called with each line that the server prints. If the server dies, the running call fails; the next
    operation starts a new one.
    """

    is_tested = True

    DIED: ClassVar = "the dynamic provider's process ended during {method}; what it was doing may be half done"

    def __init__(
        self, folder: Path, project: str, say: Callable[[str], None], *, environment: Mapping[str, str] | None = None
    ) -> None:
        self._folder = folder
        self._environment = dict(os.environ if environment is None else environment)
        self._project = project
        self._say = say
        self._config: PropertyMap = {}
        self._crashed = False
        self._metadata = ((_TOKEN, secrets.token_urlsafe()),)
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | ForkedProcess | None = None
        self._channel: grpc.Channel | None = None
        self._stub: provider_pb2_grpc.ResourceProviderStub | None = None
        self._is_forwarded = False

    def configure(self, config: PropertyMap) -> None:
        self._config = config

    def begin(self) -> None:
        """Start the process early, without waiting until it serves, because it will probably be needed.

        If processes can be forked from a preloaded one, only that one is started: forking is quick. If the start fails,
        the first call reports it.
        """
        with self._lock, contextlib.suppress(OSError):
            if not preloaded.begin(COMMAND, self._environment):
                self._launch()

    def _launch(self) -> subprocess.Popen[bytes] | ForkedProcess:
        if self._process is None:
            self._process = self._start_process()
            self._send_token(self._process)
        return self._process

    def _start(self) -> provider_pb2_grpc.ResourceProviderStub:
        with self._lock:
            if self._crashed:
                raise ProviderError(self.DIED.format(method="its start"))
            if self._stub is None:
                port = self._port(self._launch())
                self._channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=_OPTIONS)
                self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
                self._stub.Configure(
                    provider_pb2.ConfigureRequest(args=properties_to_wire(self._config)),
                    wait_for_ready=True,
                    metadata=self._metadata,
                )
            return self._stub

    def _send_token(self, process: subprocess.Popen[bytes] | ForkedProcess) -> None:
        """Send the server the token that calls must have."""
        if process.stdin is None:
            raise TypeError("the server's input is piped")
        ((_, token),) = self._metadata
        with contextlib.suppress(BrokenPipeError):  # it has ended already, and its output says why
            process.stdin.write(f"{token}\n".encode())
            process.stdin.flush()

    def _start_process(self) -> subprocess.Popen[bytes] | ForkedProcess:
        environment = {**self._environment, "PULUMI_PROJECT": self._project}
        return preloaded.start(COMMAND, self._folder, environment) or subprocess.Popen(  # noqa: S603 - this interpreter
            COMMAND,
            cwd=self._folder,
            env=environment,
            stdin=subprocess.PIPE,  # the process ends when this closes
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **_NEW_PROCESS_GROUP,
        )

    def _port(self, process: subprocess.Popen[bytes] | ForkedProcess) -> int:
        if process.stdout is None or process.stderr is None:
            raise TypeError("the server's output is piped")
        line = process.stdout.readline()
        if not line.strip().isdigit():
            rest = process.stderr.read().decode(errors="replace")
            process.wait()
            raise ProviderError(f"the dynamic provider did not start:\n{line.decode(errors='replace')}{rest}".rstrip())
        for stream in (process.stdout, process.stderr):
            threading.Thread(target=self._forward, args=(stream,), name="dynamic-provider-output", daemon=True).start()
        self._is_forwarded = True
        return int(line)

    def _forward(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self._say(line.decode(errors="replace").rstrip("\n"))

    def _call(self, method: str, request: Any) -> Any:
        stub = self._start()
        try:
            return getattr(stub, method)(request, metadata=self._metadata)
        except grpc.RpcError as error:
            if error.code() == grpc.StatusCode.UNAVAILABLE:
                raise ProviderError(self.DIED.format(method=method)) from None
            # The error is the whole traceback, which Pulumi shows too.
            raise ProviderError(str(error.details()).removeprefix(_GRPC_PREFIX).rstrip()) from None

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        response = self._call(
            "Check",
            provider_pb2.CheckRequest(urn=urn, olds=properties_to_wire(olds), news=properties_to_wire(news)),
        )
        failures = tuple(CheckFailure(f.property, f.reason) for f in response.failures)
        return CheckResult(properties_from_wire(response.inputs), failures)

    def diff(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> DiffResult:
        response = self._call(
            "Diff",
            provider_pb2.DiffRequest(
                id=id,
                urn=urn,
                olds=properties_to_wire(old_outputs),
                old_inputs=properties_to_wire(old_inputs),
                news=properties_to_wire(news),
            ),
        )
        return DiffResult(
            changes=_CHANGES[response.changes],
            replaces=tuple(response.replaces),
            delete_before_replace=response.deleteBeforeReplace,
            stables=tuple(response.stables),
        )

    def create(self, urn: str, inputs: PropertyMap) -> CreateResult:
        response = self._call("Create", provider_pb2.CreateRequest(urn=urn, properties=properties_to_wire(inputs)))
        return CreateResult(response.id, properties_from_wire(response.properties))

    def read(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult | None:
        response = self._call(
            "Read",
            provider_pb2.ReadRequest(
                id=id, urn=urn, properties=properties_to_wire(outputs), inputs=properties_to_wire(inputs)
            ),
        )
        if not response.id and not response.HasField("properties"):
            return None
        read_inputs = properties_from_wire(response.inputs) if response.HasField("inputs") else None
        return ReadResult(response.id, properties_from_wire(response.properties), read_inputs)

    def update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        response = self._call(
            "Update",
            provider_pb2.UpdateRequest(
                id=id,
                urn=urn,
                olds=properties_to_wire(old_outputs),
                old_inputs=properties_to_wire(old_inputs),
                news=properties_to_wire(news),
            ),
        )
        return properties_from_wire(response.properties)

    def preview_update(
        self, urn: str, id: str, old_inputs: PropertyMap, old_outputs: PropertyMap, news: PropertyMap
    ) -> PropertyMap:
        # The server does not support previews. As in Pulumi, the inputs are the outputs; the SDK treats others as
        # unknown.
        del urn, id, old_inputs, old_outputs
        return dict(news)

    def delete(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> None:
        del inputs
        self._call("Delete", provider_pb2.DeleteRequest(id=id, urn=urn, properties=properties_to_wire(outputs)))

    def crash(self) -> bool:
        """Kill the provider if it is executing a call; return False if it is not."""
        # The lock is not taken, because it is held while a process starts.
        process = self._process
        if process is None:
            return False
        self._crashed = True
        process.kill()
        return True

    def close(self) -> None:
        with self._lock:
            if self._channel is not None:
                self._channel.close()
            if self._process is not None:
                self._process.kill()
                self._process.wait()
                self._close_pipes(self._process)
            self._channel = self._stub = self._process = None

    def _close_pipes(self, process: subprocess.Popen[bytes] | ForkedProcess) -> None:
        # The threads that forward the output close the pipes at its end.
        read_here = () if self._is_forwarded else (process.stdout, process.stderr)
        for stream in (process.stdin, *read_here):
            if stream is not None:
                with contextlib.suppress(BrokenPipeError):  # the process ended before it had read its input
                    stream.close()
