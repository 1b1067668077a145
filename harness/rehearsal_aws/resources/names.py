"""Names with a prefix from the program, in Terraform's form: the prefix, a time and a counter."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from typing import Final

__all__ = ["from_prefix", "prefix_of"]

_TAIL: Final = re.compile(r"\d{18}[0-9a-f]{8}")
_TAIL_LENGTH: Final = 26
_counter: Final = itertools.count(1)


def from_prefix(prefix: str) -> str:
    """Return a unique name with this prefix. Later names sort after earlier ones."""
    moment = dt.datetime.now(dt.UTC).strftime("%Y%m%d%H%M%S%f")[:18]
    return f"{prefix}{moment}{next(_counter):08x}"


def prefix_of(name: str) -> str:
    """Return the prefix of a generated name; empty if the name was not generated."""
    name = name.removesuffix(".fifo")
    return name[:-_TAIL_LENGTH] if _TAIL.fullmatch(name[-_TAIL_LENGTH:]) else ""
