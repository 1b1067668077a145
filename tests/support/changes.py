"""The changes of a stack's operation."""

from __future__ import annotations

from rehearsal import Report

__all__ = ["changed"]


def changed(report: Report) -> dict[str, int]:
    """Return the number of resources by operation, without unchanged ones; the operation must have succeeded."""
    assert report.ok, report.errors
    return {op: count for op, count in report.changes.items() if count and op != "same"}
