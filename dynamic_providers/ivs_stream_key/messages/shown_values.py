"""How values appear in messages: short, and without secrets."""

from typing import Final

from ivs_stream_key.messages.redaction import redacted

__all__ = ["shown"]

_LONGEST: Final = 160


def shown(value: object) -> str:
    """Return `value` as a message may quote it: a string in quotes without secrets, of anything else its kind."""
    match value:
        case str():
            text = redacted(value)
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
