"""Runs Pulumi programs offline: preview, up, refresh and destroy with real providers and a real state, for tests.

It is a test harness: production uses Pulumi. Modules are imported on first use, because pytest imports this package's
plugin in every run. Imports no cloud.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from rehearsal.missing_extra import needing_the_extra

if TYPE_CHECKING:
    from rehearsal.engine.events import Report
    from rehearsal.errors import RehearsalError
    from rehearsal.project import Project
    from rehearsal.provider import Provider, ProviderError
    from rehearsal.stack import Stack

__all__ = ["Project", "Provider", "ProviderError", "RehearsalError", "Report", "Stack"]

_HOMES: Final = {
    "Project": "project",
    "Provider": "provider",
    "ProviderError": "provider",
    "RehearsalError": "errors",
    "Report": "engine.events",
    "Stack": "stack",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with needing_the_extra(f"{__name__}.{name}"):
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
