"""The resources of a stack while an operation changes them, and the journal of the changes.

Resources that this operation has processed come first, in the order of completion, then the others. Within that, the
order is topological: dependencies come before dependents.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from rehearsal.engine.dependency_graph import in_order
from rehearsal.state.resource import ResourceState

__all__ = ["JournalEntry", "Snapshot", "replay"]

JournalEntry = dict[str, Any]
"""One change as JSON data: a resource that was put or dropped, by its number, or a pending operation's begin or end.

An entry can also contain several changes that must be applied together.
"""


class Snapshot:
    """The resources of a stack, changed step by step.

    Each change is passed to `journal` immediately, so that it survives if the run is killed.
    """

    def __init__(
        self,
        resources: Iterable[ResourceState] = (),
        journal: Callable[[JournalEntry], None] = lambda _: None,
    ) -> None:
        self._lock = threading.RLock()
        self._old: dict[int, ResourceState] = dict(enumerate(resources))
        self._new: dict[int, ResourceState] = {}
        self._numbers = {id(state): n for n, state in self._old.items()}
        self._next = len(self._old)
        self._journal = journal
        self._begun: dict[str, JournalEntry] = {}
        self._frozen: tuple[list[dict[str, Any]], list[JournalEntry]] | None = None
        self._together: list[JournalEntry] | None = None

    def resources(self) -> list[ResourceState]:
        """Return the current resources, in the order of a deployment."""
        with self._lock:
            return in_order([*self._new.values(), *self._old.values()])

    def put(self, state: ResourceState) -> None:
        """Add a resource, or record that an existing one has changed."""
        with self._lock:
            number = self._numbers.get(id(state))
            if number is None:
                number = self._numbers[id(state)] = self._next
                self._next += 1
                self._new[number] = state
            self._change({"put": number, "resource": state.to_json()})

    def drop(self, state: ResourceState) -> None:
        """Remove a resource; no error if it is not in the snapshot."""
        with self._lock:
            number = self._numbers.pop(id(state), None)
            if number is None:
                return
            self._old.pop(number, None)
            self._new.pop(number, None)
            self._change({"drop": number, "urn": state.urn})

    def _change(self, entry: JournalEntry) -> None:
        if self._together is None:
            self._write(entry)
        else:
            self._together.append(entry)

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """Record the changes in the block atomically: if the run is killed, either all or none are recorded."""
        with self._lock:
            if self._together is not None:
                yield
                return
            self._together = []
            try:
                yield
            finally:
                entries, self._together = self._together, None
                self._write({"together": entries})

    def supersede(self, old: ResourceState | None, new: ResourceState) -> None:
        """Replace `old` by `new`."""
        with self.at_once():
            self.put(new)
            if old is not None:
                self.drop(old)

    def rebuild(self, patch: Callable[[list[ResourceState]], list[ResourceState]]) -> None:
        """Apply `patch`, which changes the resources in place, and record the result."""
        with self.at_once():
            for state in patch(self.resources()):
                self.put(state)

    def begin(self, kind: str, state: ResourceState) -> None:
        """Record a pending operation: a call to a provider has started.

        A later `put` or `drop` of a resource with the same URN ends the pending operation. Else call `end`.
        """
        with self._lock:
            self._write({"begin": kind, "resource": state.to_json()})

    def end(self, state: ResourceState) -> None:
        """End a pending operation that has not changed the resource."""
        with self._lock:
            self._write({"end": state.urn})

    def _write(self, entry: JournalEntry) -> None:
        if self._frozen is None:
            for change in _single_changes([entry]):
                _update_pending(self._begun, change)
            self._journal(entry)

    def freeze(self) -> None:
        """Ignore all later changes: running work is abandoned."""
        with self._lock:
            if self._frozen is None:
                self._frozen = [state.to_json() for state in self.resources()], list(self._begun.values())

    def left(self) -> tuple[list[ResourceState], list[JournalEntry]]:
        """Return the resources and the pending operations, as they were when the snapshot was frozen, if it was."""
        with self._lock:
            if self._frozen is None:
                return self.resources(), []
            resources, begun = self._frozen
            return [ResourceState.from_json(resource) for resource in resources], begun


def replay(
    base: list[dict[str, Any]], entries: Iterable[JournalEntry]
) -> tuple[list[dict[str, Any]], list[JournalEntry]]:
    """Apply a killed run's journal; return the resources as JSON data, and the pending operations."""
    old = dict(enumerate(base))
    new: dict[int, dict[str, Any]] = {}
    pending: dict[str, JournalEntry] = {}
    for entry in _single_changes(entries):
        _update_pending(pending, entry)
        if "put" in entry:
            place = old if entry["put"] in old else new
            place[entry["put"]] = entry["resource"]
        elif "drop" in entry:
            old.pop(entry["drop"], None)
            new.pop(entry["drop"], None)
    return [*new.values(), *old.values()], list(pending.values())


def _update_pending(pending: dict[str, JournalEntry], entry: JournalEntry) -> None:
    """Apply one change to the pending operations, by URN."""
    if "begin" in entry:
        pending[entry["resource"]["urn"]] = {"resource": entry["resource"], "type": entry["begin"]}
    elif "put" in entry:
        pending.pop(entry["resource"]["urn"], None)
    else:
        pending.pop(entry.get("urn") or entry.get("end") or "", None)


def _single_changes(entries: Iterable[JournalEntry]) -> Iterator[JournalEntry]:
    for entry in entries:
        yield from entry.get("together", [entry])
