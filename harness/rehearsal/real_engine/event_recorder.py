"""Records the real engine's events in the report of an operation."""

from __future__ import annotations

import collections
import re
import time
from collections.abc import Mapping
from typing import Any, Final

from pulumi.automation import EngineEvent

from rehearsal.engine.events import Diagnostic, Op, Report, StepRecord
from rehearsal.state.property_diff import differences
from rehearsal.state.property_values import SECRET_SIGNATURE, SIGNATURE, Secret, from_state
from rehearsal.state.urns import ROOT_TYPE, is_provider_type, type_of

__all__ = ["EventRecorder"]

# The error with which the engine ends every failed operation.
_FINAL_ERROR: Final = re.compile(
    r"(update|preview|refresh|destroy|resource monitor) (failed|has terminated, shutting down)", re.IGNORECASE
)
# The engine's prefix for an exception of the program, which is already in the report.
_UNHANDLED_PREFIX: Final = "an unhandled error occurred: "
# A warning that a plugin was found on PATH, as all plugins here are.
_PLUGIN_FROM_PATH: Final = re.compile(r"using pulumi-resource-\S+ from \$PATH at ")
# gRPC's prefix for exceptions of the dynamic provider server.
_GRPC_PREFIX: Final = re.compile(r"(rpc error: code = \w+ desc = )?(Exception calling application: )?")
_CONNECTION_LOST: Final = re.compile(
    r"code = (Unavailable|Canceled)|error reading from server|connection refused|transport is closing"
)
_WITHOUT_DIFF: Final = {Op.SAME, Op.READ, Op.REFRESH}


class EventRecorder:
    """Records the events of one operation."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._running: dict[tuple[str, str], StepRecord] = {}
        self._started_at: dict[tuple[str, str], float] = {}
        self._final_errors: list[Diagnostic] = []
        self._changes: Mapping[Any, int] | None = None
        self.provider_killed = False
        """Whether a dynamic provider was killed on purpose."""

    def __call__(self, event: EngineEvent) -> None:
        """Record an event."""
        if event.resource_pre_event is not None:
            self._start_step(event.resource_pre_event.metadata)
        elif event.res_outputs_event is not None:
            self._end_step(event.res_outputs_event.metadata)
        elif event.res_op_failed_event is not None:
            self._end_step(event.res_op_failed_event.metadata, failed=True)
        elif event.diagnostic_event is not None:
            self._record_diagnostic(event.diagnostic_event)
        elif event.summary_event is not None:
            self._changes = event.summary_event.resource_changes or {}

    def finish(self, failure: str | None) -> None:
        """Complete the report; `failure` is the CLI's error, or None if the operation succeeded."""
        report = self._report
        report.ok = failure is None
        if failure is not None and not report.errors:
            for diagnostic in self._final_errors or [Diagnostic("error", failure)]:
                report.say(diagnostic.severity, diagnostic.text, diagnostic.urn)
        if self._changes is not None:
            report.changes = collections.Counter({_name(op): count for op, count in self._changes.items() if count})

    def _start_step(self, metadata: Any) -> None:
        step = _step(metadata)
        self._running[metadata.urn, step.op] = step
        self._started_at[metadata.urn, step.op] = time.monotonic()
        self._report.begin(step)

    def _end_step(self, metadata: Any, *, failed: bool = False) -> None:
        op = Op(_name(metadata.op))
        step = self._running.pop((metadata.urn, op), None)
        if step is None:
            # The operation in the end event of a refresh step differs from that in its start event.
            step = self._running.pop((metadata.urn, Op.REFRESH), None) or _step(metadata)
        step.failed = failed
        now = time.monotonic()
        step.seconds = now - self._started_at.get((step.urn, step.op), now)
        self._report.end(step)
        if metadata.new is not None and type_of(metadata.urn) == ROOT_TYPE and not failed:
            self._report.outputs = _event_value(metadata.new.outputs or {})

    def _record_diagnostic(self, event: Any) -> None:
        severity = event.severity.partition("#")[0]
        text = event.message.rstrip()
        if severity == "debug" or event.ephemeral or _PLUGIN_FROM_PATH.match(text):
            return
        diagnostic = Diagnostic(severity, text, event.urn or "")
        if severity != "error":
            self._report.log(severity, text, diagnostic.urn)
        elif _FINAL_ERROR.fullmatch(text) or text.removeprefix(_UNHANDLED_PREFIX) in self._report.errors:
            self._final_errors.append(diagnostic)
        else:
            self._report.say(severity, self._with_explanation(text, diagnostic.urn), diagnostic.urn)

    def _with_explanation(self, text: str, urn: str) -> str:
        if self.provider_killed and _CONNECTION_LOST.search(text):
            method = next((_METHODS.get(op, op) for (of, op) in self._running if of == urn), _BEFORE_ANY_STEP)
            return f"the dynamic provider's process ended during {method}; what it was doing may be half done\n{text}"
        return _GRPC_PREFIX.sub("", text, count=1)


_BEFORE_ANY_STEP: Final = "Check or Diff"
_METHODS: Final[Mapping[str, str]] = {
    Op.CREATE: "Create",
    Op.CREATE_REPLACEMENT: "Create",
    Op.UPDATE: "Update",
    Op.DELETE: "Delete",
    Op.DELETE_REPLACED: "Delete",
    Op.READ: "Read",
    Op.READ_REPLACEMENT: "Read",
    Op.REFRESH: "Read",
}


def _step(metadata: Any) -> StepRecord:
    old = _event_value((metadata.old.inputs if metadata.old else None) or {})
    new = _event_value((metadata.new.inputs if metadata.new else None) or {})
    op = Op(_name(metadata.op))
    step = StepRecord(op, metadata.urn, tuple(metadata.keys or ()), _parent(metadata), old=old, new=new)
    if metadata.old and metadata.new and op not in _WITHOUT_DIFF and not is_provider_type(type_of(metadata.urn)):
        step.diff = _diff(metadata, old, new)
    return step


def _parent(metadata: Any) -> str:
    state = metadata.new or metadata.old
    return state.parent if state else ""


def _diff(metadata: Any, old: dict[str, Any], new: dict[str, Any]) -> dict[str, str]:
    detailed = metadata.detailed_diff or {}
    found = {path: _name(diff.diff_kind).removesuffix("-replace") for path, diff in detailed.items()}
    found = found or differences(old, new)
    # Events do not contain the values of secrets, only the names of changed properties.
    hidden = [key for key in metadata.diffs or () if key not in found and key in new]
    return {**found, **dict.fromkeys(hidden, "update")}


def _name(value: Any) -> str:
    return str(getattr(value, "value", value))


def _event_value(value: Any) -> Any:
    """Parse a value in an event, in which secrets are redacted."""
    match value:
        case dict() if value.get(SIGNATURE) == SECRET_SIGNATURE:
            return Secret(None)
        case dict() if SIGNATURE not in value:
            return {key: _event_value(part) for key, part in value.items()}
        case list():
            return [_event_value(part) for part in value]
        case _:
            return from_state(value)
