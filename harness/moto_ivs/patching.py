"""Patches that can be undone. Each returns a function that undoes it; undo several patches in reverse order."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from types import ModuleType
from typing import Any

from moto_ivs.exceptions import IncompatibleMoto

__all__ = ["Undo", "add", "patch"]

Undo = Callable[[], None]


def add(owner: type, name: str, value: object) -> Undo:
    """Add an attribute to a class. Raises IncompatibleMoto if it, or a base, has it already."""
    if hasattr(owner, name):
        raise _incompatible(f"has {_full_name(owner)}.{name} already, which moto_ivs would add")
    setattr(owner, name, value)
    return lambda: delattr(owner, name)


def patch(owner: type | ModuleType, name: str, make: Callable[[Any], object]) -> Undo:
    """Replace an attribute of a class or a module by the result of `make`. Raises IncompatibleMoto if it is missing.

    An inherited attribute is overridden in the class itself, not replaced in the base.
    """
    if not hasattr(owner, name):
        raise _incompatible(f"has no {_full_name(owner)}.{name}, which moto_ivs would patch")
    if name not in vars(owner):
        setattr(owner, name, make(getattr(owner, name)))
        return lambda: delattr(owner, name)
    original = vars(owner)[name]
    setattr(owner, name, make(original))
    return lambda: setattr(owner, name, original)


def _full_name(owner: type | ModuleType) -> str:
    return owner.__name__ if isinstance(owner, ModuleType) else f"{owner.__module__}.{owner.__qualname__}"


def _incompatible(difference: str) -> IncompatibleMoto:
    version = importlib.metadata.version("moto")
    return IncompatibleMoto(f"moto {version} {difference}: this moto and this moto_ivs do not go together")
