"""Runs an operation and shows its progress, or prints only its outcome as JSON."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Callable

import typer

from rehearsal.display.console import console_on
from rehearsal.display.display import Display
from rehearsal.display.streams import lasting_output
from rehearsal.engine.events import Report
from rehearsal.stack import Stack

__all__ = ["print_json", "show"]


def show(
    op: str,
    stack: Stack,
    operate: Callable[[Display], Report],
    *,
    as_json: bool,
    diff: bool = False,
    planned: bool = False,
) -> None:
    """Run an operation and show its progress, or only its outcome as JSON. A failure exits with code 1."""
    with lasting_output():
        console = console_on(stderr=as_json)
        display = Display(console, stack.name, op, as_json=as_json, details=diff, planned=planned)
        # The program's output must not get into the JSON.
        with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
            try:
                report = operate(display)
            except BaseException:
                display.close()
                raise
            display.finish(report)
        if as_json:
            print_json(report)
    if report.abandoned:
        # Exit without waiting for threads that do not end.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)
    if not report.ok:
        raise typer.Exit(1)


def print_json(report: Report) -> None:
    """Print the report as one JSON object."""
    sys.stdout.write(json.dumps(report.to_json(), indent=1) + "\n")
