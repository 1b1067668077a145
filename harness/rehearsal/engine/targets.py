"""The resources to which an operation is limited: URNs and patterns, as for ``--target`` and ``--replace``.

As in Pulumi, ``*`` matches any text without ``:``, and ``**`` matches any text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from rehearsal.state.resource import ResourceState

__all__ = ["Targets"]


class Targets:
    """A set of URNs and patterns. An empty set is false, and contains every URN.

    With `dependents` it also includes the dependents of its resources, as ``--target-dependents`` does.
    """

    def __init__(self, urns: Iterable[str] = (), *, dependents: bool = False) -> None:
        given = list(urns)
        self.dependents = dependents and bool(given)
        self._included: set[str] = set()
        self.literals = frozenset(urn for urn in given if "*" not in urn)
        self._patterns = [_compile(urn) for urn in given if "*" in urn]

    def __bool__(self) -> bool:
        return bool(self.literals or self._patterns)

    def __contains__(self, urn: str) -> bool:
        return not self or self.names(urn)

    def names(self, urn: str) -> bool:
        """Whether the set names the URN. An empty set names none."""
        return urn in self.literals or any(p.fullmatch(urn) for p in self._patterns)

    def includes(self, state: ResourceState) -> bool:
        """Whether the resource is in the set, or depends on a resource for which `include` was called."""
        return state.urn in self or self._names_any(state.needs())

    def include(self, state: ResourceState) -> None:
        """If the resource is included, include its dependents too. Call this before asking about them."""
        if self.dependents and self.includes(state):
            self._included.add(state.urn)

    def refreshed(self, states: Iterable[ResourceState]) -> Iterator[ResourceState]:
        """Yield the resources that a refresh includes. Depending on a provider resource does not count."""
        for state in states:
            if state.urn in self or self._names_any((*state.edges(), state.parent)):
                yield state
                self._included.add(state.urn)

    def _names_any(self, urns: Iterable[str]) -> bool:
        return self.dependents and any(urn in self._included or self.names(urn) for urn in urns)

    def missing(self, urns: Iterable[str]) -> list[str]:
        """Return the named URNs that are not among `urns`. Patterns are ignored, because they may match nothing."""
        return sorted(self.literals.difference(urns))


def _compile(pattern: str) -> re.Pattern[str]:
    within = ("[^:]*".join(map(re.escape, part.split("*"))) for part in pattern.split("**"))
    return re.compile(".*".join(within), re.DOTALL)
