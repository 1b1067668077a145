"""Serves modelled types to the real engine, as plugins, from this process."""

from __future__ import annotations

import contextlib
import shlex
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from rehearsal.errors import NotModelled
from rehearsal.plugin_server.peers import SameUserInterceptor
from rehearsal.plugin_server.servicer import ProviderServicer
from rehearsal.provider import ProviderFactory
from rehearsal.providers.harness_work import work

__all__ = ["SOCKET", "packages_of", "serving", "write_launchers"]

SOCKET: Final = "REHEARSE_PLUGINS"
_LINK: Final = Path(__file__).with_name("plugin_link.py")
_PROVIDERS: Final = ["pulumi", "providers"]
_THREADS: Final = 64
_OPTIONS: Final = [
    ("grpc.max_receive_message_length", 400 * 2**20),
    ("grpc.max_send_message_length", 400 * 2**20),
]

Models = Sequence[tuple[str, ProviderFactory]]


def packages_of(models: Models) -> set[str]:
    """Return the packages that models are of.

    :raises NotModelled: for a pattern that may be of any package: the engine starts plugins by their names.
    """
    packages = set()
    for pattern, _ in models:
        parts = pattern.split(":")
        package = parts[2] if parts[:2] == _PROVIDERS and parts[2:] else parts[0]
        if not package or set(package) & set("*?["):
            raise NotModelled(
                f'the real engine can\'t be served types of any package ({pattern!r}, as in unmodelled="made-up"): it '
                'looks for a plugin by the package\'s name; name the package (providers={"name:*": …}), or run on '
                "rehearsal's own engine"
            )
        packages.add(package)
    return packages


def write_launchers(packages: set[str], folder: Path) -> None:
    """Write the executables that the engine looks for on PATH."""
    for package in packages:
        launcher = folder / f"pulumi-resource-{package}"
        command = shlex.join([sys.executable, "-I", "-S", str(_LINK), package])
        launcher.write_text(f"#!/bin/sh\nexec {command}\n", encoding="utf-8")
        launcher.chmod(0o755)


@contextlib.contextmanager
def serving(models: Models) -> Iterator[Path]:
    """Serve the models to whatever plugin process asks for them at a socket; yield its path.

    Each process gets a server of its own, for each is one provider resource with its own configuration.
    """
    # A path for a socket must be short, which that of a project need not be.
    with tempfile.TemporaryDirectory(prefix="rehearse-") as folder, socket.socket(socket.AF_UNIX) as listener:
        path = Path(folder) / "plugins"
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen()
        accepting = threading.Thread(target=_accept, args=(listener, models), name="plugins", daemon=True)
        accepting.start()
        try:
            yield path
        finally:
            # Closing alone does not wake who waits for a connection.
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
    with link, link.makefile() as asked:
        package = asked.readline().strip()
        servicer = ProviderServicer(
            [(p, make) for p, make in models if package in packages_of([(p, make)])], _version_of(package)
        )
        server = grpc.server(
            ThreadPoolExecutor(_THREADS, "provider"),
            interceptors=[SameUserInterceptor(), _AtWork()],
            options=_OPTIONS,
        )
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        with contextlib.closing(servicer), contextlib.suppress(OSError):
            link.sendall(f"{port}\n".encode())
            asked.readline()
        server.stop(grace=None).wait()


class _AtWork(grpc.ServerInterceptor):  # type: ignore[misc]  # grpc has no types
    """Marks what is done for a call as the harness's own work, which no program's logging shows."""

    def intercept_service(self, continuation: Any, handler_call_details: Any) -> Any:
        """Return what answers a call."""
        handler = continuation(handler_call_details)
        if handler is None or handler.unary_unary is None:
            return handler

        def answer(request: Any, context: Any) -> Any:
            with work():
                return handler.unary_unary(request, context)

        return grpc.unary_unary_rpc_method_handler(answer, handler.request_deserializer, handler.response_serializer)


def _version_of(package: str) -> str:
    """Return the version of the SDK that programs here use: the engine warns of an older plugin."""
    try:
        return metadata.version(f"pulumi-{package}")
    except metadata.PackageNotFoundError:
        return ""
