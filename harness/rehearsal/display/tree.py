"""Shows steps as a live tree of resources: Pulumi's display on a terminal."""

from __future__ import annotations

import dataclasses

from rich.live import Live
from rich.table import Table

from rehearsal.display.console import Console, in_one_line, styled
from rehearsal.display.formatting import STEP_LABELS, changed_properties, short_type
from rehearsal.engine.events import Op, StepRecord
from rehearsal.state.urns import name_of

__all__ = ["Tree"]

# Steps of a replacement, which Pulumi shows in one row.
_REPLACING = {Op.REPLACE, Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED}


@dataclasses.dataclass(slots=True)
class _Row:
    """The data of one resource."""

    parent: str
    op: Op
    status: str = ""
    info: str = ""
    failed: bool = False


class Tree:
    """A live table of type, name, plan or status, and changes. Unchanged resources are shown only if they are parents.

    `planned`: the steps are those of a preview.
    """

    def __init__(self, console: Console, *, planned: bool) -> None:
        self._planned = planned
        self._rows: dict[str, _Row] = {}
        self._live = Live(console=console, refresh_per_second=10, get_renderable=self.table)
        self._live.start()

    def started(self, step: StepRecord) -> None:
        """Show that a step starts."""
        row = self._rows.setdefault(step.urn, _Row(step.parent, step.op))
        row.op = Op.REPLACE if step.op in _REPLACING else step.op
        labels = STEP_LABELS[row.op]
        row.status = labels.planned if self._planned else labels.doing
        if step.diff:
            row.info = f"[diff: {changed_properties(step)}]"

    def ended(self, step: StepRecord) -> None:
        """Show that a step has ended or failed."""
        row = self._rows[step.urn]
        row.failed = row.failed or step.failed
        labels = STEP_LABELS[row.op]
        if step.failed:
            row.status = f"**{labels.planned or 'step'} failed**"
        elif not self._planned and labels.done:
            row.status = f"{labels.done} ({step.seconds:.2f}s)"

    def close(self) -> None:
        """Leave the table in its final form."""
        self._live.stop()
        self._live.console.print()

    def table(self) -> Table:
        """Return the current table."""
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in ("", "Type", "Name", "Plan" if self._planned else "Status", "Info"):
            table.add_column(column, no_wrap=column != "Info")
        children: dict[str, list[str]] = {}
        for urn, row in self._rows.items():
            children.setdefault(row.parent if row.parent in self._rows else "", []).append(urn)
        self._add(table, children, "", "")
        return table

    def _add(self, table: Table, children: dict[str, list[str]], parent: str, indent: str) -> None:
        below = children.get(parent, [])
        for urn in below:
            last = urn == below[-1]
            branch = "" if not parent else f"{indent}{'└─ ' if last else '├─ '}"
            row = self._rows[urn]
            labels = STEP_LABELS[row.op]
            table.add_row(
                styled(" ", (labels.mark, labels.colour)),
                branch + in_one_line(short_type(urn)),
                in_one_line(name_of(urn)),
                styled((row.status, "bold red" if row.failed else labels.colour)),
                in_one_line(row.info),
            )
            self._add(table, children, urn, indent if not parent else f"{indent}{'   ' if last else '│  '}")
