"""Inputs that several resources can be given.

A coroutine can be awaited once. The tags of a LiveChannel are those of its channel and of its key, and one
LiveChannelArgs serves for many channels: so a coroutine becomes an output, which can be read any number of times.
"""

import inspect
import weakref
from collections.abc import Awaitable, Mapping
from typing import Any

import pulumi

from ivs_stream_key.messages.nesting import TOO_DEEP, is_too_deep

__all__ = ["reusable"]

# The same coroutine in two arguments, or in one object of arguments that two channels are given, is one output.
_OUTPUTS: "weakref.WeakKeyDictionary[Awaitable[Any], pulumi.Output[Any]]" = weakref.WeakKeyDictionary()


def reusable(value: Any, what: str = "an input") -> Any:
    """Return `value` with every coroutine and future in it (in mappings, lists and outputs too) as an output.

    The rest stays as it is: what is unknown or secret in one place does not become so in another. ValueError, which
    says `what` it is, for values that are nested too deep for Pulumi, or in themselves.
    """
    if is_too_deep(value):
        raise ValueError(f"{what}: {TOO_DEEP}")
    return _reusable(value, what)


def _reusable(value: Any, what: str) -> Any:
    if isinstance(value, pulumi.Output):
        return value.apply(lambda found: reusable(found, what))
    if isinstance(value, Mapping):
        return {name: _reusable(item, what) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_reusable(item, what) for item in value]
    return _output_of(value, what) if inspect.isawaitable(value) else value


def _output_of(awaitable: Awaitable[Any], what: str) -> "pulumi.Output[Any]":
    found = _OUTPUTS.get(awaitable)
    if found is None:
        # Output.from_input would make all of what it resolves to unknown for one unknown value in it.
        made: pulumi.Output[Any] = pulumi.Output.from_input(None).apply(lambda _: awaitable)
        found = _OUTPUTS[awaitable] = made.apply(lambda found: reusable(found, what))
    return found
