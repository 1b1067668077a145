"""Lets commands share options: a dataclass declares them once."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

__all__ = ["with_shared_options"]


def with_shared_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add an option to a command for each field of the dataclass that is its first parameter, before its own options.

    The fields have defaults, and annotations as parameters have in typer.
    """
    first, *own = inspect.signature(command, eval_str=True).parameters.values()
    fields = dataclasses.fields(first.annotation)
    hints = get_type_hints(first.annotation, include_extras=True)
    shared = [
        inspect.Parameter(field.name, first.KEYWORD_ONLY, default=field.default, annotation=hints[field.name])
        for field in fields
    ]
    arguments = [one for one in own if one.default is one.empty]
    parameters = [*arguments, *shared, *(one for one in own if one.default is not one.empty)]
    parameters = [one.replace(kind=one.KEYWORD_ONLY) for one in parameters]

    def run(**given: Any) -> None:
        options = first.annotation(**{field.name: given.pop(field.name) for field in fields})
        command(options, **given)

    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    vars(run)["__signature__"] = inspect.Signature(parameters)
    return run
