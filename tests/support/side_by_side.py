"""Two steps of a recording beside each other, where they differ."""

import difflib
import json

WIDTH = 74
AROUND = 2


def side_by_side(want, got, heads=("the real engine", "rehearsal")):
    """Return lines that show what differs between two pieces of JSON data, each with some lines around it."""
    left, right = (json.dumps(data, indent=1, sort_keys=True).splitlines() for data in (want, got))
    lines = [_row(*heads), _row("-" * WIDTH, "-" * WIDTH)]
    for group in difflib.SequenceMatcher(None, left, right, autojunk=False).get_grouped_opcodes(AROUND):
        if len(lines) > len(heads):
            lines.append(_row("…", "…"))
        for kind, a, b, c, d in group:
            ours, theirs = left[a:b], right[c:d]
            for number in range(max(len(ours), len(theirs))):
                pair = (ours[number : number + 1], theirs[number : number + 1])
                lines.append(_row(*("".join(side) for side in pair), mark=" " if kind == "equal" else "|"))
    return lines


def _row(left, right, mark=" "):
    return f"{_cut(left):{WIDTH}} {mark} {_cut(right)}".rstrip()


def _cut(text):
    return text if len(text) <= WIDTH else text[: WIDTH - 1] + "…"
