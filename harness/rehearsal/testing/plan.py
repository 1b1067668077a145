"""What an operation does to each resource, as a mapping that can be compared with a dictionary."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rehearsal.display.formatting import changed_properties
from rehearsal.engine.events import Op, StepRecord
from rehearsal.state.urns import ROOT_TYPE, type_of
from rehearsal.testing.naming import ambiguous, labels, matching

__all__ = ["Plan"]

_PARTS = {Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED, Op.READ_REPLACEMENT, Op.DISCARD_REPLACED}


class Plan(Mapping[str, str]):
    """Maps resources to what happens to them.

    The values are "create", "update", "replace", "delete", "same", or another of Pulumi's names of steps. The keys are
    unambiguous references to resources: the URN, the name, or the name preceded by its type and parents' types
    (``Channel::live``, ``LiveChannel$Channel::live``). A comparison with a dictionary ignores unchanged resources and
    the stack itself, unless the dictionary contains them.
    """

    def __init__(self, steps: Iterable[StepRecord]) -> None:
        self._steps: dict[str, list[StepRecord]] = collections.defaultdict(list)
        for step in steps:
            self._steps[step.urn].append(step)
        self._labels = labels(self._steps)

    def __getitem__(self, resource: str) -> str:
        return self._fate(self.urn(resource))

    def __iter__(self) -> Iterator[str]:
        return iter(self._steps)

    def __len__(self) -> int:
        return len(self._steps)

    def __contains__(self, resource: object) -> bool:
        return isinstance(resource, str) and bool(self._matches(resource))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        return not self.differences(other)

    __hash__ = None  # type: ignore[assignment]  # it is a mapping

    def __repr__(self) -> str:
        return f"Plan({ {self._labels[urn]: self._fate(urn) for urn in self._changing()} })"

    def urn(self, resource: str) -> str:
        """Return the URN for a name, the end of a URN, or a URN.

        :raises LookupError: if it matches none, or several.
        """
        found = self._matches(resource)
        if len(found) == 1:
            return found[0]
        if found:
            raise LookupError(ambiguous(resource, found, self._steps))
        known = ", ".join(self._labels.values()) or "no resource at all"
        raise LookupError(f"no resource {resource!r} in this operation; there is {known}")

    def steps(self, resource: str) -> list[StepRecord]:
        """Return the steps of one resource, in their order."""
        return list(self._steps[self.urn(resource)])

    def lines(self) -> list[str]:
        """Return the changes, one line for each resource."""
        return [self._line(urn) for urn in self._steps if self._fate(urn) != Op.SAME]

    def differences(self, expected: Mapping[str, Any]) -> list[str]:
        """Return the differences from a dictionary, one line for each resource."""
        lines, named = [], set()
        for resource, fate in expected.items():
            found = self._matches(resource)
            if len(found) != 1:
                why = (
                    "there is none"
                    if not found
                    else "it may be any of " + ", ".join(self._labels[urn] for urn in found)
                )
                lines.append(f"{resource}: expected {fate}, but {why}")
                continue
            named.add(found[0])
            if self._fate(found[0]) != fate:
                lines.append(f"{resource}: expected {fate}, planned: {self._line(found[0]).strip()}")
        lines += [
            f"{self._labels[urn]}: not expected, planned: {self._line(urn).strip()}"
            for urn in self._changing()
            if urn not in named
        ]
        return lines

    def _changing(self) -> list[str]:
        return [u for u in self._steps if self._fate(u) != Op.SAME and type_of(u) != ROOT_TYPE]

    def _matches(self, resource: str) -> list[str]:
        return matching(resource, self._steps)

    def _fate(self, urn: str) -> str:
        ops = [step.op for step in self._steps[urn]]
        if Op.REPLACE in ops or _PARTS.intersection(ops):
            return Op.REPLACE.value
        changes = [op for op in ops if op is not Op.SAME]
        return (changes or ops)[0].value

    def _line(self, urn: str) -> str:
        steps = self._steps[urn]
        changed = next(filter(None, map(changed_properties, steps)), "")
        keys = next((step.keys for step in steps if step.keys), ())
        notes = ["failed"] if any(step.failed for step in steps) else []
        notes += [f"diff: {changed}"] if changed else []
        notes += [f"replaced for: {', '.join(keys)}"] if keys else []
        return f"  {self._fate(urn)} {self._labels[urn]}" + "".join(f" [{note}]" for note in notes)
