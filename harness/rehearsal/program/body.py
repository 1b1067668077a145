"""Runs the body of a program, and converts its exceptions to errors, for both engines."""

from __future__ import annotations

import contextlib
import pickle
from collections.abc import Iterator

import pulumi

from rehearsal.errors import ProgramError
from rehearsal.program.output_drain import registrations_done
from rehearsal.program.start import Program, start
from rehearsal.tracebacks import traceback_of

__all__ = ["pickle_as_it_was", "program_error", "run_body"]


async def run_body(program: Program) -> None:
    """Run the program, and return when all its resources have been registered."""
    await start(program)
    await registrations_done()


def program_error(error: BaseException) -> ProgramError:
    """Return the error that a user sees for an exception of the program."""
    if isinstance(error, pulumi.RunError):
        return ProgramError(str(error))
    if isinstance(error, SystemExit):
        return ProgramError(f"the program ended itself: exit code {error.code}")
    return ProgramError("Program failed with an unhandled exception:\n" + traceback_of(error))


@contextlib.contextmanager
def pickle_as_it_was() -> Iterator[None]:
    """Undo the SDK's patches of pickle at the end of the block: each dynamic resource adds another layer."""
    methods = ("_batch_setitems", "save_dict")
    before = {name: vars(pickle._Pickler)[name] for name in methods}  # noqa: SLF001
    try:
        yield
    finally:
        for name, method in before.items():
            setattr(pickle._Pickler, name, method)  # noqa: SLF001
