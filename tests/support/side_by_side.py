"""Shows the differences of two pieces of JSON data in two columns."""

import difflib
import json

WIDTH = 74
CONTEXT_LINES = 2


def side_by_side(want, got, heads=("the real engine", "rehearsal")):
    """Return the lines of a two-column diff of JSON data, with some lines of context."""
    left, right = (json.dumps(data, indent=1, sort_keys=True).splitlines() for data in (want, got))
    lines = [_row(*heads), _row("-" * WIDTH, "-" * WIDTH)]
    for group in difflib.SequenceMatcher(None, left, right, autojunk=False).get_grouped_opcodes(CONTEXT_LINES):
        if len(lines) > len(heads):
            lines.append(_row("…", "…"))
        for kind, a, b, c, d in group:
            left_lines, right_lines = left[a:b], right[c:d]
            for number in range(max(len(left_lines), len(right_lines))):
                pair = (left_lines[number : number + 1], right_lines[number : number + 1])
                lines.append(_row(*("".join(side) for side in pair), mark=" " if kind == "equal" else "|"))
    return lines


def _row(left, right, mark=" "):
    return f"{_truncate(left):{WIDTH}} {mark} {_truncate(right)}".rstrip()


def _truncate(text):
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
