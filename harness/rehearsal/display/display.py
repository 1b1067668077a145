"""Shows an operation as ``pulumi up`` does: the progress of resources, then outputs, counts and duration."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final, Protocol

from rehearsal.display.console import Console, in_one_line, styled
from rehearsal.display.formatting import counts, format_value, short_type
from rehearsal.display.lines import Lines
from rehearsal.display.tree import Tree
from rehearsal.engine.events import Diagnostic, Report, StepRecord
from rehearsal.state.property_values import Secret, same_value
from rehearsal.state.urns import name_of

__all__ = ["Display"]

_TITLES: Final = {
    "preview": "Previewing update",
    "up": "Updating",
    "refresh": "Refreshing",
    "destroy": "Destroying",
}
_PLANNED_TITLES: Final = {"refresh": "Previewing refresh", "destroy": "Previewing destroy"}
_SEVERITIES: Final = {"warning": "yellow", "error": "bold red"}
_MISSING: Final = object()


class _StepView(Protocol):
    """Shows steps."""

    def started(self, step: StepRecord) -> None: ...
    def ended(self, step: StepRecord) -> None: ...
    def close(self) -> None: ...


class Display:
    """A listener that prints to a console: a live tree on a terminal, else a line for each step.

    `details`: also show the values that change, except secrets. `as_json`: print messages, but no steps. `planned`: the
    steps are those of a preview. `live` False: print lines on a terminal too. `outputs` False: do not print the stack's
    outputs.
    """

    def __init__(
        self,
        console: Console,
        stack: str,
        op: str,
        *,
        as_json: bool = False,
        details: bool = False,
        planned: bool = False,
        live: bool = True,
        outputs: bool = True,
    ) -> None:
        self._console = console
        self._lock = threading.Lock()
        self.as_json = as_json
        self._with_outputs = outputs
        self._view: _StepView | None = None
        if not as_json:
            planned = planned or op == "preview"
            title = _PLANNED_TITLES.get(op, _TITLES[op]) if planned else _TITLES[op]
            console.print(styled((f"{title} ({in_one_line(stack)}):", "bold"), "\n"))
            live = live and console.is_terminal and not details
            self._view = Tree(console, planned=planned) if live else Lines(console, planned=planned, details=details)

    def started(self, step: StepRecord) -> None:
        """Show that a step starts."""
        if self._view is not None:
            with self._lock:
                self._view.started(step)

    def ended(self, step: StepRecord) -> None:
        """Show that a step has ended or failed."""
        if self._view is not None:
            with self._lock:
                self._view.ended(step)

    def said(self, diagnostic: Diagnostic) -> None:
        """Print a message."""
        urn = diagnostic.urn
        about = in_one_line(f"{short_type(urn)} {name_of(urn)}: ") if urn else ""
        style = _SEVERITIES.get(diagnostic.severity)
        prefix: tuple[str | tuple[str, str], ...] = ((f"{diagnostic.severity}:", style), " ") if style else ()
        with self._lock:
            self._console.print(styled(f"    {about}", *prefix, diagnostic.text))

    def close(self) -> None:
        """Restore the terminal if the operation ends with an exception, without `finish`."""
        if self._view is not None:
            self._view.close()

    def finish(self, report: Report) -> None:
        """Print outputs, counts and duration."""
        if self._view is None:
            return
        self._view.close()
        if self._with_outputs and report.ok and (report.outputs or report.old_outputs):
            self._console.print(styled(("Outputs:", "bold")))
            # In a new stack, all outputs are new; do not mark them as added.
            self._outputs(report.old_outputs or report.outputs, report.outputs, 1)
            self._console.print()
        self._console.print(styled(("Resources:", "bold")))
        for line in counts(report):
            self._console.print(f"    {line}")
        if report.failed:
            self._console.print(styled("    ", (f"{len(report.failed)} failed", "bold red")))
        self._console.print(f"\nDuration: {report.seconds:.1f}s")

    def _outputs(self, olds: Mapping[str, Any], news: Mapping[str, Any], depth: int) -> None:
        for key in sorted({*olds, *news}):
            old, new = olds.get(key, _MISSING), news.get(key, _MISSING)
            mark, line = _output(key, old, new)
            colour = {"+": "green", "-": "red", "~": "yellow"}.get(mark, "")
            indent = "    " * depth
            self._console.print(styled((f"{indent[:-2]}{mark} {in_one_line(line)}", colour)))
            if line.endswith(":"):
                self._outputs(_parts(old), _parts(new), depth + 1)


def _output(key: str, old: Any, new: Any) -> tuple[str, str]:
    """Return the mark and the text of an output. Nested outputs are printed on separate lines."""
    if _parts(new) or (new is _MISSING and _parts(old)):
        mark = "+" if old is _MISSING else "-" if new is _MISSING else " "
        return mark, f"{key}:"
    if old is _MISSING:
        return "+", f"{key}: {format_value(new)}"
    if new is _MISSING:
        return "-", f"{key}: {format_value(old)}"
    if same_value(old, new) and isinstance(old, Secret) == isinstance(new, Secret):
        return " ", f"{key}: {format_value(new)}"
    return "~", f"{key}: {format_value(old)} => {format_value(new)}"


def _parts(value: Any) -> Mapping[str, Any]:
    """Return the nested outputs of an output; none if it is secret as a whole."""
    return value if isinstance(value, dict) else {}
