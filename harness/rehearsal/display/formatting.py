"""Texts for steps, counts and values, with Pulumi's own words, marks and colours."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from typing import Any, Final

from rehearsal.engine.events import Op, Report, StepRecord
from rehearsal.state.property_values import Secret, contains_unknown, to_state
from rehearsal.state.urns import type_of

__all__ = ["COUNTS", "MARKS", "STEP_LABELS", "StepLabels", "changed_properties", "counts", "format_value", "short_type"]


@dataclasses.dataclass(frozen=True, slots=True)
class StepLabels:
    """How a kind of step is shown: its mark, its names when planned, running and done, and its colour."""

    mark: str
    planned: str
    doing: str
    done: str
    colour: str


STEP_LABELS: Final[Mapping[Op, StepLabels]] = {
    Op.SAME: StepLabels("  ", "", "", "", "dim"),
    Op.CREATE: StepLabels("+ ", "create", "creating", "created", "green"),
    Op.UPDATE: StepLabels("~ ", "update", "updating", "updated", "yellow"),
    Op.DELETE: StepLabels("- ", "delete", "deleting", "deleted", "red"),
    Op.REPLACE: StepLabels("+-", "replace", "replacing", "replaced", "magenta"),
    Op.CREATE_REPLACEMENT: StepLabels(
        "++", "create replacement", "creating replacement", "created replacement", "green"
    ),
    Op.DELETE_REPLACED: StepLabels("--", "delete original", "deleting original", "deleted original", "red"),
    Op.READ: StepLabels("> ", "read", "reading", "read", "cyan"),
    Op.READ_REPLACEMENT: StepLabels(">>", "read replacement", "reading replacement", "read replacement", "cyan"),
    Op.REFRESH: StepLabels("~ ", "refresh", "refreshing", "refreshed", "yellow"),
    Op.DISCARD: StepLabels("< ", "discard", "discarding", "discarded", "red"),
    Op.DISCARD_REPLACED: StepLabels("<<", "discard original", "discarding original", "discarded original", "red"),
    Op.REMOVE_PENDING_REPLACE: StepLabels("~ ", "forget", "forgetting", "forgotten", "yellow"),
    Op.IMPORT: StepLabels("= ", "import", "importing", "imported", "green"),
    Op.IMPORT_REPLACEMENT: StepLabels(
        "=>", "import replacement", "importing replacement", "imported replacement", "green"
    ),
}
MARKS: Final = {"add": "+", "delete": "-", "update": "~"}
COUNTS: Final = {
    "create": ("+ ", "create", "created"),
    "update": ("~ ", "update", "updated"),
    "delete": ("- ", "delete", "deleted"),
    "replace": ("+-", "replace", "replaced"),
    "import": ("= ", "import", "imported"),
    "refresh": ("~ ", "refresh", "refreshed"),
    "discard": ("< ", "discard", "discarded"),
    "read": ("> ", "read", "read"),
}


def short_type(urn: str) -> str:
    """Return the type as Pulumi shows it: ``aws:ivs:Channel`` for ``aws:ivs/channel:Channel``."""
    token = type_of(urn)
    package, _, rest = token.partition(":")
    module, _, name = rest.rpartition(":")
    folder, _, file = module.rpartition("/")
    # Omit the part of the module that only repeats the type's name with a lower-case first letter.
    if folder and name and file == name[0].lower() + name[1:]:
        return f"{package}:{folder}:{name}"
    return token


def changed_properties(step: StepRecord) -> str:
    """Return the changed properties, such as ``~tags,+rotation_days``; empty if none changes, or all are new."""
    return ",".join(f"{MARKS[kind]}{key}" for key, kind in step.diff.items())


def counts(report: Report) -> list[str]:
    """Return the lines with the number of resources by outcome."""
    lines = []
    for op, (mark, to_do, done) in COUNTS.items():
        number = report.changes.get(op)
        if number:
            lines.append(f"{mark}{number} " + (f"to {to_do}" if report.dry_run else done))
    if report.changes.get("same"):
        lines.append(f"{report.changes['same']} unchanged")
    return lines


def format_value(value: Any) -> str:
    """Return the text of a value, with secrets redacted and unknown values marked."""
    match value:
        case Secret():
            return "[secret]"
        case str():
            return json.dumps(value, ensure_ascii=False)
        case dict():
            return "{" + ", ".join(f"{k}: {format_value(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(format_value, value)) + "]"
        case _ if contains_unknown(value):
            return "[unknown]"
        case _:
            return json.dumps(to_state(value))
