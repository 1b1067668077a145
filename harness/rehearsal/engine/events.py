"""The report of an operation: its steps, counts, failures and messages; and the interface of a display."""

from __future__ import annotations

import collections
import dataclasses
import enum
import threading
from collections.abc import Mapping
from typing import Any, Final, Protocol

from rehearsal.provider import PropertyMap
from rehearsal.state.urns import is_provider_type, name_of, type_of

__all__ = ["Diagnostic", "Listener", "Op", "Report", "StepRecord"]


class Op(enum.StrEnum):
    """The kinds of steps, with Pulumi's names."""

    SAME = "same"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REPLACE = "replace"
    CREATE_REPLACEMENT = "create-replacement"
    DELETE_REPLACED = "delete-replaced"
    READ = "read"
    READ_REPLACEMENT = "read-replacement"
    REFRESH = "refresh"
    DISCARD = "discard"
    DISCARD_REPLACED = "discard-replaced"
    REMOVE_PENDING_REPLACE = "remove-pending-replace"
    IMPORT = "import"
    IMPORT_REPLACEMENT = "import-replacement"


# Steps that are not counted: parts of a replacement, and steps that change nothing.
_NOT_COUNTED: Final = {
    Op.CREATE_REPLACEMENT,
    Op.DELETE_REPLACED,
    Op.READ,
    Op.READ_REPLACEMENT,
    Op.DISCARD_REPLACED,
    Op.REMOVE_PENDING_REPLACE,
    Op.IMPORT_REPLACEMENT,
}


@dataclasses.dataclass(slots=True)
class StepRecord:
    """One step.

    `keys` are the properties that force a replacement. `diff` maps changed properties to "add", "delete" or "update".
    `old` and `new` are the inputs before and after the step. `seconds` is its duration.
    """

    op: Op
    urn: str
    keys: tuple[str, ...] = ()
    parent: str = ""
    diff: Mapping[str, str] = dataclasses.field(default_factory=dict)
    old: PropertyMap = dataclasses.field(default_factory=dict)
    new: PropertyMap = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    failed: bool = False

    @property
    def is_shown(self) -> bool:
        """False for default providers, which are created implicitly, and which Pulumi does not show either."""
        return not (is_provider_type(type_of(self.urn)) and name_of(self.urn).startswith("default"))


@dataclasses.dataclass(frozen=True, slots=True)
class Diagnostic:
    """A message: `severity` is "debug", "info", "warning" or "error"; `urn` is empty for the stack."""

    severity: str
    text: str
    urn: str = ""


class Listener(Protocol):
    """Follows a running operation; called from several threads."""

    def started(self, step: StepRecord) -> None:
        """Handle a step that begins."""

    def ended(self, step: StepRecord) -> None:
        """Handle a step that is done or has failed."""

    def said(self, diagnostic: Diagnostic) -> None:
        """Handle a message."""


@dataclasses.dataclass(slots=True)
class Report:
    """The outcome of one operation."""

    op: str
    dry_run: bool = False
    ok: bool = True
    steps: list[StepRecord] = dataclasses.field(default_factory=list)
    changes: collections.Counter[str] = dataclasses.field(default_factory=collections.Counter)
    failed: list[str] = dataclasses.field(default_factory=list)
    diagnostics: list[Diagnostic] = dataclasses.field(default_factory=list)
    debug: list[str] = dataclasses.field(default_factory=list)
    """The debug messages of the program, which are not shown."""
    given: list[tuple[str, PropertyMap]] = dataclasses.field(default_factory=list, repr=False)
    """The inputs of all registered resources, including those that failed before they had a step."""
    outputs: dict[str, Any] = dataclasses.field(default_factory=dict)
    old_outputs: dict[str, Any] = dataclasses.field(default_factory=dict)
    seconds: float = 0.0
    interrupted: bool = False
    """Whether the user interrupted the operation."""
    abandoned: bool = False
    """Whether a thread of the operation is still running, because it did not end after being cancelled."""
    listener: Listener | None = None
    _lock: threading.Lock = dataclasses.field(default_factory=threading.Lock, repr=False)

    @property
    def errors(self) -> list[str]:
        """The texts of the error messages."""
        return [d.text for d in self.diagnostics if d.severity == "error"]

    def begin(self, step: StepRecord) -> None:
        """Record the start of a step."""
        with self._lock:
            if step.is_shown:
                self.steps.append(step)
        if self._is_reported(step) and self.listener is not None:
            self.listener.started(step)

    def end(self, step: StepRecord, counts_as: Op | None = None) -> None:
        """Record the end of a step. A successful one is counted as `counts_as`, or else by its `op`."""
        counts = counts_as is not None or step.op not in _NOT_COUNTED
        with self._lock:
            if step.is_shown and not step.failed and counts:
                self.changes[(counts_as or step.op).value] += 1
            if step.failed:
                self.ok = False
                if not self.dry_run:  # a failed step of a preview has not changed the resource
                    self.failed.append(step.urn)
        if self._is_reported(step) and self.listener is not None:
            self.listener.ended(step)

    @staticmethod
    def _is_reported(step: StepRecord) -> bool:
        # Steps that only clean up the state are not shown.
        return step.is_shown and step.op is not Op.REMOVE_PENDING_REPLACE

    def say(self, severity: str, text: str, urn: str = "") -> None:
        """Add a message; an error makes the operation a failure."""
        if severity == "error":
            self.ok = False
        self.log(severity, text, urn)

    def log(self, severity: str, text: str, urn: str = "") -> None:
        """Add a log message of the program. As in Pulumi, an error in the log does not fail the operation."""
        diagnostic = Diagnostic(severity, text, urn)
        with self._lock:
            self.diagnostics.append(diagnostic)
        if self.listener is not None:
            self.listener.said(diagnostic)

    def take_over(self, before: Report) -> None:
        """Add the messages and failures of a preceding operation, without its steps."""
        self.ok = self.ok and before.ok
        self.abandoned = self.abandoned or before.abandoned
        self.interrupted = self.interrupted or before.interrupted
        self.failed += before.failed
        self.diagnostics += before.diagnostics
        self.debug += before.debug
        self.given += before.given

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as JSON data, for the option ``--json``."""
        steps = []
        for step in self.steps:
            entry: dict[str, Any] = {"op": step.op.value, "urn": step.urn}
            if step.keys:
                entry["replace_keys"] = list(step.keys)
            steps.append(entry)
        return {
            "ok": self.ok,
            "changes": dict(self.changes),
            "steps": steps,
            "failed": list(self.failed),
            "errors": self.errors,
        }
