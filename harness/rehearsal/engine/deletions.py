"""Plans the deletion of resources that are not in the program any more, and of all resources in a destroy."""

from __future__ import annotations

from collections.abc import Iterable

from rehearsal.engine import dependency_graph
from rehearsal.engine.dependent_replacements import Providers, dependent_replacements
from rehearsal.engine.events import Report
from rehearsal.engine.resource_tracker import ResourceTracker
from rehearsal.engine.steps import Delete, RemovePendingReplace, Same, Step
from rehearsal.engine.targets import Targets
from rehearsal.errors import Aborted
from rehearsal.state.resource import ResourceState

__all__ = ["plan_deletes"]


def plan_deletes(
    tracker: ResourceTracker, providers: Providers, targets: Targets, report: Report
) -> tuple[list[Step], list[list[Step]]]:
    """Return the steps that keep resources that are not targeted, and the layers of steps that delete the others.

    :raises Aborted: if a resource must be deleted that is not targeted. The error has been reported.
    """
    allowed = _deletable(tracker, providers, targets) if targets else None
    carried_over: list[Step] = []
    deletes: dict[int, Step] = {}
    for state in tracker.all_olds:
        if allowed is not None and state.urn not in allowed:
            if not state.delete and not tracker.is_dealt_with(state.urn):
                carried_over.append(Same(state, state.copy(id="")))
            continue
        step = _delete(tracker, state)
        if step is not None:
            tracker.urns_to_delete.add(state.urn)
            deletes[id(state)] = step
    _check_targeted(deletes.values(), targets, report)
    states_to_delete = [s for s in tracker.all_olds if id(s) in deletes]
    layers = dependency_graph.delete_layers(tracker.all_olds, states_to_delete)
    return carried_over, [[deletes[id(s)] for s in layer] for layer in layers]


def _delete(tracker: ResourceTracker, state: ResourceState) -> Step | None:
    if state.delete:
        return None if id(state) in tracker.deleted_states else Delete(state, replacing=True)
    if tracker.is_dealt_with(state.urn):
        return None
    return RemovePendingReplace(state) if state.pending_replacement else Delete(state)


def _deletable(tracker: ResourceTracker, providers: Providers, targets: Targets) -> set[str]:
    """Return the URNs of the targets and of all resources that depend on them."""
    leaving = dependency_graph.with_dependents(tracker.all_olds, [s for s in tracker.all_olds if targets.names(s.urn)])
    urns = {s.urn for s in leaving}
    for state in leaving:
        urns.update(s.urn for s, _ in dependent_replacements(tracker, providers, state))
        urns.update(s.urn for s in tracker.followers.get(state.urn, ()))
    return urns


def _check_targeted(steps: Iterable[Step], targets: Targets, report: Report) -> None:
    if targets.dependents:
        return
    missing = [step.subject.urn for step in steps if step.subject.urn not in targets]
    for urn in missing:
        report.say(
            "error",
            f"Resource '{urn}' will be destroyed but was not specified in --target list.\n"
            "Include the resource in the --target list to proceed.",
            urn,
        )
    if missing and not report.dry_run:
        raise Aborted("delete untargeted resource")
