"""The console that everything for a person is printed to: no text steers the terminal, whoever it comes from.

Names, outputs, messages and log lines are a program's, a provider's or an imported state's. Colours, and the movements
of the live tree, are rehearsal's own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import rich.console
from rich.segment import Segment

__all__ = ["Console", "console_on", "printable"]

# Control characters but for tabs and line ends, what turns the direction of text round, and halves of characters.
_STEERS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str) -> str:
    r"""Return `text` with escapes (``\x1b``) in place of characters that steer a terminal; lines and tabs stay."""
    return _STEERS.sub(lambda found: repr(found[0])[1:-1], text)


class Console(rich.console.Console):
    """Rich's console; what is rendered to it has no control characters but its own."""

    def render(self, renderable: Any, options: rich.console.ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render as rich does, and escape what is no text."""
        for segment in super().render(renderable, options):
            text = segment.text if segment.control else printable(segment.text)
            yield segment if text == segment.text else Segment(text, segment.style)


def console_on(*, stderr: bool) -> Console:
    """Return the console of a command, on standard output or error."""
    # Without emoji: `:key:` is a part of URNs and ARNs.
    return Console(stderr=stderr, highlight=False, soft_wrap=True, emoji=False)
