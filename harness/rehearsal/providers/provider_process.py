"""The process of the dynamic providers: runs the SDK's own server, and ends when the engine's process ends.

It is run as a file (``python -P -u provider_process.py``). Its standard input is a pipe whose other end is open in the
engine. The engine writes one line to it, a token. The pipe closes when the engine ends, even if it is killed.

The server listens on a loopback port, which every user of the machine can reach, and executes the pickles that it gets.
So it answers only calls with the token. With Pulumi's own engine, which has no token, the line is empty. Then calls of
other users are refused, if the system can recognize them.

If REHEARSE_PROVIDER_STARTUP names a Python file, the process runs that first.

With ``--preloaded``, its standard input is a socket of `rehearsal.providers.preloaded`. It imports the modules that all
provider processes need, and calls the functions of installed packages in the entry point group ``rehearsal.preload``.
Then it forks a process for each request, and ends when the socket closes.
"""

from __future__ import annotations

import contextlib
import gc
import hmac
import importlib
import importlib.metadata
import importlib.util
import json
import os
import runpy
import socket
import sys
import sysconfig
import threading
import time
from typing import Any

import grpc

_HEADER = "rehearsal-token"
_LARGEST_REQUEST = 2**22
_STARTUP = "REHEARSE_PROVIDER_STARTUP"
_PEERS = os.path.join(os.path.dirname(__file__), "peers.py")  # noqa: PTH118, PTH120 - nothing is imported that need not be


class _TokenInterceptor(grpc.ServerInterceptor):  # type: ignore[misc]  # grpc has no types
    """Accepts only calls with the token."""

    def __init__(self, token: bytes) -> None:
        self._token = token

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        sent = dict(handler_call_details.invocation_metadata).get(_HEADER, "")
        if hmac.compare_digest(str(sent).encode(), self._token):
            return continuation(handler_call_details)
        return grpc.unary_unary_rpc_method_handler(_refuse)


def _refuse(request: Any, context: Any) -> None:
    del request
    context.abort(grpc.StatusCode.UNAUTHENTICATED, "the call lacks the token of this run")


def _interceptor(token: bytes) -> Any:
    if token:
        return _TokenInterceptor(token)
    # Loaded by its path: as under Pulumi, the provider's process does not import rehearsal.
    spec = importlib.util.spec_from_file_location("rehearsal_peers", _PEERS)
    if spec is None or spec.loader is None:
        raise ImportError(_PEERS)
    peers = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(peers)
    return peers.SameUserInterceptor()


def _server_with(interceptor: Any) -> Any:
    """Return a replacement for `grpc.server` that adds an interceptor."""
    make = grpc.server

    def server(*arguments: Any, **options: Any) -> Any:
        return make(*arguments, **options, interceptors=[interceptor])

    return server


def _line(pipe: int) -> bytes:
    line = b""
    while not line.endswith(b"\n"):
        read = os.read(pipe, 1)
        if not read:
            sys.exit(0)
        line += read
    return line.strip()


def _take_standard_input() -> int:
    """Return the pipe on standard input, and replace that by /dev/null, as under Pulumi."""
    pipe = os.dup(sys.__stdin__.fileno() if sys.__stdin__ else 0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return pipe


def _end_with(pipe: int) -> None:
    while os.read(pipe, 1024):
        pass
    os._exit(0)


class _LoadedCode:
    """The modules that this process has loaded, to detect that a new process would load others."""

    def __init__(self) -> None:
        paths = sysconfig.get_paths()
        installed = tuple(paths[kind] for kind in ("stdlib", "platstdlib", "purelib", "platlib"))
        files = {getattr(module, "__file__", None) or "" for module in sys.modules.values()}
        # Only files of a checkout are compared: installed packages do not change meanwhile.
        self._files = {file: _stamp(file) for file in files if file and not file.startswith(installed)}
        self._names = {name.partition(".")[0] for name in sys.modules} - {"__main__"}

    def is_current(self, folder: str) -> bool:
        """Whether a new process in this folder, from which it would import first, would load the same modules."""
        try:
            there = set(os.listdir(folder))  # noqa: PTH208 - nothing is imported that need not be
        except OSError:
            return False
        for name in self._names:
            # A folder without __init__.py, such as one named html, does not take precedence over installed packages.
            package = os.path.join(folder, name, "__init__.py")  # noqa: PTH118 - as above
            if f"{name}.py" in there or (name in there and _stamp(package)):
                return False
        return all(_stamp(file) == stamp for file, stamp in self._files.items())


def _stamp(file: str) -> tuple[int, int] | None:
    try:
        status = os.stat(file)  # noqa: PTH116 - as above
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def _fork_on_request(requests: socket.socket) -> None:
    """Fork a process for each request. Returns only in the forked processes."""
    for module in ("dill", "pulumi.dynamic", "pulumi.runtime.proto", "pulumi.runtime._grpc_settings"):
        importlib.import_module(module)
    for offer in importlib.metadata.entry_points(group="rehearsal.preload"):
        # Ignore errors: if a module can't be loaded, the provider that needs it reports that.
        with contextlib.suppress(Exception):
            offer.load()()
    loaded = _LoadedCode()
    gc.freeze()
    while True:
        data, files, _, _ = socket.recv_fds(requests, _LARGEST_REQUEST, 3)
        if not data:
            os._exit(0)
        request = json.loads(data)
        if "wait" in request:
            _answer(requests, request, os.waitpid(request["wait"], 0)[1])
            continue
        child = 0
        if loaded.is_current(request["folder"]):
            child = os.fork()
            if child == 0:
                requests.close()
                _set_up_child(files, request["folder"], request["environment"])
                return
        for file in files:
            os.close(file)
        _answer(requests, request, child)


def _answer(requests: socket.socket, request: dict[str, Any], number: int) -> None:
    try:
        requests.send(f"{request['number']} {number}".encode())
    except OSError:  # the other end has closed the socket
        os._exit(0)


def _set_up_child(files: list[int], folder: str, environment: dict[str, str]) -> None:
    """Give a forked process the session, files, environment and folder of a new process."""
    os.setsid()
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)


if __name__ == "__main__":
    if sys.argv[1:] == ["--preloaded"]:
        _fork_on_request(socket.socket(fileno=_take_standard_input()))
        sys.argv[1:] = []
    _pipe = _take_standard_input()
    grpc.server = _server_with(_interceptor(_line(_pipe)))
    threading.Thread(target=_end_with, args=(_pipe,), name="end-with-engine", daemon=True).start()
    # As `python -m pulumi.dynamic` does.
    if not os.environ.get("PYTHONSAFEPATH"):
        sys.path.insert(0, os.getcwd())  # noqa: PTH109 - nothing is imported that need not be
    if _STARTUP in os.environ:
        runpy.run_path(os.environ[_STARTUP])
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
