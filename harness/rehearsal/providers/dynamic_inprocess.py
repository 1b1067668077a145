"""The provider of dynamic resources in this process: the SDK's own servicer, without its server.

Breakpoints and coverage reach the provider, and no process has to start. The rest is as over gRPC: values go through
protobuf, providers through their pickles, each is loaded and configured once an operation, and exceptions come back as
tracebacks. Two things differ: provider and program share their modules, and the provider prints to this process's own
output.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import contextvars
import ctypes
import functools
import importlib.util
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Final, NoReturn, TypeVar

import grpc
from pulumi.runtime import Settings
from pulumi.runtime.proto import provider_pb2

from rehearsal.provider import ProviderError
from rehearsal.providers.dynamic_process import DynamicProvider
from rehearsal.providers.harness_work import provider_work
from rehearsal.state.property_values import properties_to_wire

__all__ = ["InProcessProvider", "ProviderCrashed"]

_T = TypeVar("_T")

_SERVER: Final = "pulumi.dynamic.__main__"


class ProviderCrashed(BaseException):
    """Ends a provider's call at once, as the death of its process would: no `except Exception` catches it."""


class InProcessProvider(DynamicProvider):
    """Calls ``pulumi.dynamic``'s servicer directly, each call in its own context, as the server's threads do.

    `folder` and `say` are as for `DynamicProvider`; the caller makes the folder's modules importable.
    """

    def __init__(
        self, folder: Path, project: str, say: Callable[[str], None], *, environment: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(folder, project, say, environment=environment)
        self._servicer: Any = None
        self._at_work: list[int] = []
        self._held = contextlib.ExitStack()

    def begin(self) -> None:
        """Do nothing: there is no process to wait for."""

    def _start_servicer(self) -> Any:
        with self._lock:
            if self._servicer is None:
                server = _server_module()
                # The server gets the project's name from an environment variable, which belongs to a process.
                vars(server)["Settings"] = lambda **given: Settings(**{**given, "project": self._project})
                vars(server)["asyncio"] = _Loops(self._unless_crashed)
                self._servicer = server.DynamicResourceProviderServicer()
                request = provider_pb2.ConfigureRequest(args=properties_to_wire(self._config))
                contextvars.Context().run(self._servicer.Configure, request, _CallContext())
            return self._servicer

    def _call(self, method: str, request: Any) -> Any:
        with self._working(method):
            try:
                call = getattr(self._start_servicer(), method)
                return contextvars.Context().run(_as_provider, call, request)
            except ProviderError:
                raise
            except Exception as error:  # noqa: BLE001 - as in gRPC's server
                raise ProviderError(str(error)) from None
            except SystemExit as error:
                raise ProviderError(
                    f"the dynamic provider ended its process (exit code {error.code}) during {method}; under Pulumi "
                    "the call would never return: raise an error instead"
                ) from None

    @contextlib.contextmanager
    def _working(self, method: str) -> Iterator[None]:
        me = threading.get_ident()
        self._enter(me, method)
        crashed = False
        try:
            yield
        except ProviderCrashed:
            crashed = True
        finally:
            crashed = self._leave(me) or crashed
        if crashed:
            raise ProviderError(self.DIED.format(method=method))

    def _enter(self, thread: int, method: str) -> None:
        with self._lock:
            if self._crashed:
                raise ProviderError(self.DIED.format(method=method))
            self._at_work.append(thread)

    def _leave(self, thread: int) -> bool:
        """Record that a call has ended; return whether its provider was killed meanwhile."""
        while True:
            try:
                with self._lock:
                    _interrupt(thread, None)  # an exception that has not arrived yet must not arrive later
                    if thread in self._at_work:
                        self._at_work.remove(thread)
                    return self._crashed
            except ProviderCrashed:
                continue

    def _unless_crashed(self, work: Callable[[], _T]) -> _T:
        """Do a piece of work completely or not at all: no crash interrupts it.

        :raises ProviderCrashed: if the provider was killed before.
        """
        with self._lock:
            if self._crashed:
                _interrupt(threading.get_ident(), None)
                raise ProviderCrashed
            return work()

    def crash(self) -> bool:
        with self._lock:
            at_work = bool(self._at_work)
            if at_work and not self._crashed:
                self._crashed = True
                self._held.enter_context(_quiet_in_finalizers())
            for thread in self._at_work:
                _interrupt(thread, ProviderCrashed)
            return at_work

    def close(self) -> None:
        with self._lock:
            self._servicer = None
            self._held.close()


class _Loops:
    """Replaces asyncio in the SDK's server, which creates an event loop for each response.

    A loop that is interrupted while it is created, run or closed can't be closed, and complains when it is collected.
    """

    def __init__(self, whole: Callable[[Callable[[], Any]], Any]) -> None:
        self._whole = whole

    def new_event_loop(self) -> _Loop:
        """Return the part of a loop that the server needs."""
        return _Loop(self._whole)


class _Loop:
    def __init__(self, whole: Callable[[Callable[[], Any]], Any]) -> None:
        self._whole = whole

    def run_until_complete(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run it in a new loop."""

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
        """End the call with an error: the provider's traceback."""
        del code
        raise ProviderError(details.rstrip()) from None

    def set_code(self, code: grpc.StatusCode) -> None:
        """Do nothing: an exception with all details follows."""

    def set_details(self, details: str) -> None:
        """Do nothing: an exception with all details follows."""


@functools.cache
def _server_code() -> CodeType:
    """Compile the SDK's module without the call of ``main()`` at its end, which would serve and never return."""
    spec = importlib.util.find_spec(_SERVER)
    if spec is None or spec.origin is None:
        raise ImportError(f"no module {_SERVER}: this pulumi serves dynamic providers some other way")
    tree = ast.parse(Path(spec.origin).read_text(encoding="utf-8"), spec.origin)
    tree.body = [statement for statement in tree.body if ast.unparse(statement) != "main()"]
    return compile(tree, spec.origin, "exec")


def _server_module() -> ModuleType:
    """Return a new copy of the module: its cache of providers must last for one operation, as its process does."""
    module = ModuleType(_SERVER)
    exec(_server_code(), vars(module))  # noqa: S102 - the SDK's own code
    return module


def _interrupt(thread: int, error: type[BaseException] | None) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(
        ctypes.c_ulong(thread), None if error is None else ctypes.py_object(error)
    )


_ignored_crashes = 0
_hook_before: Callable[[sys.UnraisableHookArgs], object] = sys.unraisablehook


@contextlib.contextmanager
def _quiet_in_finalizers() -> Iterator[None]:
    """Ignore a crash that arrives in a finalizer: Python drops such an exception, with a complaint.

    The provider then lives until it answers, as if it had been killed a moment later.
    """
    global _ignored_crashes, _hook_before  # noqa: PLW0603 - as the hook itself is
    with _hook_lock:
        if not _ignored_crashes:
            _hook_before, sys.unraisablehook = sys.unraisablehook, _ignore_crash
        _ignored_crashes += 1
    try:
        yield
    finally:
        with _hook_lock:
            _ignored_crashes -= 1
            if not _ignored_crashes and sys.unraisablehook is _ignore_crash:
                sys.unraisablehook = _hook_before


def _ignore_crash(unraisable: sys.UnraisableHookArgs) -> None:
    if unraisable.exc_type is not ProviderCrashed:
        _hook_before(unraisable)


_hook_lock = threading.Lock()
