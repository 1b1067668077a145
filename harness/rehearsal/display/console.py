"""The console for all output to a person: no text can control the terminal, whatever its origin.

Names, outputs, messages and log lines come from a program, a provider or an imported state, and may contain control
characters. Only rehearsal itself may print colours and move the cursor. It uses `Text` with styles and never rich's
markup, because untrusted text could contain markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

import rich.console
from rich.segment import Segment
from rich.text import Text

__all__ = ["Console", "console_on", "in_one_line", "printable", "styled"]

# Control characters except tabs and line ends, characters that change the direction of text, and lone surrogates.
_TERMINAL_CONTROLS: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_BREAKS: Final = re.compile("[\t\n]")


def printable(text: str) -> str:
    r"""Return `text` with escapes (``\x1b``) in place of characters that control a terminal; lines and tabs stay."""
    return _TERMINAL_CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)


def in_one_line(text: str) -> str:
    r"""Return `text` as `printable` does, with ``\n`` for line ends, so that a name never spans lines."""
    return _BREAKS.sub(lambda found: repr(found[0])[1:-1], printable(text))


def styled(*parts: str | tuple[str, str]) -> Text:
    """Return a text that consists of parts: strings, or strings with a style of rich. Markup in them has no effect."""
    return Text.assemble(
        *(printable(part) if isinstance(part, str) else (printable(part[0]), part[1]) for part in parts)
    )


class Console(rich.console.Console):
    """Rich's console without markup, which escapes control characters in texts."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"markup": False, **options})

    def render(self, renderable: Any, options: rich.console.ConsoleOptions | None = None) -> Iterable[Segment]:
        """Render as rich does, and escape the control characters in texts."""
        for segment in super().render(renderable, options):
            text = segment.text if segment.control else printable(segment.text)
            yield segment if text == segment.text else Segment(text, segment.style)


def console_on(*, stderr: bool) -> Console:
    """Return a command's console, on standard output or error."""
    # No emoji codes, because `:key:` is a part of URNs and ARNs.
    return Console(stderr=stderr, highlight=False, soft_wrap=True, emoji=False)
