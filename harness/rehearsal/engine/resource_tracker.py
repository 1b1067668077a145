"""Records what the step generator has decided for each resource of an operation."""

from __future__ import annotations

import collections
from collections.abc import Iterable, Iterator

from rehearsal.engine.dependency_graph import Dependents
from rehearsal.engine.goal import Alias
from rehearsal.state.resource import ResourceState
from rehearsal.state.urns import ROOT_TYPE, make_urn, name_of, qualified_type_of, type_of

__all__ = ["AliasConflict", "ResourceTracker"]


class AliasConflict(Exception):
    """Two resources have the same old state because of aliases; the text names them."""


class ResourceTracker:
    """The resources `olds` of the last run and the decisions of this one."""

    def __init__(self, stack: str, project: str, olds: Iterable[ResourceState]) -> None:
        self._stack, self._project = stack, project
        self.all_olds = list(olds)
        self.olds = {s.urn: s for s in self.all_olds if not s.delete}
        self.followers: dict[str, list[ResourceState]] = collections.defaultdict(list)
        """By the URN of a resource: the resources with that resource in `replace_with` or `deleted_with`."""
        for state in self.olds.values():
            for urn in dict.fromkeys((*state.replace_with, state.deleted_with)):
                if urn:
                    self.followers[urn].append(state)

        self.dependents = Dependents(self.all_olds)

        self.urns: set[str] = set()  # registered or read
        self.kept: set[str] = set()  # same, updated, created or read
        self.created: set[str] = set()  # of the kept ones
        self.replaced: set[str] = set()
        self.imported: set[str] = set()
        self.skipped: set[str] = set()  # neither existing nor targeted
        self.urns_to_delete: set[str] = set()  # deleted
        self.deleted_states: set[int] = set()  # id() of states that a step deletes
        self.aliased: dict[str, str] = {}  # old URN -> new URN
        self._alias_of: dict[str, str] = {}  # new URN -> old URN

    def urn(self, parent: str, type_token: str, name: str) -> str:
        """Return the URN of a resource of the stack."""
        return make_urn(self._stack, self._project, parent, type_token, name)

    def is_dealt_with(self, urn: str) -> bool:
        """Whether the program has registered the resource in this run, under this URN or a new one."""
        urn = self.aliased.get(urn, urn)
        return urn in self.kept or urn in self.replaced

    def has_step(self, urn: str) -> bool:
        """Whether there is a decision for the URN."""
        return urn in self.imported or self.has_been_planned(urn)

    def has_been_planned(self, urn: str) -> bool:
        """Whether there is a decision for the URN besides an import."""
        return urn in self.kept or urn in self.replaced or urn in self.urns_to_delete

    def find_old(
        self, urn: str, parent: str, type_token: str, name: str, aliases: Iterable[Alias] = ()
    ) -> tuple[ResourceState | None, str]:
        """Return the resource's state from the last run, and its old URN if it was different.

        :raises AliasConflict: if the state belongs to another resource.
        """
        if urn in self.aliased:
            raise AliasConflict(
                f"Duplicate resource URN '{urn}' conflicting with alias on resource with URN '{self.aliased[urn]}'"
            )
        for candidate in (urn, *self._aliases(parent, type_token, name, list(aliases))):
            old = self.olds.get(candidate)
            if old is None:
                continue
            if candidate == urn:
                return old, ""
            if candidate in self.urns or candidate in self.aliased:
                raise AliasConflict(
                    f"Duplicate resource alias '{candidate}' applied to resource with URN '{urn}' "
                    f"conflicting with resource with URN '{self.aliased.get(candidate, urn)}'"
                )
            self.aliased[candidate] = urn
            self._alias_of[urn] = candidate
            return old, candidate
        return None, ""

    def _aliases(self, parent: str, type_token: str, name: str, aliases: list[Alias]) -> Iterator[str]:
        own = [self._alias_urn(parent, type_token, name, alias) for alias in aliases]
        yield from own
        parent_alias = self._alias_of.get(parent)
        if parent_alias is None:
            return
        parent_name = name_of(parent)
        for old_type, old_name in [(type_token, name), *((type_of(urn), name_of(urn)) for urn in own)]:
            # A child's name often begins with its parent's name. Then the child's old name begins with the old one.
            if old_name.startswith(parent_name):
                old_name = name_of(parent_alias) + old_name.removeprefix(parent_name)  # noqa: PLW2901
            yield self.urn(parent_alias, old_type, old_name)

    def _alias_urn(self, parent: str, type_token: str, name: str, alias: Alias) -> str:
        if alias.urn:
            return alias.urn
        parent = self._alias_of.get(alias.parent, alias.parent) if alias.parent else parent
        if alias.no_parent or (parent and qualified_type_of(parent) == ROOT_TYPE):
            parent = ""
        return make_urn(
            alias.stack or self._stack,
            alias.project or self._project,
            parent,
            alias.type or type_token,
            alias.name or name,
        )
