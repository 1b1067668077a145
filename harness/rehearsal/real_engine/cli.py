"""The Pulumi CLI that is installed here."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from typing import Any, Final

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation.errors import InvalidVersionError

from rehearsal.errors import RehearsalError

__all__ = ["Cli", "NoRealEngine", "installed_cli"]

_REMEDY: Final = "install Pulumi and put it on PATH, or run on rehearsal's own engine"
# What rehearsal does was recorded with it, and its inline programs can refresh and destroy.
_OLDEST: Final = (3, 260)
# What the Automation API asks after each operation. The state says it too, and asking takes as long as the operation.
_ASKED_AFTERWARDS: Final = ("output", "history")
_NO_SUMMARY: Final = {
    "kind": "update",
    "startTime": "1970-01-01T00:00:00.000Z",
    "message": "",
    "environment": {},
    "config": {},
    "result": "succeeded",
}


class NoRealEngine(RehearsalError):
    """There is no Pulumi CLI here, or none that can be used."""


class Cli(PulumiCommand):
    """Runs commands of the CLI for the Automation API, save those whose answers nobody looks at."""

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
    ) -> CommandResult:
        """Run a command."""
        if args[0] == "stack" and args[1] in _ASKED_AFTERWARDS:
            answer = json.dumps([_NO_SUMMARY] if args[1] == "history" else {})
            return CommandResult(stdout=answer, stderr="", code=0)
        # Of what a program would print, nothing is hidden here: what the CLI shows besides is not looked at.
        return super().run(args, cwd, additional_env, on_output, on_error)


@functools.cache
def _cli_at(path: str) -> Cli:
    del path  # the CLI is asked once for its version
    try:
        cli = Cli()
    except InvalidVersionError as error:
        raise NoRealEngine(f"the Pulumi CLI on PATH can't be used: {error}") from None
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoRealEngine(f"the Pulumi CLI on PATH does not run: {error}; {_REMEDY}") from None
    if cli.version is None or (cli.version.major, cli.version.minor) < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        raise NoRealEngine(f"the Pulumi CLI on PATH is of version {cli.version}: expected {oldest} or later; {_REMEDY}")
    return cli


def installed_cli() -> Cli:
    """Return the CLI on PATH.

    :raises NoRealEngine: if there is none, or of a version that the installed SDK can't drive.
    """
    if os.name == "nt":
        raise NoRealEngine("the real engine runs here on Linux and macOS: its plugins are shell scripts")
    found = shutil.which("pulumi")
    if found is None:
        raise NoRealEngine(f"there is no `pulumi` on PATH, which the real engine is: {_REMEDY}")
    return _cli_at(found)
