"""Inputs that can be given to several resources.

A coroutine can be awaited once. But a LiveChannel's tags go to its channel and to its key, and one LiveChannelArgs may
serve for many channels. So a coroutine becomes an output, which can be read any number of times.
"""

import inspect
import weakref
from collections.abc import Awaitable, Mapping
from typing import Any, Final

import pulumi

from ivs_stream_key.messages.descriptions import kind_of
from ivs_stream_key.messages.nesting import TOO_DEEP, is_too_deep

__all__ = ["reusable"]

# The outputs of coroutines: if two arguments or two channels share a coroutine, it becomes one output.
_OUTPUTS: "weakref.WeakKeyDictionary[Awaitable[Any], pulumi.Output[Any]]" = weakref.WeakKeyDictionary()


# Most inputs have one of these types. A shortcut for them saves a fifteenth of the time to declare a channel.
_PLAIN: Final = frozenset({type(None), bool, int, float, str})


def reusable(value: Any, subject: str = "an input") -> Any:
    """Return `value` with every coroutine and future replaced by an output, also in mappings, lists and outputs.

    The rest does not change: an unknown or secret value does not make its neighbours unknown or secret. ValueError for
    values that are nested too deep for Pulumi or contain themselves; TypeError for keys of mappings that are not
    strings. Both errors begin with `subject`.
    """
    if type(value) not in _PLAIN and is_too_deep(value):
        raise ValueError(f"{subject}: {TOO_DEEP}")
    return _reusable(value, subject)


def _reusable(value: Any, subject: str) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, pulumi.Output):
        return value.apply(lambda found: reusable(found, subject))
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise TypeError(f"{subject}: expected names that are text, got {kind_of(name)}. Put it in quotes.")
        return {name: _reusable(item, subject) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_reusable(item, subject) for item in value]
    return _output_of(value, subject) if inspect.isawaitable(value) else value


def _output_of(awaitable: Awaitable[Any], subject: str) -> "pulumi.Output[Any]":
    found = _OUTPUTS.get(awaitable)
    if found is None:
        # Output.from_input would make the whole result unknown if one value in it is unknown.
        made: pulumi.Output[Any] = pulumi.Output.from_input(None).apply(lambda _: awaitable)
        found = _OUTPUTS[awaitable] = made.apply(lambda found: reusable(found, subject))
    return found
