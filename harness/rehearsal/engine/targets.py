"""The resources that an operation is limited to: URNs and patterns, as ``--target`` and ``--replace`` take them.

``*`` stands for anything within one part of a URN (no ``:``), ``**`` for anything at all, as in Pulumi.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["Targets"]


class Targets:
    """A set of URNs. Without any URN it is unconstrained: false, and everything is in it."""

    def __init__(self, urns: Iterable[str] = ()) -> None:
        given = list(urns)
        self.literals = frozenset(urn for urn in given if "*" not in urn)
        self._patterns = [_compile(urn) for urn in given if "*" in urn]

    def __bool__(self) -> bool:
        return bool(self.literals or self._patterns)

    def __contains__(self, urn: str) -> bool:
        return not self or self.names(urn)

    def names(self, urn: str) -> bool:
        """Whether the set names the URN; an unconstrained set names none."""
        return urn in self.literals or any(p.fullmatch(urn) for p in self._patterns)

    def missing(self, urns: Iterable[str]) -> list[str]:
        """Return the URNs that were named in full and are not among these; a pattern may match nothing."""
        return sorted(self.literals.difference(urns))


def _compile(pattern: str) -> re.Pattern[str]:
    within = ("[^:]*".join(map(re.escape, part.split("*"))) for part in pattern.split("**"))
    return re.compile(".*".join(within), re.DOTALL)
