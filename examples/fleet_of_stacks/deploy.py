"""Runs an operation on all stacks, and prints one table of results.

    python deploy.py preview|up|refresh|destroy [--only PATTERN] [--offline]

IVS's quota of calls is per account and region: the stacks of a region run one after the other, those of different
regions at once. A stack that fails stops no other. The exit code is 1 if one failed.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from itertools import groupby
from typing import NamedTuple

from fleet_engines import Engine, Outcome, by_pulumi, offline
from fleet_stacks import Fleet, fleets

OPERATIONS = ("preview", "up", "refresh", "destroy")
COUNTED = ("create", "update", "replace", "delete", "same")


class Row(NamedTuple):
    """A line of the table."""

    fleet: Fleet
    outcome: Outcome
    seconds: float


def run(operation: str, chosen: Sequence[Fleet], engine: Engine, at_once: int) -> list[Row]:
    """Carry out the operation on all stacks, region by region."""

    def of_region(of_one: Iterable[Fleet]) -> list[Row]:
        return [one_row(fleet, operation, engine) for fleet in of_one]

    regions = [list(of_one) for _, of_one in groupby(chosen, key=lambda fleet: fleet.region)]
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        return [row for rows in pool.map(of_region, regions) for row in rows]


def one_row(fleet: Fleet, operation: str, engine: Engine) -> Row:
    """Carry out the operation on one stack; return an error as its outcome."""
    started = time.monotonic()
    try:
        outcome = engine(fleet, operation)
    except Exception as error:  # noqa: BLE001 - a file with a wrong field, a backend that cannot be reached
        outcome = Outcome(error=f"{type(error).__name__}: {error}".splitlines()[0])
    row = Row(fleet, outcome, time.monotonic() - started)
    print(f"{fleet.stack}: {'failed' if outcome.error else 'done'}", file=sys.stderr, flush=True)
    return row


def table(rows: Sequence[Row]) -> str:
    """Return the results as text: a line for each stack, the totals, and the errors."""
    counts = [[row.outcome.changes.get(op, 0) for op in COUNTED] for row in rows]
    lines = [
        ("stack", "result", *COUNTED, "seconds"),
        *(
            (row.fleet.stack, "failed" if row.outcome.error else "ok", *map(str, count), f"{row.seconds:.0f}")
            for row, count in zip(rows, counts, strict=True)
        ),
        (
            "total",
            f"{sum(not row.outcome.error for row in rows)}/{len(rows)}",
            *(str(sum(one)) for one in zip(*counts, strict=True)),
            "",
        ),
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([*text, *(f"{row.fleet.stack}: {row.outcome.error}" for row in rows if row.outcome.error)])


def main(arguments: Sequence[str]) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("operation", choices=OPERATIONS)
    parser.add_argument(
        "--only", metavar="PATTERN", default="*", help="the stacks of these names, such as 'eu-west-1-*'"
    )
    parser.add_argument("--offline", action="store_true", help="on the embedded AWS, without Pulumi's CLI")
    given = parser.parse_args(arguments)
    chosen = [fleet for fleet in fleets() if fnmatch(fleet.stack, given.only)]
    if not chosen:
        parser.error(f"--only: expected a pattern of stacks; there are {', '.join(fleet.stack for fleet in fleets())}")
    # Offline, programs run in this process, one at a time.
    rows = run(given.operation, chosen, offline if given.offline else by_pulumi, 1 if given.offline else 8)
    print(table(rows))
    return int(any(row.outcome.error for row in rows))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
