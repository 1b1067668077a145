"""The installed Pulumi CLI, as the Automation API runs it."""

from __future__ import annotations

import copy
import functools
import json
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, Final

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation.errors import InvalidVersionError, create_command_error

from rehearsal.errors import RehearsalError
from rehearsal.state.passphrase import FILE_VARIABLE, VARIABLE

__all__ = ["Cli", "NoRealEngine", "installed_cli"]

_REMEDY: Final = "install Pulumi and put it on PATH, or run on rehearsal's own engine"
# The oldest CLI whose inline programs can refresh and destroy.
_OLDEST: Final = (3, 260)
# Pulumi's variables that the CLI inherits: the user's passphrase is used for rehearsed stacks too.
_INHERITED: Final = {VARIABLE, FILE_VARIABLE, "PULUMI_DEBUG_GRPC"}
# Commands that the Automation API runs after each operation, and that are skipped: each takes as long as the operation,
# and their results are in the state file.
_UNUSED_QUERIES: Final = ("output", "history")
_NO_SUMMARY: Final = {
    "kind": "update",
    "startTime": "1970-01-01T00:00:00.000Z",
    "message": "",
    "environment": {},
    "config": {},
    "result": "succeeded",
}


class NoRealEngine(RehearsalError):
    """No usable Pulumi CLI is installed."""


class Cli(PulumiCommand):
    """Runs the CLI for the Automation API. Commands whose results are not used are skipped.

    Each command runs in its own session. A Ctrl-C therefore reaches only this process, which calls `interrupt`.
    """

    def __init__(self) -> None:
        super().__init__()
        self._running: set[subprocess.Popen[str]] = set()

    def copy(self) -> Cli:
        """Return a copy for another stack. Its `interrupt` affects only that stack's commands."""
        made = copy.copy(self)
        made._running = set()  # noqa: SLF001 - its own
        return made

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
    ) -> CommandResult:
        """Run a command.

        :raises CommandError: if it fails.
        """
        if args[0] == "stack" and args[1] in _UNUSED_QUERIES:
            response = json.dumps([_NO_SUMMARY] if args[1] == "history" else {})
            return CommandResult(stdout=response, stderr="", code=0)
        # The program prints to this process. The CLI's own display is not used.
        with subprocess.Popen(  # noqa: S603 - the installed CLI
            [self.command, "--non-interactive", *args],
            cwd=cwd,
            env={**_inherited(os.environ), **additional_env, "PULUMI_AUTOMATION_API": "true"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process:
            self._running.add(process)
            try:
                written = _collect_output(process, on_output, on_error)
            finally:
                self._running.discard(process)
        if process.returncode < 0:
            written[1] = f"{written[1]}\nthe Pulumi CLI was ended by {signal.Signals(-process.returncode).name}"
        result = CommandResult(stdout=written[0], stderr=written[1], code=process.returncode)
        if result.code:
            raise create_command_error(result)
        return result

    def interrupt(self) -> None:
        """Interrupt the running commands. The first call lets pending operations finish, the second ends them."""
        for process in list(self._running):
            process.send_signal(signal.SIGINT)


def _inherited(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without Pulumi's variables, which configure the user's real stacks.

    With PULUMI_BACKEND_URL the CLI would change the stack of the same name in the user's backend.
    """
    return {name: value for name, value in environment.items() if not name.startswith("PULUMI_") or name in _INHERITED}


def _collect_output(process: subprocess.Popen[str], *callbacks: Callable[[str], Any] | None) -> list[str]:
    """Return the standard output and error of a process; call a callback with each line as it is written."""
    lines: tuple[list[str], list[str]] = ([], [])

    def follow(stream: IO[str], callback: Callable[[str], Any] | None, kept: list[str]) -> None:
        for line in stream:
            kept.append(line.rstrip())
            if callback is not None:
                callback(kept[-1])

    threads = [
        threading.Thread(target=follow, args=(stream, callback, kept), name="pulumi-output", daemon=True)
        for stream, callback, kept in zip((process.stdout, process.stderr), callbacks, lines, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    process.wait()
    return ["\n".join(kept) for kept in lines]


@functools.cache
def _cli_at(path: str) -> Cli:
    try:
        cli = Cli()
    except InvalidVersionError as error:
        raise NoRealEngine(f"the Pulumi CLI on PATH can't be used: {error}") from None
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoRealEngine(f"the Pulumi CLI on PATH does not run: {error}; {_REMEDY}") from None
    if cli.version is None or (cli.version.major, cli.version.minor) < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        raise NoRealEngine(f"the Pulumi CLI on PATH has version {cli.version}: expected {oldest} or later; {_REMEDY}")
    # An absolute path, because the CLI runs in another folder.
    cli.command = path
    return cli


def installed_cli() -> Cli:
    """Return the CLI on PATH.

    :raises NoRealEngine: if there is none, or if the installed SDK does not support its version.
    """
    if os.name == "nt":
        raise NoRealEngine("the real engine needs Linux or macOS here: its plugins are shell scripts")
    found = shutil.which("pulumi")
    if found is None:
        raise NoRealEngine(f"the real engine needs the Pulumi CLI, and there is no `pulumi` on PATH: {_REMEDY}")
    return _cli_at(str(Path(found).absolute()))
