"""Serves modelled types to the real engine as resource plugins, from this process."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import IO, Any, Final

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from rehearsal.errors import NotModelled
from rehearsal.plugin_server.servicer import ProviderServicer
from rehearsal.provider import ProviderFactory
from rehearsal.providers import preloaded
from rehearsal.providers.dynamic_process import COMMAND
from rehearsal.providers.dynamic_process import PACKAGE as DYNAMIC
from rehearsal.providers.harness_work import work
from rehearsal.providers.peers import SameUserInterceptor
from rehearsal.state.private_files import empty
from rehearsal.state.scratch import scratch_folder

__all__ = ["FOLDER", "SCRATCH", "SOCKET", "installed_packages", "packages_of", "serving", "write_launchers"]

SOCKET: Final = "REHEARSE_PLUGINS"
FOLDER: Final = "REHEARSE_PROGRAM_FOLDER"
SCRATCH: Final = "rehearse-"
"""The beginning of the names of temporary folders."""
_FILES: Final = 3
# The maximum length of a temporary folder's path: the path of a socket in it may have at most 103 bytes on macOS.
_LONGEST: Final = 70
_LINK: Final = Path(__file__).with_name("plugin_link.py")
_DYNAMIC_LINK: Final = _LINK.with_name("dynamic_link.py")
_PROVIDERS: Final = ["pulumi", "providers"]
_THREADS: Final = 64
_OPTIONS: Final = [
    ("grpc.max_receive_message_length", 400 * 2**20),
    ("grpc.max_send_message_length", 400 * 2**20),
]

Models = Sequence[tuple[str, ProviderFactory]]


def packages_of(models: Models) -> set[str]:
    """Return the names of the packages that the models serve.

    :raises NotModelled: for a pattern that matches several packages, because the engine finds plugins by their names.
    """
    packages = set()
    for pattern, _ in models:
        parts = pattern.split(":")
        package = parts[2] if parts[:2] == _PROVIDERS and parts[2:] else parts[0]
        if not package or set(package) & set("*?["):
            raise NotModelled(
                f"the real engine finds plugins by the package's name, and {pattern!r} matches any package: name the "
                'package (providers={"name:*": …}), or run on rehearsal\'s own engine'
            )
        packages.add(package)
    return packages


def installed_packages() -> set[str]:
    """Return the packages whose SDKs are installed: a program can use their types."""
    files = (file for folder in sys.path for file in Path(folder).glob("*/pulumi-plugin.json"))
    described = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    return {package["name"] for package in described if package.get("resource") and package.get("name")}


def write_launchers(packages: set[str], folder: Path) -> None:
    """Write the plugin executables that the engine finds on PATH: one for each package, one for dynamic providers.

    All other files in the folder are removed, because they would replace the commands of their names.
    """
    empty(folder)
    links = {package: [str(_LINK), package] for package in packages} | {DYNAMIC: [str(_DYNAMIC_LINK)]}
    for package, link in links.items():
        launcher = folder / f"pulumi-resource-{package}"
        command = shlex.join([sys.executable, "-I", "-S", *link])
        launcher.write_text(f"#!/bin/sh\nexec {command}\n", encoding="utf-8")
        launcher.chmod(0o755)


@contextlib.contextmanager
def serving(models: Models) -> Iterator[Path]:
    """Serve the models to plugin processes that connect to a socket; yield the socket's path.

    Each process gets its own server, because each is one provider resource with its own configuration.
    """
    # Use a temporary folder: the path of a socket must be short, but a project's path may be long.
    folder_for_it = None if len(tempfile.gettempdir()) < _LONGEST else "/tmp"  # noqa: S108 - a folder of its own in it
    with scratch_folder(SCRATCH, folder_for_it) as folder, socket.socket(socket.AF_UNIX) as listener:
        path = folder / "plugins"
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen()
        accepting = threading.Thread(target=_accept, args=(listener, models), name="plugins", daemon=True)
        accepting.start()
        try:
            yield path
        finally:
            # `shutdown`, because closing the socket would not end a pending accept().
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def _accept(listener: socket.socket, models: Models) -> None:
    served: list[threading.Thread] = []
    while True:
        try:
            link, _ = listener.accept()
        except OSError:
            break
        thread = threading.Thread(target=_serve, args=(link, models), name="plugin", daemon=True)
        thread.start()
        served.append(thread)
    for thread in served:
        thread.join()


def _serve(link: socket.socket, models: Models) -> None:
    """Serve one plugin process until it ends."""
    with link:
        # File descriptors arrive with the first byte.
        first, files, _, _ = socket.recv_fds(link, 1, _FILES)
        with link.makefile() as asked:
            package = first.decode() + asked.readline().strip()
            if files:
                _fork_dynamic(link, asked, files)
            else:
                _serve_models(link, asked, package, models)


def _fork_dynamic(link: socket.socket, asked: IO[str], files: list[int]) -> None:
    """Fork a process that serves dynamic providers for a plugin process, if possible; end it with that process."""
    try:
        environment = json.loads(asked.readline() or "{}")
        folder = Path(environment.get(FOLDER, ""))
        process = preloaded.start(COMMAND, folder, environment, files)
    finally:
        for file in files:
            os.close(file)
    with contextlib.suppress(OSError):
        link.sendall(f"{process.pid if process is not None else 0}\n".encode())
        asked.readline()
    if process is not None:
        process.kill()
        process.wait()


def _serve_models(link: socket.socket, asked: IO[str], package: str, models: Models) -> None:
    servicer = ProviderServicer(
        [(p, make) for p, make in models if package in packages_of([(p, make)])], _version_of(package)
    )
    server = grpc.server(
        ThreadPoolExecutor(_THREADS, "provider"),
        interceptors=[SameUserInterceptor(), _MarkHarnessWork()],
        options=_OPTIONS,
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with contextlib.closing(servicer), contextlib.suppress(OSError):
        link.sendall(f"{port}\n".encode())
        asked.readline()
    server.stop(grace=None).wait()


class _MarkHarnessWork(grpc.ServerInterceptor):  # type: ignore[misc]  # grpc has no types
    """An interceptor that marks each call as work of the harness, so that the program's logging does not show it."""

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Return the handler of a call, which marks its work."""
        handler = continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler

        def answer(request: Any, context: Any) -> Any:
            with work():
                return handler.unary_unary(request, context)

        return grpc.unary_unary_rpc_method_handler(answer, handler.request_deserializer, handler.response_serializer)


def _version_of(package: str) -> str:
    """Return the version of the installed SDK, because the engine warns if the plugin is older than the SDK."""
    try:
        return metadata.version(f"pulumi-{package}")
    except metadata.PackageNotFoundError:
        return ""
