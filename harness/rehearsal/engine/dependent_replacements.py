"""Finds the dependents that must be replaced too if a resource is deleted before its replacement is created."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from rehearsal.engine.resource_tracker import ResourceTracker
from rehearsal.provider import UNKNOWN, CheckFailure, DiffResult, PropertyMap
from rehearsal.providers.secret_guard import GuardedProvider
from rehearsal.state.property_paths import contains, parse_path
from rehearsal.state.resource import ResourceState
from rehearsal.state.urns import is_provider_type

__all__ = ["Providers", "dependent_replacements", "with_replace_on_changes"]

_INIT_ERROR = "#initerror"


class Providers(Protocol):
    """What the step generator needs of the provider registry."""

    def provider_of(self, state: ResourceState) -> GuardedProvider:
        """Return the provider that manages the resource."""
        ...

    def check_configuration(self, state: ResourceState, olds: PropertyMap) -> tuple[CheckFailure, ...]:
        """Return the failures of a provider resource's inputs."""
        ...


def with_replace_on_changes(
    diff: DiffResult, paths: Iterable[str], *, init_errors: bool = False
) -> tuple[DiffResult, bool]:
    """Add the properties in `replace_on_changes` to the diff; return it, and whether it is a replacement."""
    patterns = [parse_path(p) for p in paths]
    replaces = list(diff.replaces)
    detailed = diff.detailed or {}
    forced = any(kind.endswith("-replace") for kind in detailed.values())
    if diff.changes:
        changed = dict.fromkeys(str(parse_path(path)[0]) for path in detailed)
        replaces += [k for k in changed if k not in replaces and any(contains(p, (k,)) for p in patterns)]
        forced = forced or any(contains(p, parse_path(path)) for path in detailed for p in patterns)
    if init_errors and any(contains(p, (_INIT_ERROR,)) for p in patterns):
        return DiffResult(True, (*replaces, _INIT_ERROR), diff.delete_before_replace, diff.stables, detailed), True
    return (
        DiffResult(diff.changes, tuple(replaces), diff.delete_before_replace, diff.stables, diff.detailed),
        bool(replaces) or forced,
    )


def dependent_replacements(
    tracker: ResourceTracker, providers: Providers, root: ResourceState
) -> list[tuple[ResourceState, tuple[str, ...]]]:
    """Return the resources to replace if `root` is deleted now, dependencies first, with the properties that force it.

    These are direct and indirect dependents of `root` whose provider reports a replacement if their inputs from `root`
    become unknown. Resources that have already been registered in this run can't depend on `root` any more.
    """
    replaced = {root.urn}
    found: list[tuple[ResourceState, tuple[str, ...]]] = []
    for state in tracker.dependents.of(root, tracker.has_been_planned):
        keys = _replaced_by_unknowns(providers, state, replaced)
        if keys is not None:
            replaced.add(state.urn)
            found.append((state, keys))
    return found


def _replaced_by_unknowns(providers: Providers, state: ResourceState, replaced: set[str]) -> tuple[str, ...] | None:
    """Return the properties that force a replacement if inputs that depend on `replaced` change; None if none does."""
    if not state.custom or state.external:
        return None
    if state.provider_urn in replaced or state.deleted_with in replaced:
        return ()
    inputs = {
        key: UNKNOWN if not replaced.isdisjoint(state.property_dependencies.get(key, ())) else value
        for key, value in state.inputs.items()
    }
    if all(inputs[key] is value for key, value in state.inputs.items()) or is_provider_type(state.type):
        return None
    diff = providers.provider_of(state).diff(
        state.urn, state.id, state.inputs, state.outputs, inputs, state.ignore_changes
    )
    diff, replaces = with_replace_on_changes(diff, state.replace_on_changes)
    return diff.replaces if replaces else None
