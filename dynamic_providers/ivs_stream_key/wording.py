"""How values appear in messages: short, and never a stream key's value."""

import re
from typing import Final

__all__ = ["scrubbed", "shown"]

# A value is sk_REGION_…: the model marks it as sensitive and gives no pattern; the form is that of the service's
# examples. People do pass the value where an ARN belongs.
_VALUE: Final = re.compile(r"sk_[a-z0-9-]+_[A-Za-z0-9_+/=-]+")
_LONGEST: Final = 160


def scrubbed(text: str) -> str:
    """Return `text` with ``[secret]`` in place of anything that has the form of a stream key's value."""
    return _VALUE.sub("[secret]", text)


def shown(value: object) -> str:
    """Return `value` as a message may quote it: a string in quotes and scrubbed, of anything else its kind."""
    match value:
        case str():
            text = scrubbed(value)
            return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case None:
            return "nothing"
        case dict():
            return "a mapping"
        case list() | tuple():
            return "a list"
        case _:
            return f"a value of type {type(value).__name__}"
