"""Creates the events of `pulumi.automation` for an operation, for the argument ``on_event``."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from pulumi.automation import EngineEvent

from rehearsal.engine.events import Diagnostic, Op, Report, StepRecord
from rehearsal.state.property_values import Secret, map_leaves, to_state
from rehearsal.state.urns import type_of

__all__ = ["Events"]

_NEW: Final = {Op.CREATE, Op.CREATE_REPLACEMENT, Op.IMPORT, Op.IMPORT_REPLACEMENT}
_GONE: Final = {Op.DELETE, Op.DELETE_REPLACED, Op.DISCARD, Op.DISCARD_REPLACED, Op.REMOVE_PENDING_REPLACE}


class Events:
    """A listener that creates events, in their order, without secrets.

    The states in a step's event contain only type, URN, parent and inputs.
    """

    def __init__(self, say: Callable[[EngineEvent], Any], *, planning: bool) -> None:
        self._say = say
        self._planning = planning
        self._numbers = itertools.count()
        self._lock = threading.Lock()

    def begin(self, config: Mapping[str, Any]) -> None:
        """Emit the first event, which has the config."""
        self._emit("preludeEvent", {"config": {key: _redacted(value) for key, value in config.items()}})

    def started(self, step: StepRecord) -> None:
        """Emit that a step starts."""
        self._emit("resourcePreEvent", {"metadata": _metadata(step), "planning": self._planning})

    def ended(self, step: StepRecord) -> None:
        """Emit that a step has ended or failed."""
        if step.failed:
            self._emit("resOpFailedEvent", {"metadata": _metadata(step), "status": 1, "steps": 0})
        else:
            self._emit("resOutputsEvent", {"metadata": _metadata(step), "planning": self._planning})

    def said(self, diagnostic: Diagnostic) -> None:
        """Emit a message of a program, a provider or the engine."""
        event = {"message": diagnostic.text, "severity": diagnostic.severity, "color": "never", "urn": diagnostic.urn}
        self._emit("diagnosticEvent", event)

    def finish(self, report: Report) -> None:
        """Emit the summary and the end of the operation."""
        summary = {
            "maybeCorrupt": False,
            "durationSeconds": round(report.seconds),
            "resourceChanges": dict(report.changes),
        }
        self._emit("summaryEvent", {**summary, "PolicyPacks": {}})
        self._emit("cancelEvent", {})

    def _emit(self, kind: str, event: Mapping[str, Any]) -> None:
        with self._lock:
            head = {"sequence": next(self._numbers), "timestamp": int(time.time())}
            self._say(EngineEvent.from_json({**head, kind: event}))


def _metadata(step: StepRecord) -> dict[str, Any]:
    metadata: dict[str, Any] = {"op": step.op.value, "urn": step.urn, "type": type_of(step.urn), "provider": ""}
    if step.op not in _NEW:
        metadata["old"] = _state(step, step.old)
    if step.op not in _GONE:
        metadata["new"] = _state(step, step.new)
    if step.keys:
        metadata["keys"] = list(step.keys)
    if step.diff:
        metadata["diffs"] = list(step.diff)
        metadata["detailedDiff"] = {
            key: {"diffKind": f"{kind}-replace" if key in step.keys else kind, "inputDiff": True}
            for key, kind in step.diff.items()
        }
    return metadata


def _state(step: StepRecord, inputs: Mapping[str, Any]) -> dict[str, Any]:
    redacted = {key: _redacted(value) for key, value in inputs.items()}
    return {
        "type": type_of(step.urn),
        "urn": step.urn,
        "id": "",
        "parent": step.parent,
        "provider": "",
        "inputs": redacted,
    }


def _redacted(value: Any) -> Any:
    return map_leaves(value, lambda leaf: "[secret]" if isinstance(leaf, Secret) else to_state(leaf))
