"""Shows steps as lines, one at the start of a step and one at its end: Pulumi's display without a terminal."""

from __future__ import annotations

from rehearsal.display.console import Console, in_one_line, styled
from rehearsal.display.formatting import MARKS, STEP_LABELS, changed_properties, format_value, short_type
from rehearsal.engine.events import Op, StepRecord
from rehearsal.state.urns import name_of

__all__ = ["Lines"]


class Lines:
    """Prints steps to a console, with `details` also the values that change. `planned`: the steps of a preview."""

    def __init__(self, console: Console, *, planned: bool, details: bool) -> None:
        self._console = console
        self._planned = planned
        self._details = details
        self._any = False

    def started(self, step: StepRecord) -> None:
        """Print that a step starts. Unchanged resources have no line."""
        if step.op is Op.SAME:
            return
        labels = STEP_LABELS[step.op]
        self._line(step, labels.planned if self._planned else f"{labels.doing} (0s)")
        if self._details:
            for key, kind in step.diff.items():
                old, new = format_value(step.old.get(key)), format_value(step.new.get(key))
                text = {"add": new, "delete": old, "update": f"{old} => {new}"}[kind]
                self._console.print(f"      {MARKS[kind]} {in_one_line(key)}: {in_one_line(text)}")

    def ended(self, step: StepRecord) -> None:
        """Print that a step has ended or failed."""
        if step.op is Op.SAME or (self._planned and not step.failed):
            return
        labels = STEP_LABELS[step.op]
        self._line(step, f"{labels.doing} **failed**" if step.failed else f"{labels.done} ({step.seconds:.2f}s)")

    def close(self) -> None:
        """Print an empty line before what follows."""
        if self._any:
            self._console.print()

    def _line(self, step: StepRecord, doing: str) -> None:
        self._any = True
        labels = STEP_LABELS[step.op]
        changed = changed_properties(step)
        tail = f" [diff: {in_one_line(changed)}]" if changed else ""
        colour = "bold red" if step.failed else labels.colour
        self._console.print(
            styled(
                " ",
                (labels.mark, labels.colour),
                f" {in_one_line(short_type(step.urn))} ",
                (in_one_line(name_of(step.urn)), "bold"),
                " ",
                (doing + tail, colour),
            )
        )
