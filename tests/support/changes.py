"""Counts the resources that an operation changed."""

from __future__ import annotations

from rehearsal import Report

__all__ = ["changed"]


def changed(report: Report) -> dict[str, int]:
    """Return the number of changed resources by step (create, update, ...). Assert that the operation succeeded."""
    assert report.ok, report.errors
    return {op: count for op, count in report.changes.items() if count and op != "same"}
