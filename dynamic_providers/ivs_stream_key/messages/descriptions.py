"""Describes values in messages without quoting them: kind and length, and the closest valid value.

A provider gets secrets in plaintext and cannot tell which of its values are secrets. So messages never quote a setting,
a connection, the value of a tag or a rotation trigger, nor any input that the program has marked as a secret.
"""

import dataclasses
import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

__all__ = ["closest", "control_characters", "kind_of", "names_of_fields", "printable", "quotable_name", "slip_of"]

# Longer texts are not compared: they are not misspelt names, and the comparison takes quadratic time.
_LONGEST: Final = 64
# The least similarity of a misspelling: "version" and "region" (0.62) are different words.
_CLOSE: Final = 0.65
# The least similarity at which a name may be quoted: it differs too little from a valid name to contain a secret.
_SLIP: Final = 0.7
_MOST_MORE: Final = 3
# Control characters other than tabs and line ends, those that change the direction of text, and lone surrogates.
_TERMINAL_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def kind_of(value: object) -> str:
    """Return the kind of `value`, and the length of a string: ``a string of 12 characters``, ``a mapping``."""
    match value:
        case "":
            return "an empty string"
        case str():
            return f"a string of {_characters(value)}"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case None:
            return "nothing"
        case Mapping():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            return f"a value of type {type(value).__name__}"


def closest(text: object, choices: Iterable[str]) -> str | None:
    """Return the choice of which `text` is probably a misspelling, ignoring case; None if none is similar."""
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    by_lower = {choice.lower(): choice for choice in choices}
    found = difflib.get_close_matches(text.strip().lower(), list(by_lower), n=1, cutoff=_CLOSE)
    return by_lower[found[0]] if found else None


def slip_of(name: object, known: Iterable[str]) -> str | None:
    """Return the `known` name of which `name` is a misspelling so close that `name` can be quoted safely; else None."""
    if not isinstance(name, str) or len(name) > _LONGEST or not name.isidentifier():
        return None
    names = list(known)
    plain = {_plain(one): one for one in names}
    same = plain.get(_plain(name))
    if same is not None:
        return same
    found = difflib.get_close_matches(name, names, n=1, cutoff=_SLIP)
    return found[0] if found and len(name) <= len(found[0]) + _MOST_MORE else None


def quotable_name(name: object, known: Iterable[str]) -> str:
    """Return a name for a message: quoted if it is a close misspelling of a `known` name, else only its kind.

    Names in a mapping may be secrets too, such as in a connection with a wrong shape.
    """
    return repr(name) if slip_of(name, known) is not None else kind_of(name)


def control_characters(text: str) -> str:
    """Describe the first control character or line separator in `text`, and its position; empty if there is none.

    For example ``a control character (U+000A) at its end``. The character may be quoted, because a secret contains it
    only by mistake.
    """
    found = _CONTROL.search(text)
    if found is None:
        return ""
    where = "at its end" if found.end() == len(text) else f"as its character {found.end()}"
    return f"a control character (U+{ord(found[0]):04X}) {where}"


def printable(text: str) -> str:
    r"""Return `text` for a terminal: lines and tabs stay, other control characters become escapes (``\x1b``)."""
    return _TERMINAL_CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)


def names_of_fields(instance: Any) -> str:
    """Return the repr of a dataclass that holds secrets: its name, and the names of fields that are set."""
    given = [
        field.name
        for field in dataclasses.fields(instance)
        if getattr(instance, field.name) != field.default and getattr(instance, field.name) not in (None, (), {}, False)
    ]
    return f"<{type(instance).__name__} with {', '.join(given) or 'nothing'}>"


def _characters(text: str) -> str:
    return f"{len(text)} character{'' if len(text) == 1 else 's'}"


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
