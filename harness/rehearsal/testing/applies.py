"""Finds callbacks of ``Output.apply`` that contain assertions and never ran, so that nothing was asserted."""

from __future__ import annotations

import collections
import contextlib
import dis
import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, Final

import pulumi

__all__ = ["Applies"]

_DEPTH: Final = 2


class Applies:
    """Counts how often each callback with an assertion was passed to `apply`, and how often it ran."""

    def __init__(self) -> None:
        self._given: collections.Counter[CodeType] = collections.Counter()
        self._ran: collections.Counter[CodeType] = collections.Counter()
        self._missed: set[CodeType] = set()
        self._waiting: set[CodeType] = set()

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Count the callbacks in the block, while a program runs."""
        given: collections.Counter[CodeType] = collections.Counter()
        ran: collections.Counter[CodeType] = collections.Counter()
        original = pulumi.Output.apply

        @functools.wraps(original)
        def apply(output: Any, func: Callable[[Any], Any], *args: Any, **kwargs: Any) -> Any:
            function = _function_of(func)
            if function is None or not _asserts(function):
                return original(output, func, *args, **kwargs)
            code = function.__code__
            given[code] += 1

            @functools.wraps(func)
            def noted(value: Any) -> Any:
                ran[code] += 1
                return func(value)

            return original(output, noted, *args, **kwargs)

        pulumi.Output.apply = apply  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            pulumi.Output.apply = original  # type: ignore[method-assign]
        self._given += given
        self._ran += ran
        self._waiting = set(given - ran)

    def had_to_run(self) -> None:
        """Record that in the last run all values were known, so that every callback should have run."""
        self._missed |= self._waiting

    def never_ran(self) -> list[str]:
        """Return the locations of callbacks that were passed to `apply` but did not run, as ``FILE:LINE (NAME)``."""
        codes = self._missed | {code for code in self._given if not self._ran[code]}
        return sorted(
            f"{_relative_path(code.co_filename)}:{code.co_firstlineno} ({code.co_qualname})" for code in codes
        )


def _relative_path(file: str) -> str:
    path = Path(file)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else file


def _function_of(func: Any) -> FunctionType | None:
    while isinstance(func, functools.partial):
        func = func.func
    if not hasattr(func, "__code__"):
        func = getattr(type(func), "__call__", func)  # noqa: B004 - a callable object has one
    func = getattr(func, "__func__", func)
    return func if isinstance(func, FunctionType) else None


def _asserts(function: FunctionType, depth: int = _DEPTH) -> bool:
    """Whether the function, or a function of the same file that it calls, contains an assertion."""
    if function.__name__.lower().startswith("assert") or _code_asserts(function.__code__):
        return True
    return depth > 0 and any(_asserts(called, depth - 1) for called in _functions_referred_to(function))


def _functions_referred_to(function: FunctionType) -> Iterator[FunctionType]:
    """Yield the functions of the same file to which a function refers by name."""
    code = function.__code__
    values = [function.__globals__.get(name) for name in _names(code)]
    for cell in function.__closure__ or ():
        with contextlib.suppress(ValueError):  # an empty cell, whose variable has no value yet
            values.append(cell.cell_contents)
    for value in values:
        if isinstance(value, FunctionType) and value.__code__.co_filename == code.co_filename:
            yield value


def _names(code: CodeType) -> set[str]:
    return set(code.co_names).union(*(_names(c) for c in code.co_consts if isinstance(c, CodeType)))


@functools.cache
def _code_asserts(code: CodeType) -> bool:
    if any(name.lower().startswith("assert") for name in code.co_names):  # also `assert` as rewritten by pytest
        return True
    if any(
        "AssertionError" in f"{i.opname} {i.argrepr}" or "ASSERTION" in i.opname for i in dis.get_instructions(code)
    ):
        return True
    return any(_code_asserts(c) for c in code.co_consts if isinstance(c, CodeType))
