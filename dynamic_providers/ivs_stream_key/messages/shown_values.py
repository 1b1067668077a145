"""How values appear in messages: short, and without secrets."""

from typing import Final

from ivs_stream_key.messages.descriptions import kind_of
from ivs_stream_key.messages.redaction import redacted

__all__ = ["shown"]

_LONGEST: Final = 160


def shown(value: object) -> str:
    """Return `value` as a message may quote it: a string in quotes without secrets, of anything else its kind."""
    if not isinstance(value, str):
        return kind_of(value)
    text = redacted(value)
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
