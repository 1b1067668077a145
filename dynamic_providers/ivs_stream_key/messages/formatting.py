"""Shows values in messages: short, and without secrets."""

import re
from typing import Final

from ivs_stream_key.messages.descriptions import kind_of
from ivs_stream_key.messages.redaction import redacted

__all__ = ["format_value", "may_be_content"]

_LONGEST: Final = 160
# Text in which a user has probably passed the content of a file instead of its name.
_NO_FILE: Final = re.compile(r"""[{}"'=:\n]|\bsk_""")


def format_value(value: object) -> str:
    """Return `value` as a message may show it: a redacted string in quotes, or the kind of any other value."""
    if not isinstance(value, str):
        return kind_of(value)
    text = redacted(value)
    return repr(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")


def may_be_content(file: str) -> bool:
    """Whether a file name is probably a file's content, passed by mistake; then it must not be quoted."""
    return _NO_FILE.search(file) is not None
