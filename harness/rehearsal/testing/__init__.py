"""Tests of Pulumi programs with pytest: the fixture ``rehearse``, its results, and their assertions.

Imports all other rooms except `cli`. Modules are imported on first use, because pytest imports the plugin in every run.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

from rehearsal.missing_extra import needing_the_extra

if TYPE_CHECKING:
    from rehearsal.testing.checks import CheckFailed
    from rehearsal.testing.fixture import Rehearse
    from rehearsal.testing.mocked_stack import MockedResult, MockedStack
    from rehearsal.testing.plan import Plan
    from rehearsal.testing.results import DestroyResult, OperationFailed, PreviewResult, RefreshResult, UpResult
    from rehearsal.testing.stack import RehearsedStack

__all__ = [
    "CheckFailed",
    "DestroyResult",
    "MockedResult",
    "MockedStack",
    "OperationFailed",
    "Plan",
    "PreviewResult",
    "RefreshResult",
    "Rehearse",
    "RehearsedStack",
    "UpResult",
]

_HOMES: Final = {
    "CheckFailed": "checks",
    "DestroyResult": "results",
    "MockedResult": "mocked_stack",
    "MockedStack": "mocked_stack",
    "OperationFailed": "results",
    "Plan": "plan",
    "PreviewResult": "results",
    "RefreshResult": "results",
    "Rehearse": "fixture",
    "RehearsedStack": "stack",
    "UpResult": "results",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    with needing_the_extra(f"{__name__}.{name}"):
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
