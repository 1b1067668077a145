"""The plugin executable: installs it in a folder on PATH, and serves in its process."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Final, TextIO

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from rehearsal.errors import ConfigError, StateError
from rehearsal.local_providers.catalog import local_models
from rehearsal.made_up.provider import MadeUpProvider
from rehearsal.plugin_server.servicer import ProviderServicer
from rehearsal.provider import NamingCloud, ProviderFactory
from rehearsal.providers.catalog import installed_providers
from rehearsal.providers.peers import SameUserInterceptor
from rehearsal.stack import installed_clouds
from rehearsal.state.private_files import private_folder, write_whole
from rehearsal.state.trust import check_trusted

__all__ = ["install_plugin", "plugin_environment", "serve"]

_PACKAGE: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
# At least the engine's maximum of parallel calls: each call waits for the network.
_THREADS: Final = 64
# How often the process checks whether its engine still runs (seconds).
_WATCH: Final = 1.0
_OPTIONS: Final = [
    ("grpc.max_receive_message_length", 400 * 2**20),
    ("grpc.max_send_message_length", 400 * 2**20),
]


def install_plugin(package: str, folder: Path) -> Path:
    """Write the executable ``pulumi-resource-PACKAGE``, which runs this Python; return its path.

    It must be the only file in its folder, which is below `folder`: that folder will be on PATH, where any other file
    would replace the command of its name.

    :raises ConfigError: if the package name is invalid.
    :raises StateError: if there are other files in the folder, or another user may have changed it.
    """
    if not _PACKAGE.fullmatch(package):
        raise ConfigError(f"--package: expected letters, digits, hyphens and underscores, got {package[:100]!r}")
    path = folder / package / f"pulumi-resource-{package}"
    check_trusted(path)
    private_folder(path.parent)
    for other in sorted(path.parent.iterdir()):
        if other.name not in {path.name, f"{path.name}.new"}:
            raise StateError(
                f"{other} would run in place of the command of that name, and rehearsal has not put it there: see "
                "where it comes from, and delete it"
            )
    command = shlex.join([sys.executable, "-P", "-m", "rehearsal.plugin_server", package])
    write_whole(path, f'#!/bin/sh\nexec {command} "$@"\n'.encode(), mode=0o755)
    return path


def plugin_environment(folder: Path, present: Mapping[str, str]) -> dict[str, str | None]:
    """Return environment variables that make an engine use the plugins in a folder, and download none."""
    return {
        "PATH": os.pathsep.join(filter(None, (str(folder.resolve()), present.get("PATH", "")))),
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": None,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


def serve(package: str, out: TextIO) -> None:
    """Serve a package's types on a local port, which is written to `out`, until the parent process ends."""
    servicer = ProviderServicer(_models_of(package).items(), _version_of(package))
    server = grpc.server(
        ThreadPoolExecutor(_THREADS, "provider"), interceptors=[SameUserInterceptor()], options=_OPTIONS
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    parent = os.getppid()
    out.write(f"{port}\n")
    out.flush()
    with contextlib.closing(servicer), contextlib.suppress(KeyboardInterrupt):
        while os.getppid() == parent and server.wait_for_termination(_WATCH):
            pass
        server.stop(grace=None).wait()


def _models_of(package: str) -> dict[str, ProviderFactory]:
    models = {**installed_providers(), **local_models(lambda: dt.datetime.now(dt.UTC))}
    naming: list[NamingCloud] = []
    for factory in installed_clouds():
        with contextlib.closing(factory(None, {})) as cloud:
            models |= cloud.providers()
            if isinstance(cloud, NamingCloud):
                naming.append(cloud)
    served = {pattern: make for pattern, make in models.items() if pattern.partition(":")[0] in {package, "*"}}
    note = _warning()
    served.setdefault("*", lambda: MadeUpProvider(naming, note))
    return served


def _warning() -> Callable[[str], None]:
    """Return a function that writes a warning of an unmodelled type to the engine's log, once for each type."""
    known: set[str] = set()

    def note(token: str) -> None:
        if token not in known:
            known.add(token)
            sys.stderr.write(f"warning: no model for {token}: nothing is created, and its outputs are made up\n")
            sys.stderr.flush()

    return note


def _version_of(package: str) -> str:
    """Return the version of the installed SDK, because the engine warns if the plugin is older than the SDK."""
    try:
        return metadata.version(f"pulumi-{package}")
    except metadata.PackageNotFoundError:
        return ""
