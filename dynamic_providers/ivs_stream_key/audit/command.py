"""``python -m ivs_stream_key audit``: lists channels and keys in a region or a state, and what is wrong with them."""

import argparse
import json
import os
import sys
import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NoReturn

from ivs_stream_key import clock
from ivs_stream_key.audit import calendar, findings, states
from ivs_stream_key.audit.survey import Survey
from ivs_stream_key.aws_config.settings import config_values
from ivs_stream_key.error_reporting import how_to_report
from ivs_stream_key.errors import StreamKeyError
from ivs_stream_key.ivs.clients import Clients
from ivs_stream_key.messages.descriptions import kind_of, printable
from ivs_stream_key.messages.redaction import redacted

__all__ = ["main"]

_FAILED: Final = 1
_MISUSED: Final = 2
_FOUND: Final = 3
_INTERRUPTED: Final = 130
_STEP: Final = 25
_DESCRIPTION: Final = """\
Show each channel with the age of its stream key, when it is due, whether the channel is live, who owns the key, and
what is wrong. Nothing is changed, and no key is shown. The exit code is 0 if all is well, 3 if something has to be
fixed, 1 if the audit failed, 2 for wrong usage.
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        super().error(printable(redacted(message, foreign=True)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    try:
        given = _parser().parse_args(arguments)
    except SystemExit as end:
        return int(end.code or 0)
    try:
        return _audit(given)
    except ValueError as misuse:
        _tell(f"error: {misuse}")
        return _MISUSED
    except StreamKeyError as error:
        _tell(f"error: {error}")
        return _FAILED
    except KeyboardInterrupt:
        _tell("interrupted: nothing in AWS has been changed.")
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - Python would show it unredacted
        error.add_note(how_to_report())
        _tell("".join(traceback.format_exception(error)).rstrip(), foreign=True)
        return _FAILED


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m ivs_stream_key audit", description=_DESCRIPTION, allow_abbrev=False)
    parser.add_argument("--all", action="store_true", help="all channels of the account in one region")
    parser.add_argument("--region", help="the region for --all; aws:region or AWS_REGION by default")
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
    parser.add_argument(
        "--config",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="config of the stack, such as aws:profile=vod, used for the calls to AWS (repeatable)",
    )
    return parser


def _audit(given: argparse.Namespace) -> int:
    if not given.all and not given.stack:
        raise ValueError("expected --all, --stack FILE, or both.")
    if given.region and not given.all:
        raise ValueError("--region: expected with --all; the channels of a state are in the regions of their ARNs.")
    config = _config(given.config)
    clients = Clients(config_values(config.get, config))
    for problem in clients.problems():
        raise problem
    held = [key for file in given.stack for key in states.read(file)]
    survey, now = Survey(clients, _show_progress), clock.now()
    channels = list(survey.of(held))
    if given.all:
        region = clients.region(given.region or config.get("aws:region") or os.environ.get("AWS_DEFAULT_REGION"))
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
            f"{row.channel or '-'} ({row.channel_arn.rpartition('/')[2]})",
            "no key" if row.key_arn is None else "unknown" if row.age_days is None else f"{row.age_days} d",
            (row.due_at or "-")[:10],
            "live" if row.is_live else "-",
            row.owner or "-",
            ", ".join(row.problems) or "-",
        )
        for row in found
    ]
    widths = [max(len(line[at]) for line in (heads, *lines)) for at in range(len(heads))]
    table = [
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in (heads, *lines)
    ]
    kinds = sorted({problem for row in found for problem in row.problems})
    meaning = [f"{kind}: {findings.PROBLEMS[kind]}" for kind in kinds]
    wrong = sum(row.fails for row in found)
    summary = f"{len(found)} channels, {wrong} with problems, on {now.date().isoformat()}."
    parts = [table, meaning, [summary]]
    if any(counts.values()):
        parts.append([calendar.as_text(counts)])
    return "\n\n".join("\n".join(part) for part in parts if part)


def _config(given: Sequence[str]) -> dict[str, str]:
    found = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise ValueError(f"--config: expected KEY=VALUE, got {kind_of(text)}.")
        found[key] = value
    return found


def _write(file: str, text: str) -> None:
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ValueError(f"--svg: {file} could not be written: {error.strerror}.") from None


def _show_progress(done: int, of: int, what: str) -> None:
    if done % _STEP == 0 and done < of:
        _tell(f"{done} of {of} {what}")


def _print(text: str) -> None:
    print("\n".join(printable(line) for line in redacted(text).splitlines()))  # noqa: T201 - a command's output


def _tell(text: str, *, foreign: bool = False) -> None:
    print(printable(redacted(text, foreign=foreign)), file=sys.stderr)  # noqa: T201 - a command's output
