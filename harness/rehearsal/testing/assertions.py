"""Assertions about an operation, whose errors show what the operation did.

Each returns True or raises, so that ``assert plan.has_no_changes()`` and ``plan.has_no_changes()`` are equivalent.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Collection, Mapping
from typing import Any, Final, Literal

from rehearsal.engine.events import Op, Report
from rehearsal.state.property_values import Secret
from rehearsal.testing.plan import Plan

__all__ = ["UNCHANGED", "Assertions"]

UNCHANGED: Final = frozenset({Op.SAME, Op.REFRESH, Op.READ})
"""Steps that do not count as a change. Each operation reads external resources again."""

_STAYS: Final = {Op.SAME, Op.UPDATE, Op.REFRESH, Op.READ}


class Assertions:
    """Assertions about a report. A resource is named by its URN, its name, or the end of its URN: ``Channel::live``."""

    report: Report
    plan: Plan

    def has_no_changes(self) -> Literal[True]:
        """Assert that no resource changes."""
        __tracebackhide__ = True
        return self._assert(not self._changed({*Op} - UNCHANGED), "expected no changes")

    def has_no_replacements(self) -> Literal[True]:
        """Assert that no resource is replaced."""
        __tracebackhide__ = True
        replaced = [urn for urn, fate in self.plan.items() if fate == Op.REPLACE]
        return self._assert(not replaced, "expected no replacements")

    def creates(self, *resources: str) -> Literal[True]:
        """Assert that the resources are created."""
        __tracebackhide__ = True
        return self._fates(resources, Op.CREATE)

    def updates(self, *resources: str) -> Literal[True]:
        """Assert that the resources are changed in place."""
        __tracebackhide__ = True
        return self._fates(resources, Op.UPDATE)

    def deletes(self, *resources: str) -> Literal[True]:
        """Assert that the resources are deleted without a replacement."""
        __tracebackhide__ = True
        return self._fates(resources, Op.DELETE)

    def replaces(self, *resources: str) -> Literal[True]:
        """Assert that the resources are replaced."""
        __tracebackhide__ = True
        return self._fates(resources, Op.REPLACE)

    def keeps(self, *resources: str) -> Literal[True]:
        """Assert that the resources are not replaced: they are unchanged, or changed in place."""
        __tracebackhide__ = True
        for resource in resources:
            stays = all(step.op in _STAYS for step in self._steps(resource))
            self._assert(stays, f"expected {resource} to be kept")
        return True

    def deletes_before_creating(self, *resources: str) -> Literal[True]:
        """Assert that the resources are replaced, and each old one is deleted before the new one is created."""
        __tracebackhide__ = True
        for resource in resources:
            ops = self._replacement(resource)
            self._assert(ops[0] is Op.DELETE_REPLACED, f"expected {resource} to be deleted before it is created")
        return True

    def creates_before_deleting(self, *resources: str) -> Literal[True]:
        """Assert that the resources are replaced, and each new one is created before the old one is deleted."""
        __tracebackhide__ = True
        for resource in resources:
            ops = self._replacement(resource)
            self._assert(ops[0] is Op.CREATE_REPLACEMENT, f"expected {resource} to be created before it is deleted")
        return True

    def secret(self, path: str) -> Literal[True]:
        """Call `is_secret`. Deprecated for one release."""
        __tracebackhide__ = True
        warnings.warn("secret() is now called is_secret()", DeprecationWarning, stacklevel=2)
        return self.is_secret(path)

    def is_secret(self, path: str) -> Literal[True]:
        """Assert that a stack output, or a part of one (``channels.live.key``, ``keys[0]``), is secret."""
        __tracebackhide__ = True
        value: Any = self.report.outputs
        walked = ""
        for part in re.findall(r"[^.\[\]]+", path):
            if isinstance(value, Secret):
                return True
            walked += f".{part}" if walked else part
            try:
                value = value[int(part)] if isinstance(value, list) else value[part]
            except (KeyError, IndexError, ValueError, TypeError):
                there = ", ".join(map(str, value)) if isinstance(value, Mapping) else f"a {type(value).__name__}"
                raise AssertionError(f"no stack output {walked!r}; there is {there or 'nothing'}") from None
        if not isinstance(value, Secret):
            raise AssertionError(  # noqa: TRY004 - a failed assertion, not an argument
                f"stack output {path!r} is not secret: anybody who sees the stack's outputs can read it; wrap it in "
                "pulumi.Output.secret, or name it in the resource's additional_secret_outputs"
            )
        return True

    def _fates(self, resources: Collection[str], fate: Op) -> Literal[True]:
        __tracebackhide__ = True
        for resource in resources:
            self._steps(resource)
            self._assert(self.plan[resource] == fate, f"expected {resource} to be {_PAST[fate]}")
        return True

    def _replacement(self, resource: str) -> list[Op]:
        __tracebackhide__ = True
        self._fates([resource], Op.REPLACE)
        parts = [s.op for s in self._steps(resource) if s.op in {Op.DELETE_REPLACED, Op.CREATE_REPLACEMENT}]
        self._assert(len(parts) > 1, f"expected {resource} to be deleted and created")
        return parts

    def _steps(self, resource: str) -> list[Any]:
        __tracebackhide__ = True
        try:
            return self.plan.steps(resource)
        except LookupError as error:
            raise AssertionError(str(error)) from None

    def _changed(self, ops: Collection[Op]) -> list[str]:
        counted = {op for op, number in self.report.changes.items() if number}
        done = {step.op for step in self.report.steps} | counted
        return sorted(done.intersection(ops))

    def _assert(self, holds: bool, expected: str) -> Literal[True]:
        __tracebackhide__ = True
        if holds:
            return True
        done = self.plan.lines() or ["  nothing"]
        word = "would do" if self.report.dry_run else "did"
        raise AssertionError("\n".join([f"{expected}; the {self.report.op} {word}:", *done]))


_PAST: Final = {Op.CREATE: "created", Op.UPDATE: "updated", Op.DELETE: "deleted", Op.REPLACE: "replaced"}
