"""Shows an operation as ``pulumi up`` does where nobody types: a line a step, then outputs, counts and duration."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from rehearsal.report import Diagnostic, Op, Report, StepRecord
from rehearsal.urns import name_of, type_of
from rehearsal.values import Secret, contains_unknown, to_state

__all__ = ["Display"]

_TITLES: Final = {
    "preview": "Previewing update",
    "up": "Updating",
    "refresh": "Refreshing",
    "destroy": "Destroying",
}

# For each operation: its mark, how it is named while planned, under way, and done, and its colour.
_WORDS: Final[Mapping[Op, tuple[str, str, str, str, str]]] = {
    Op.SAME: ("  ", "", "", "", "dim"),
    Op.CREATE: ("+ ", "create", "creating", "created", "green"),
    Op.UPDATE: ("~ ", "update", "updating", "updated", "yellow"),
    Op.DELETE: ("- ", "delete", "deleting", "deleted", "red"),
    Op.REPLACE: ("+-", "replace", "replacing", "replaced", "magenta"),
    Op.CREATE_REPLACEMENT: (
        "++",
        "create replacement",
        "creating replacement",
        "created replacement",
        "green",
    ),
    Op.DELETE_REPLACED: ("--", "delete original", "deleting original", "deleted original", "red"),
    Op.READ: ("> ", "read", "reading", "read", "cyan"),
    Op.READ_REPLACEMENT: (">>", "read replacement", "reading replacement", "read replacement", "cyan"),
    Op.REFRESH: ("~ ", "refresh", "refreshing", "refreshed", "yellow"),
    Op.DISCARD: ("< ", "discard", "discarding", "discarded", "red"),
    Op.DISCARD_REPLACED: ("<<", "discard original", "discarding original", "discarded original", "red"),
    Op.REMOVE_PENDING_REPLACE: ("~ ", "forget", "forgetting", "forgotten", "yellow"),
}
_MARKS: Final = {"add": "+", "delete": "-", "update": "~"}
_COUNTS: Final = {
    "create": ("+", "create", "created"),
    "update": ("~", "update", "updated"),
    "delete": ("-", "delete", "deleted"),
    "replace": ("+-", "replace", "replaced"),
    "refresh": ("~", "refresh", "refreshed"),
    "discard": ("<", "discard", "discarded"),
}
_SEVERITIES: Final = {"info": "", "warning": "[yellow]warning:[/] ", "error": "[bold red]error:[/] "}


class Display:
    """A listener that prints to a console; with `details` also the values that change, secrets apart."""

    def __init__(self, console: Console, stack: str, op: str, *, as_json: bool = False, details: bool = False) -> None:
        self._console = console
        self._stack = stack
        self._details = details
        self._planned = op == "preview"
        self._lock = threading.Lock()
        self.as_json = as_json
        if not as_json:
            self._print(f"{_TITLES[op]} ({escape(stack)}):\n", "bold")

    def started(self, step: StepRecord) -> None:
        """Print what begins."""
        if step.op is not Op.SAME and not self.as_json:
            self._line(step, 1 if self._planned else 2, "" if self._planned else " (0s)")
            if self._details:
                self._values(step)

    def ended(self, step: StepRecord) -> None:
        """Print what is done."""
        if step.op is not Op.SAME and not self._planned and not self.as_json:
            if step.failed:
                self._line(step, 2, " [bold red]**failed**[/]")
            else:
                self._line(step, 3, f" ({step.seconds:.2f}s)")

    def said(self, diagnostic: Diagnostic) -> None:
        """Print a message where it belongs."""
        about = f"{escape(type_of(diagnostic.urn))} {escape(name_of(diagnostic.urn))}: " if diagnostic.urn else ""
        prefix = _SEVERITIES.get(diagnostic.severity, "")
        with self._lock:
            self._console.print(f"    {about}{prefix}{escape(diagnostic.text)}")

    def finish(self, report: Report) -> None:
        """Print outputs, counts and duration."""
        if self.as_json:
            return
        if report.outputs and report.ok:
            self._print("Outputs:", "bold")
            self._outputs(report.outputs, 1)
        self._print("\nResources:", "bold")
        for op, (mark, to_do, done) in _COUNTS.items():
            if report.changes.get(op):
                self._print(f"    {mark} {report.changes[op]} " + (f"to {to_do}" if self._planned else done))
        self._print(f"    {report.changes.get('same', 0)} unchanged")
        if report.failed:
            self._print(f"    {len(report.failed)} failed", "bold red")
        self._print(f"\nDuration: {report.seconds:.1f}s")

    def _print(self, text: str, style: str | None = None) -> None:
        with self._lock:
            self._console.print(text, style=style)

    def _line(self, step: StepRecord, word: int, tail: str) -> None:
        mark, *words, colour = _WORDS[step.op]
        changed = ",".join(f"{_MARKS[kind]}{key}" for key, kind in step.diff.items())
        tail += f" [{colour}]\\[diff: {escape(changed)}][/]" if changed else ""
        name = f"{escape(type_of(step.urn))} [bold]{escape(name_of(step.urn))}[/]"
        self._print(f" [{colour}]{mark}[/] {name} [{colour}]{words[word - 1]}[/]{tail}")

    def _values(self, step: StepRecord) -> None:
        for key, kind in step.diff.items():
            old, new = _shown(step.old.get(key)), _shown(step.new.get(key))
            text = {"add": new, "delete": old, "update": f"{old} => {new}"}[kind]
            self._print(f"      {_MARKS[kind]} {escape(key)}: {escape(text)}")

    def _outputs(self, outputs: Mapping[str, Any], depth: int) -> None:
        for key, value in sorted(outputs.items()):
            if isinstance(value, dict) and value:
                self._print(f"{'    ' * depth}{escape(key)}:")
                self._outputs(value, depth + 1)
            else:
                self._print(f"{'    ' * depth}{escape(key)}: {escape(_shown(value))}")


def _shown(value: Any) -> str:
    match value:
        case Secret():
            return "[secret]"
        case str():
            return f'"{value}"'
        case dict():
            return "{" + ", ".join(f"{k}: {_shown(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(_shown, value)) + "]"
        case _ if contains_unknown(value):
            return "[unknown]"
        case _:
            return str(to_state(value))
