"""Runs Pulumi programs offline: preview, up, refresh and destroy with real providers and a real state, for tests.

It is a test harness: production uses Pulumi.
"""

from __future__ import annotations

from rehearsal.errors import RehearsalError
from rehearsal.project import Project
from rehearsal.provider import Provider, ProviderError
from rehearsal.report import Report
from rehearsal.stack import Stack

__all__ = ["Project", "Provider", "ProviderError", "RehearsalError", "Report", "Stack"]
