"""The rotations that are due in the next days, as text for a terminal and as SVG."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final

__all__ = ["DAYS", "as_svg", "as_text", "count"]

DAYS: Final = 60

_WEEK: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NAMESPACE: Final = "http://www.w3.org/2000/svg"
_CELL: Final = 34
_LEFT: Final = 92
_TOP: Final = 46
_SHADES: Final = ("#f1f3f5", "#d0ebff", "#74c0fc", "#339af0", "#1864ab")


def count(due: Iterable[str | None], today: date) -> dict[date, int]:
    """Return the number of rotations due on each of the next days; overdue rotations count for today."""
    days = [today + timedelta(days=number) for number in range(DAYS)]
    found = Counter(max(today, datetime.fromisoformat(text).date()) for text in due if text)
    return {day: found[day] for day in days}


def as_text(counts: dict[date, int]) -> str:
    """Return a table: a line for each week, a column for each weekday, a number if something is due."""
    width = max(3, *(len(str(number)) for number in counts.values()))
    first = min(counts)
    monday = first - timedelta(days=first.weekday())
    lines = [f"{'week of':<12}" + " ".join(f"{name:>{width}}" for name in _WEEK)]
    while monday <= max(counts):
        cells = [counts.get(monday + timedelta(days=number)) for number in range(7)]
        shown = ("" if number is None else "." if number == 0 else str(number) for number in cells)
        lines.append(f"{monday.isoformat():<12}" + " ".join(f"{text:>{width}}" for text in shown).rstrip())
        monday += timedelta(days=7)
    total = sum(counts.values())
    lines.append(f"{total} due in the next {DAYS} days, {max(counts.values())} at most on one.")
    return "\n".join(lines)


def as_svg(counts: dict[date, int]) -> str:
    """Return an SVG image with a row for each week; a day with more rotations is darker."""
    first, most = min(counts), max(1, *counts.values())
    monday = first - timedelta(days=first.weekday())
    weeks = (max(counts) - monday).days // 7 + 1
    width, height = _LEFT + 7 * _CELL + 12, _TOP + weeks * _CELL + 12
    title = f"{sum(counts.values())} rotations due in the next {DAYS} days"
    parts = [
        f'<svg xmlns="{_NAMESPACE}" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
        f"<title>{title}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="20" font-size="14" fill="#212529">{title}</text>',
    ]
    parts += [
        f'<text x="{_LEFT + number * _CELL + _CELL // 2}" y="38" text-anchor="middle" fill="#495057">{name}</text>'
        for number, name in enumerate(_WEEK)
    ]
    for week in range(weeks):
        start = monday + timedelta(days=7 * week)
        y = _TOP + week * _CELL
        parts.append(f'<text x="12" y="{y + 21}" fill="#495057">{start.isoformat()}</text>')
        for weekday in range(7):
            day = start + timedelta(days=weekday)
            if day not in counts:
                continue
            number, x = counts[day], _LEFT + weekday * _CELL
            shade = 0 if number == 0 else 1 + (number * (len(_SHADES) - 2)) // most
            colour = "#ffffff" if shade >= 3 else "#212529"  # noqa: PLR2004 - the two dark ones
            parts.append(
                f'<g><title>{day.isoformat()}: {number}</title><rect x="{x + 1}" y="{y + 1}" width="{_CELL - 2}" '
                f'height="{_CELL - 2}" rx="4" fill="{_SHADES[shade]}"/>'
                + (
                    f'<text x="{x + _CELL // 2}" y="{y + 21}" text-anchor="middle" fill="{colour}">{number}</text>'
                    if number
                    else ""
                )
                + "</g>"
            )
    return "\n".join([*parts, "</svg>", ""])
