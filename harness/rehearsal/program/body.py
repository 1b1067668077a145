"""How the body of a program is run, and what is told of its end: the same for both engines."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Iterator

import pulumi

from rehearsal.errors import ProgramError
from rehearsal.program.output_drain import settled
from rehearsal.program.start import Program, start
from rehearsal.tracebacks import traceback_of

__all__ = ["explained", "pickle_as_it_was", "run_body"]


async def run_body(program: Program) -> None:
    """Run the program, and return when all it has registered is there."""
    await start(program)
    await settled()


def explained(error: BaseException) -> ProgramError:
    """Return what a user is told of what a program has raised."""
    if isinstance(error, pulumi.RunError):
        return ProgramError(str(error))
    if isinstance(error, SystemExit):
        return ProgramError(f"the program ended itself: exit code {error.code}")
    return ProgramError("Program failed with an unhandled exception:\n" + traceback_of(error))


@contextlib.contextmanager
def pickle_as_it_was() -> Iterator[None]:
    """Undo what Pulumi's SDK does to pickle: one more layer, never taken off, with every dynamic resource."""
    methods = ("_batch_setitems", "save_dict")
    before = {name: vars(pickle._Pickler)[name] for name in methods}  # noqa: SLF001
    try:
        yield
    finally:
        for name, method in before.items():
            setattr(pickle._Pickler, name, method)  # noqa: SLF001
