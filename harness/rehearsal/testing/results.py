"""The results of operations: the classes of `pulumi.automation`, extended by steps, calls, messages and assertions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pulumi import automation
from pulumi.automation import OutputValue, UpdateSummary
from pulumi.automation.errors import CommandError

from rehearsal.engine.events import Diagnostic, Report, StepRecord
from rehearsal.state.property_values import Secret, reveal
from rehearsal.testing.assertions import Assertions
from rehearsal.testing.plan import Plan

__all__ = [
    "DestroyResult",
    "OperationFailed",
    "Outcome",
    "PreviewResult",
    "RefreshResult",
    "UpResult",
    "output_map",
    "result_of",
]


class Outcome(Assertions):
    """The attributes and assertions that every result has in addition to the Automation API's."""

    def __init__(self, report: Report, calls: Sequence[Any]) -> None:
        self.report = report
        self.steps: list[StepRecord] = list(report.steps)
        """The steps that were executed, or planned in a preview, in order."""
        self.calls: list[Any] = list(calls)
        """The calls that the cloud answered during the operation."""
        self.diagnostics: list[Diagnostic] = list(report.diagnostics)
        """The messages of program, providers and engine."""
        self.plan = Plan(self.steps)

    def __repr__(self) -> str:
        counts = ", ".join(f"{number} {op}" for op, number in self.report.changes.items())
        return f"<{type(self).__name__} of {self.report.op}: {counts or 'nothing to do'}>"


class PreviewResult(Outcome, automation.PreviewResult):
    """What an `up` would do."""

    def __init__(self, stdout: str, report: Report, calls: Sequence[Any]) -> None:
        automation.PreviewResult.__init__(self, stdout, "", _changes(report))
        Outcome.__init__(self, report, calls)


class UpResult(Outcome, automation.UpResult):
    """What an `up` did, and the stack's outputs."""

    def __init__(self, stdout: str, report: Report, calls: Sequence[Any], summary: UpdateSummary) -> None:
        automation.UpResult.__init__(self, stdout, "", summary, output_map(report.outputs))
        Outcome.__init__(self, report, calls)


class RefreshResult(Outcome, automation.RefreshResult):
    """What a refresh found."""

    def __init__(self, stdout: str, report: Report, calls: Sequence[Any], summary: UpdateSummary) -> None:
        automation.RefreshResult.__init__(self, stdout, "", summary)
        Outcome.__init__(self, report, calls)


class DestroyResult(Outcome, automation.DestroyResult):
    """What a destroy did."""

    def __init__(self, stdout: str, report: Report, calls: Sequence[Any], summary: UpdateSummary) -> None:
        automation.DestroyResult.__init__(self, stdout, "", summary)
        Outcome.__init__(self, report, calls)


class OperationFailed(CommandError):
    """An operation failed; `result` is the result up to the failure."""

    def __init__(self, result: Outcome) -> None:
        errors = result.report.errors or ["(the provider gave no reason)"]
        lines = [f"{result.report.op} failed:", *(_indent(text) for text in errors)]
        done = result.plan.lines()
        if done:
            lines += ["steps:", *done]
        Exception.__init__(self, "\n".join(lines))
        self.name = "OperationFailed"
        self.result = result


_RESULTS: Final[Mapping[str, type[UpResult | RefreshResult | DestroyResult]]] = {
    "up": UpResult,
    "refresh": RefreshResult,
    "destroy": DestroyResult,
}


def output_map(outputs: Mapping[str, Any]) -> dict[str, OutputValue]:
    """Return outputs in the Automation API's form: plaintext, and whether the output is secret."""
    return {key: OutputValue(reveal(value), isinstance(value, Secret)) for key, value in outputs.items()}


def result_of(
    report: Report,
    stdout: str,
    calls: Sequence[Any],
    config: Mapping[str, Any],
    started: dt.datetime,
    version: int,
    *,
    message: str = "",
    show_secrets: bool = True,
) -> PreviewResult | UpResult | RefreshResult | DestroyResult:
    """Return the result of an operation. Without `show_secrets`, secrets of the config are redacted in its summary."""
    if report.dry_run:
        return PreviewResult(stdout, report, calls)
    make = _RESULTS[report.op]
    summary = UpdateSummary(
        kind="update" if report.op == "up" else report.op,
        start_time=started,
        message=message,
        environment={},
        config={k: _config_value(v, show_secrets=show_secrets) for k, v in config.items()},
        result="succeeded" if report.ok else "failed",
        end_time=started + dt.timedelta(seconds=report.seconds),
        version=version,
        resource_changes=_changes(report),
    )
    return make(stdout, report, calls, summary)


def _config_value(value: Any, *, show_secrets: bool) -> dict[str, Any]:
    secret = isinstance(value, Secret)
    return {"value": reveal(value) if show_secrets or not secret else "[secret]", "secret": secret}


def _changes(report: Report) -> Any:
    return dict(report.changes)


def _indent(text: str) -> str:
    return "\n".join("  " + line for line in text.splitlines())
