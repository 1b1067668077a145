"""Shows values in messages: short, and without secrets."""

from typing import Final

from ivs_stream_key.messages.descriptions import kind_of
from ivs_stream_key.messages.redaction import redacted

__all__ = ["shown"]

_LONGEST: Final = 160


def shown(value: object) -> str:
    """Return `value` as a message may show it: a redacted string in quotes, or the kind of any other value."""
    if not isinstance(value, str):
        return kind_of(value)
    text = redacted(value)
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
