"""Formats tracebacks for the author of a program or provider, without the frames of rehearsal and Pulumi's SDK."""

from __future__ import annotations

import asyncio
import concurrent.futures
import runpy
import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import FrameType
from typing import Final

import pulumi

__all__ = ["traceback_of"]

_HERE: Final = Path(__file__).parent
_SDK: Final = Path(pulumi.__file__).parent
_FOLDERS: Final = (_HERE, _SDK, Path(asyncio.__file__).parent, Path(concurrent.futures.__file__).parent)
_FILES: Final = {runpy.__file__, "<frozen runpy>"}
_FROZEN_IMPORT: Final = "<frozen importlib."
# Functions that call functions of the program. A TypeError for a wrong number of arguments is raised in these frames,
# but it is the program's mistake.
_CALLERS: Final = {_HERE / "program" / "start.py", _HERE / "testing" / "applies.py"}


def traceback_of(error: BaseException) -> str:
    """Return the traceback of a program's or provider's exception, without the frames of rehearsal and Pulumi's SDK.

    If no frames remain, as for an error in the SDK while it awaits an output, the text names that output. An exception
    that rehearsal itself has raised is shown with all frames, because it is a bug, and a report needs them.
    """
    shown = traceback.TracebackException.from_exception(error)
    for part in _chain(shown):
        part.stack = _without_harness_frames(part.stack)
    # The SDK raises a caught exception again with itself as the cause, which hides the original context.
    shown.__suppress_context__ = shown.__suppress_context__ and error.__cause__ is not error
    text = "".join(shown.format()).rstrip()
    awaited = "" if shown.stack else _awaited_property(error)
    return f"{text}\n(raised by {awaited})" if awaited else text


def _chain(shown: traceback.TracebackException | None) -> Iterator[traceback.TracebackException]:
    if shown is not None:
        yield shown
        yield from _chain(shown.__cause__)
        yield from _chain(shown.__context__)
        for part in shown.exceptions or ():
            yield from _chain(part)


def _without_harness_frames(frames: traceback.StackSummary) -> traceback.StackSummary:
    if frames and _is_in(frames[-1].filename, [_HERE]) and Path(frames[-1].filename) not in _CALLERS:
        return frames
    return traceback.StackSummary.from_list([frame for frame in frames if not _runs_programs(frame.filename)])


def _runs_programs(file: str) -> bool:
    return file in _FILES or file.startswith(_FROZEN_IMPORT) or _is_in(file, _FOLDERS)


def _is_in(file: str, folders: Iterable[Path]) -> bool:
    return any(Path(file).is_relative_to(folder) for folder in folders)


def _awaited_property(error: BaseException) -> str:
    """Return the property that the SDK was awaiting when the error was raised, if its frames show that."""
    found = ""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        here = frame.f_locals
        match frame.f_code.co_name if _is_in(frame.f_code.co_filename, [_SDK]) else "":
            case "prepare_resource" | "do_register_resource_outputs":
                found = _name_of(frame)
            case "serialize_properties" if found and isinstance(here.get("k"), str):
                return f"what is given for {here['k']!r} of {found}"
    return ""


def _name_of(frame: FrameType) -> str:
    resource = frame.f_locals.get("res")
    if isinstance(resource, pulumi.runtime.stack.Stack):
        return "the stack's outputs"
    kind, name = getattr(resource, "_type", ""), getattr(resource, "_name", "")
    return f"{kind} {name!r}" if kind and name else ""
