"""``python -m ivs_stream_key audit``: lists channels and keys in a region or a state, and what is wrong with them."""

import argparse
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ivs_stream_key import clock
from ivs_stream_key.audit import calendar, findings, states
from ivs_stream_key.audit.survey import Survey
from ivs_stream_key.aws_config.settings import config_values
from ivs_stream_key.command_line import (
    UsageError,
    add_config_option,
    add_region_options,
    config_of,
    tell,
    unusable_file,
)
from ivs_stream_key.ivs.clients import Clients
from ivs_stream_key.messages.descriptions import printable
from ivs_stream_key.messages.redaction import redacted

if TYPE_CHECKING:
    from ivs_stream_key.command_line import Parser

__all__ = ["add_to"]

_FOUND: Final = 3
_STEP: Final = 25
_DESCRIPTION: Final = """\
Show each channel with the age of its stream key, when it is due, whether the channel is live, who owns the key, and
what is wrong. Nothing is changed, and no key is shown. The exit code is 0 if all is well, 3 if something has to be
fixed, 1 if the audit failed, 2 for wrong usage.
"""


def add_to(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add the subcommand ``audit`` to a parser."""
    parser = commands.add_parser(
        "audit",
        help="list channels and keys, and what is wrong with them",
        description=_DESCRIPTION,
        allow_abbrev=False,
    )
    parser.set_defaults(action=_audit)
    add_region_options(parser)
    parser.add_argument(
        "--stack",
        action="append",
        default=[],
        metavar="FILE",
        help="the channels of a state, as `pulumi stack export` writes it (repeatable); with --all, keys that are in "
        "none of the states are reported",
    )
    parser.add_argument("--json", action="store_true", help="write JSON in place of tables")
    parser.add_argument("--svg", metavar="FILE", help="write the calendar of the rotations due as SVG, too")
    add_config_option(parser)


def _audit(given: argparse.Namespace) -> int:
    if not given.all and not given.stack:
        raise UsageError("expected --all, --stack FILE, or both.")
    if given.region and not given.all:
        raise UsageError("--region: expected with --all; the channels of a state are in the regions of their ARNs.")
    config = config_of(given)
    clients = Clients(config_values(config.get, config))
    for problem in clients.problems():
        raise problem
    held = [key for file in given.stack for key in states.read(file)]
    survey, now = Survey(clients, _show_progress), clock.now()
    channels = list(survey.of(held))
    if given.all:
        region = clients.region(given.region)
        seen = {channel.arn for channel in channels}
        channels = [*channels, *(one for one in survey.region(region) if one.arn not in seen)]
    has = {channel.arn: channel.key_arn for channel in channels}
    copies = survey.copies(held, has)
    found = list(findings.rows(channels, held, copies, now, states_are_all=given.all and bool(given.stack)))
    counts = calendar.count([row.due_at for row in found], now.date())
    if given.svg:
        _write(given.svg, calendar.as_svg(counts))
    _print(_as_json(found, counts) if given.json else _as_text(found, counts, now))
    return _FOUND if any(row.fails for row in found) else 0


def _as_json(found: Sequence[findings.Row], counts: dict[Any, int]) -> str:
    return json.dumps(
        {
            "channels": [row.to_json() for row in found],
            "problems": sum(row.fails for row in found),
            "due": {day.isoformat(): number for day, number in counts.items() if number},
        },
        indent=2,
    )


def _as_text(found: Sequence[findings.Row], counts: dict[Any, int], now: datetime) -> str:
    heads = ("channel", "key age", "due", "live", "owner", "wrong")
    lines = [
        (
            f"{row.channel or '-'} ({redacted(row.channel_arn).rpartition('/')[2]})",
            "no key" if row.key_arn is None else "unknown" if row.age_days is None else f"{row.age_days} d",
            (row.due_at or "-")[:10],
            "live" if row.is_live else "-",
            row.owner or "-",
            ", ".join(row.problems) or "-",
        )
        for row in found
    ]
    # A line break in a name from a state or a tag would look like the start of another channel.
    rows = [heads, *([_in_one_line(text) for text in line] for line in lines)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(heads))]
    table = ["  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip() for line in rows]
    kinds = sorted({problem for row in found for problem in row.problems})
    meaning = [f"{kind}: {findings.PROBLEMS[kind]}" for kind in kinds]
    wrong = sum(row.fails for row in found)
    summary = f"{len({row.channel_arn for row in found})} channels, {wrong} with problems, on {now.date().isoformat()}."
    parts = [table, meaning, [summary]]
    if any(counts.values()):
        parts.append([calendar.as_text(counts)])
    return "\n\n".join("\n".join(part) for part in parts if part)


def _in_one_line(text: str) -> str:
    return "\\n".join(printable(text).splitlines())


def _write(file: str, text: str) -> None:
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise unusable_file("--svg", file, f"written: {error.strerror}") from None


def _show_progress(done: int, of: int, unit: str) -> None:
    if done % _STEP == 0 and done < of:
        tell(f"{done} of {of} {unit}")


def _print(text: str) -> None:
    print("\n".join(printable(line) for line in redacted(text).splitlines()))  # noqa: T201 - a command's output
