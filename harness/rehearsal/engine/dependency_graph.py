"""The dependencies between the resources of a state (Pulumi's ``pkg/resource/graph``)."""

from __future__ import annotations

import collections
import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from rehearsal.state.resource import ResourceState
from rehearsal.state.urns import ROOT_TYPE, qualified_type_of, renamed_under

__all__ = [
    "Dependents",
    "delete_layers",
    "dependencies",
    "fix_dangling_dependencies",
    "in_order",
    "rename_aliased",
    "with_dependents",
]


def in_order(states: Iterable[ResourceState]) -> list[ResourceState]:
    """Return the states in a stable order in which each follows its dependencies.

    States that are pending deletion come last, because no live resource needs them.
    """
    all_states = list(states)
    living = {s.urn: s for s in all_states if not s.delete}
    done: dict[str, ResourceState] = {}
    entered: set[str] = set()
    for root in living.values():
        path = [(root, root.needs())] if root.urn not in entered else []
        entered.add(root.urn)
        while path:
            state, needs = path[-1]
            need = next((n for n in needs if n in living and n not in entered), None)
            if need is None:
                path.pop()
                done[state.urn] = state
            else:
                entered.add(need)
                path.append((living[need], living[need].needs()))
    return [*done.values(), *(s for s in all_states if s.delete)]


class Dependents:
    """Finds the dependents of resources."""

    def __init__(self, states: Sequence[ResourceState]) -> None:
        self._states = states
        self._places = {id(state): n for n, state in enumerate(states)}
        self._needing: dict[str, list[int]] = collections.defaultdict(list)
        for n, state in enumerate(states):
            for urn in {*state.edges(), state.provider_urn} - {""}:
                self._needing[urn].append(n)

    def of(self, root: ResourceState, ignored: Callable[[str], bool]) -> Iterator[ResourceState]:
        """Yield direct and indirect dependents of `root`, in the order of the state. Being a child does not count.

        Resources in `ignored` are left out, and so are resources that depend only on those.
        """
        place = self._places.get(id(root))
        if place is None:
            return
        todo = [n for n in self._needing.get(root.urn, ()) if n > place]
        heapq.heapify(todo)
        last = place
        while todo:
            place = heapq.heappop(todo)
            state = self._states[place]
            if place == last or ignored(state.urn):
                continue
            last = place
            yield state
            for n in self._needing.get(state.urn, ()):
                if n > place:
                    heapq.heappush(todo, n)


def with_dependents(states: Sequence[ResourceState], roots: Iterable[ResourceState]) -> list[ResourceState]:
    """Return `roots` and all resources that need them, including children, in the order of the state."""
    chosen = {id(s) for s in roots}
    reached: set[str] = set()
    found = []
    for state in states:
        if id(state) in chosen or not reached.isdisjoint(state.needs()):
            reached.add(state.urn)
            found.append(state)
    return found


def dependencies(states: Iterable[ResourceState], roots: Iterable[ResourceState]) -> set[int]:
    """Return the id() of all states that `roots` need, directly or indirectly, including parents and providers.

    If two states share a URN, a live state needs the live one of the two, and a state that is pending deletion needs
    the one that is pending deletion as well.
    """
    by_urn: dict[bool, dict[str, ResourceState]] = {True: {}, False: {}}
    for state in states:
        by_urn[state.delete][state.urn] = state
    found: set[int] = set()
    todo = list(roots)
    while todo:
        root = todo.pop()
        for urn in root.needs():
            need = by_urn[root.delete].get(urn) or by_urn[not root.delete].get(urn)
            if need is not None and id(need) not in found:
                found.add(id(need))
                todo.append(need)
    return found


def delete_layers(
    states: Sequence[ResourceState], urns_to_delete: Iterable[ResourceState]
) -> list[list[ResourceState]]:
    """Return the states to delete in layers. States of one layer can be deleted in parallel, after earlier layers."""
    ids_to_delete = {id(s) for s in urns_to_delete}
    children: dict[str, list[ResourceState]] = collections.defaultdict(list)
    seen: dict[str, list[ResourceState]] = collections.defaultdict(list)
    depth: dict[int, int] = {}
    layers: list[list[ResourceState]] = []
    for state in states:
        needed = {id(s): s for urn in set(state.needs()) for s in seen[urn]}
        for dependency in [s for s in needed.values() if not s.custom and s.urn in set(state.edges())]:
            # A resource that depends on a component depends on all children that the component has so far.
            needed |= {id(s): s for s in _descendants(dependency.urn, children)}
        below = max((depth[n] for n in needed if n in ids_to_delete), default=-1)
        seen[state.urn].append(state)
        if state.parent:
            children[state.parent].append(state)
        if id(state) in ids_to_delete:
            depth[id(state)] = below + 1
            if below + 1 == len(layers):
                layers.append([])
            layers[below + 1].append(state)
    return layers[::-1]


def _descendants(urn: str, children: dict[str, list[ResourceState]]) -> Iterator[ResourceState]:
    for child in children.get(urn, ()):
        yield child
        yield from _descendants(child.urn, children)


def fix_dangling_dependencies(states: Iterable[ResourceState]) -> list[ResourceState]:
    """Remove references to missing resources from the states, and return them (``rebuildBaseState``)."""
    there: set[str] = set()
    fixed = []
    for state in states:
        state.dependencies = [urn for urn in state.dependencies if urn in there]
        kept = {key: [u for u in urns if u in there] for key, urns in state.property_dependencies.items()}
        state.property_dependencies = {key: urns for key, urns in kept.items() if urns}
        state.replace_with = [urn for urn in state.replace_with if urn in there]
        if state.deleted_with not in there:
            state.deleted_with = ""
        if state.parent not in there:
            state.parent = ""
        there.add(state.urn)
        fixed.append(state)
    return fixed


def rename_aliased(states: Iterable[ResourceState]) -> list[ResourceState]:
    """Return the states with references to aliases replaced by the current URNs, and without aliases.

    Pulumi does this whenever it writes a state (``NormalizeURNReferences``).
    """
    renamed = list(states)
    now: dict[str, str] = {}
    for state in renamed:
        now.update(dict.fromkeys(state.aliases, state.urn))
        parent = now.get(state.parent)
        if parent and qualified_type_of(parent) != ROOT_TYPE:
            now[state.urn] = renamed_under(state.urn, parent)
    if now:
        for state in renamed:
            _rename(state, now)
    return renamed


def _rename(state: ResourceState, now: Mapping[str, str]) -> None:
    def fixed(urn: str) -> str:
        return now.get(urn, urn)

    state.urn, state.parent, state.deleted_with = fixed(state.urn), fixed(state.parent), fixed(state.deleted_with)
    state.dependencies = [fixed(urn) for urn in state.dependencies]
    state.replace_with = [fixed(urn) for urn in state.replace_with]
    state.property_dependencies = {k: [fixed(u) for u in urns] for k, urns in state.property_dependencies.items()}
    if state.provider:
        state.provider = f"{fixed(state.provider_urn)}::{state.provider.rpartition('::')[2]}"
    state.aliases = []
