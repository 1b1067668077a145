"""Starts a program (a function, a file or a folder) in the running event loop."""

from __future__ import annotations

import inspect
import runpy
from collections.abc import Callable
from pathlib import Path

import pulumi

from rehearsal.paths import exists
from rehearsal.program.isolation import arguments

__all__ = ["Program", "start"]

Program = Path | Callable[[], object]
"""A folder with ``__main__.py``, a file, or a function that creates resources."""


async def start(program: Program) -> None:
    """Run a program to its end. Registrations may still be pending then."""
    if callable(program):
        made = program()
        if inspect.isawaitable(made):
            await made
        return
    main = program if program.suffix == ".py" else program / "__main__.py"
    if not exists(main):
        raise pulumi.RunError(f"there is no program: {main} does not exist")
    with arguments(program):
        runpy.run_path(str(program), run_name="__main__")
