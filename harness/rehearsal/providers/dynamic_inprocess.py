"""The provider of dynamic resources in this process: the SDK's own servicer, without its server.

Breakpoints and coverage work in the provider, and no process has to start. Otherwise it behaves as over gRPC: values
are converted to protobuf and back, providers are pickled and unpickled, each is configured once an operation, and
exceptions are returned as tracebacks. Two things differ: provider and program share their modules, and the provider
prints to this process's output.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import contextvars
import functools
import importlib.util
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final, NoReturn

import grpc
from pulumi.runtime import Settings
from pulumi.runtime.proto import provider_pb2

from rehearsal.provider import ProviderError
from rehearsal.providers.dynamic_process import DynamicProvider
from rehearsal.providers.harness_work import provider_work
from rehearsal.providers.interruptible_calls import InterruptibleCalls, ProviderCrashed
from rehearsal.state.property_values import properties_to_wire

__all__ = ["InProcessProvider"]

_SERVER: Final = "pulumi.dynamic.__main__"


class InProcessProvider(DynamicProvider):
    """Calls the servicer of ``pulumi.dynamic`` directly. Each call has its own context, as in the server's threads.

    `folder` and `say` are as for `DynamicProvider`. The caller makes the folder's modules importable.
    """

    def __init__(
        self, folder: Path, project: str, say: Callable[[str], None], *, environment: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(folder, project, say, environment=environment)
        self._servicer: Any = None
        self._calls = InterruptibleCalls()

    def begin(self) -> None:
        """Do nothing: there is no process to wait for."""

    def _start_servicer(self) -> Any:
        with self._lock:
            if self._servicer is None:
                server = _server_module()
                # The server reads the project's name from an environment variable, which this process does not have.
                vars(server)["Settings"] = lambda **given: Settings(**{**given, "project": self._project})
                vars(server)["asyncio"] = _AsyncioReplacement(self._calls.run_uninterrupted)
                vars(server)["_PROVIDER_LOCK"] = self._calls.lock
                self._servicer = server.DynamicResourceProviderServicer()
                request = provider_pb2.ConfigureRequest(args=properties_to_wire(self._config))
                contextvars.Context().run(self._servicer.Configure, request, _CallContext())
            return self._servicer

    def _call(self, method: str, request: Any) -> Any:
        try:
            call = getattr(self._start_servicer(), method)
            in_context = functools.partial(contextvars.Context().run, _as_provider, call, request)
            return self._calls.run(in_context)
        except ProviderCrashed:
            raise ProviderError(self.DIED.format(method=method)) from None
        except ProviderError:
            raise
        except Exception as error:  # noqa: BLE001 - as in gRPC's server
            raise ProviderError(str(error)) from None
        except SystemExit as error:
            raise ProviderError(
                f"the dynamic provider ended its process (exit code {error.code}) during {method}; under Pulumi "
                "the call would never return: raise an error instead"
            ) from None

    def crash(self) -> bool:
        """End the provider's running calls with an exception; False if there is none.

        A lock of its own that the provider is just taking may stay locked afterwards.
        """
        return self._calls.crash()

    def close(self) -> None:
        with self._lock:
            self._servicer = None
        self._calls.close()


class _AsyncioReplacement:
    """A replacement for asyncio in the SDK's server, which creates an event loop for each response.

    A loop that is interrupted while it is created, run or closed can't be closed any more, and prints a warning when it
    is collected. So these loops are not interrupted.
    """

    def __init__(self, whole: Callable[[Callable[[], Any]], Any]) -> None:
        self._whole = whole

    def new_event_loop(self) -> _Loop:
        """Return an object with the methods of a loop that the server uses."""
        return _Loop(self._whole)


class _Loop:
    def __init__(self, whole: Callable[[Callable[[], Any]], Any]) -> None:
        self._whole = whole

    def run_until_complete(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run the coroutine in a new loop."""

        def run() -> Any:
            with contextlib.closing(asyncio.new_event_loop()) as loop:
                return loop.run_until_complete(work)

        try:
            return self._whole(run)
        finally:
            work.close()

    def close(self) -> None:
        """Do nothing: each loop is closed after its run."""


def _as_provider(call: Callable[[Any, _CallContext], Any], request: Any) -> Any:
    with provider_work():
        return call(request, _CallContext())


class _CallContext:
    """The part of ``grpc.ServicerContext`` that a servicer needs."""

    def abort(self, code: grpc.StatusCode, details: str) -> NoReturn:
        """End the call with an error, whose details are the provider's traceback."""
        del code
        raise ProviderError(details.rstrip()) from None

    def set_code(self, code: grpc.StatusCode) -> None:
        """Do nothing, because an exception with all details follows."""

    def set_details(self, details: str) -> None:
        """Do nothing, because an exception with all details follows."""


@functools.cache
def _server_code() -> CodeType:
    """Compile the SDK's module without its last statement, the call of ``main()``, which would serve forever."""
    spec = importlib.util.find_spec(_SERVER)
    if spec is None or spec.origin is None:
        raise ImportError(f"no module {_SERVER}: this pulumi serves dynamic providers some other way")
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"), spec.origin)
    tree.body = [statement for statement in tree.body if ast.unparse(statement) != "main()"]
    return compile(tree, spec.origin, "exec")


def _server_module() -> ModuleType:
    """Execute the module again for each operation: its cache of providers must not outlive the operation."""
    module = ModuleType(_SERVER)
    exec(_server_code(), vars(module))  # noqa: S102 - the SDK's own code
    return module
