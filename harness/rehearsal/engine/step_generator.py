"""Decides the steps for each resource (Pulumi's ``pkg/resource/deploy/step_generator.go``).

It processes one resource at a time, in the order of registration, so that a resource is planned after its dependencies.
It calls the providers' check and diff, and changes only its own records.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable

from rehearsal.engine.deletions import plan_deletes
from rehearsal.engine.dependent_replacements import Providers, dependent_replacements, with_replace_on_changes
from rehearsal.engine.events import Report
from rehearsal.engine.goal import Goal, ReadGoal
from rehearsal.engine.resource_tracker import AliasConflict, ResourceTracker
from rehearsal.engine.steps import (
    Create,
    Delete,
    Import,
    Read,
    Replace,
    Same,
    SkippedCreate,
    Step,
    Update,
)
from rehearsal.engine.targets import Targets
from rehearsal.errors import Aborted, RehearsalError
from rehearsal.provider import UNKNOWN, CheckFailure, DiffResult, PropertyMap
from rehearsal.state.property_paths import ignore_changes
from rehearsal.state.property_values import UNKNOWN_WIRE, contains_unknown, identical, reveal, same_value
from rehearsal.state.resource import ResourceState
from rehearsal.state.urns import ROOT_TYPE, is_provider_type, name_of

__all__ = ["StepGenerator"]


class StepGenerator:
    """Plans one operation; `olds` are the resources of the last run.

    `targets` limits the operation to the named resources, with `target_dependents` also to their dependents. `replace`
    names resources to replace even if their diff does not require it.
    """

    def __init__(
        self,
        *,
        stack: str,
        project: str,
        olds: Iterable[ResourceState],
        providers: Providers,
        report: Report,
        targets: Iterable[str] = (),
        target_dependents: bool = False,
        replace: Iterable[str] = (),
    ) -> None:
        self._tracker = ResourceTracker(stack, project, olds)
        self._providers = providers
        self._report = report
        self._targets = Targets(targets, dependents=target_dependents)
        self._replace = Targets(replace)
        self._dependent_keys: dict[str, tuple[str, ...]] = {}

    @property
    def urns_to_delete(self) -> set[str]:
        """The URNs of the resources that this operation deletes."""
        return self._tracker.urns_to_delete

    def check_replaced(self) -> None:
        """Check that every resource to replace is in the state.

        :raises Aborted: if one is missing.
        """
        self._check_known(self._replace, {s.urn for s in self._tracker.all_olds})

    def check_targets(self, *, registered: bool) -> None:
        """Check that every target is in the state or, with `registered`, has been registered by the program.

        :raises Aborted: if a target is missing.
        """
        there = {s.urn for s in self._tracker.all_olds}
        self._check_known(self._targets, there | self._tracker.urns if registered else there)

    def _check_known(self, targets: Targets, urns: set[str]) -> None:
        missing = targets.missing(urns)
        for urn in missing:
            hint = "" if "$" in urn else " Did you forget to escape $ in your shell?"
            self._report.say("error", f"Target '{urn}' could not be found in the stack.{hint}")
        if missing:
            raise Aborted("one or more targets could not be found in the stack")

    # The program's registrations

    def plan(self, goal: Goal) -> list[Step]:
        """Return the steps to reach the goal. The program gets the state after the last step.

        If the first step is an `Import`, call `plan_imported` after it for the remaining steps.

        :raises Aborted: if the goal is invalid. The error has been reported.
        """
        urn = self._register_urn(goal.parent, goal.type, goal.name)
        if "id" in goal.additional_secret_outputs:
            self._report.say("warning", "the 'id' property cannot be made secret (pulumi/pulumi#2717)", urn)
        try:
            old, alias = self._tracker.find_old(urn, goal.parent, goal.type, goal.name, goal.aliases)
        except AliasConflict as conflict:
            self._refuse(str(conflict), urn)
        new = self._new_state(urn, goal, alias, old)
        return self._finished(goal, self._steps(goal, old, new))

    def plan_imported(self, goal: Goal, imported: ResourceState) -> list[Step]:
        """Return the steps from a resource that was just imported to the goal; empty if they match."""
        new = self._new_state(imported.urn, goal, "", imported)
        new.aliases = imported.aliases
        new.replacement_trigger = None
        if not self._is_targeted(new):
            self._tracker.kept.add(new.urn)
            return [Same(imported, imported.copy(id=""))]
        self._targets.include(new)
        new.inputs = self._with_ignored(goal, imported)
        self._check(new, imported.inputs, new.inputs)
        steps = self._finished(goal, self._steps_from_diff(goal, imported, new))
        if isinstance(steps[0], Same):
            self._tracker.kept.discard(imported.urn)
            return []
        return steps

    def plan_read(self, goal: ReadGoal) -> list[Step]:
        """Return the steps that read an external resource."""
        urn = self._register_urn(goal.parent, goal.type, goal.name)
        try:
            old, alias = self._tracker.find_old(urn, goal.parent, goal.type, goal.name)
        except AliasConflict as conflict:
            self._refuse(str(conflict), urn)
        if not goal.id:
            raise RehearsalError(f"expected an ID for {urn}")
        new = ResourceState(
            urn=urn,
            type=goal.type,
            custom=True,
            id=goal.id,
            inputs=goal.properties,
            parent=goal.parent,
            external=True,
            dependencies=goal.dependencies,
            provider=goal.provider,
            additional_secret_outputs=goal.additional_secret_outputs,
            aliases=[alias] if alias else [],
        )
        self._targets.include(new)
        relinquishes = old is not None and not old.external and old.id != goal.id
        changing = self._tracker.created, self._tracker.replaced
        if self._report.dry_run and any(not urns.isdisjoint(goal.dependencies) for urns in changing):
            # A dependency will be created or replaced, so the resource to read may not exist yet.
            new.id = UNKNOWN_WIRE
        if relinquishes:
            self._tracker.replaced.add(urn)
            return [Read(old, new, relinquishes=True), Replace(old, new)]
        self._tracker.kept.add(urn)
        return [Read(old, new)]

    def plan_deletes(self) -> tuple[list[Step], list[list[Step]]]:
        """Return the steps for the resources that are not in the program any more.

        The first list has the steps that keep resources that are not targeted. The second list has the layers of steps
        that delete resources; the steps of one layer are independent.

        :raises Aborted: if a resource must be deleted that is not targeted. The error has been reported.
        """
        return plan_deletes(self._tracker, self._providers, self._targets, self._report)

    def _register_urn(self, parent: str, type_token: str, name: str) -> str:
        if parent and parent not in self._tracker.urns:
            raise RehearsalError(f"could not find parent resource {parent}")
        urn = self._tracker.urn(parent, type_token, name)
        if urn in self._tracker.urns:
            self._refuse(f"Duplicate resource URN '{urn}'; try giving it a unique name", urn)
        self._tracker.urns.add(urn)
        return urn

    def _refuse(self, text: str, urn: str) -> None:
        self._report.say("error", text, urn)
        raise Aborted(text)

    @staticmethod
    def _new_state(urn: str, goal: Goal, alias: str, old: ResourceState | None) -> ResourceState:
        return ResourceState(
            urn=urn,
            type=goal.type,
            custom=goal.custom,
            inputs=goal.properties,
            parent=goal.parent,
            provider=goal.provider if goal.custom and not is_provider_type(goal.type) else "",
            dependencies=goal.dependencies,
            property_dependencies=goal.property_dependencies,
            protect=bool(goal.protect),
            retain_on_delete=bool(goal.retain_on_delete),
            deleted_with=goal.deleted_with,
            replace_with=goal.replace_with,
            import_id=goal.import_id,
            ignore_changes=goal.ignore_changes,
            replace_on_changes=goal.replace_on_changes,
            replacement_trigger=goal.replacement_trigger,
            additional_secret_outputs=goal.additional_secret_outputs,
            custom_timeouts=goal.custom_timeouts,
            hide_diff=goal.hide_diffs,
            resource_hooks=goal.hooks,
            aliases=[alias] if alias else [],
            created=old.created if old else "",
            modified=old.modified if old else "",
        )

    def _finished(self, goal: Goal, steps: list[Step]) -> list[Step]:
        hidden = tuple(goal.hide_diffs)
        for step in steps:
            step.hidden = hidden
        if self._targets or self._replace:
            self._check_skipped(steps)
        return steps

    def _check_skipped(self, steps: list[Step]) -> None:
        for step in steps:
            if step.new is None or isinstance(step, SkippedCreate):
                continue
            needed = (step.new.parent, *step.new.edges(), step.new.provider_urn)
            for urn in dict.fromkeys(needed):
                if urn not in self._tracker.skipped:
                    continue
                text = f"Resource '{step.new.urn}' depends on '{urn}' which was not specified in --target list."
                self._report.say("error", text, step.new.urn)
                if not self._report.dry_run:
                    raise Aborted(text)
                self._tracker.skipped.discard(urn)  # report this once

    # Same, update, replace, create, import

    def _is_targeted(self, state: ResourceState) -> bool:
        return is_provider_type(state.type) or state.type == ROOT_TYPE or self._targets.includes(state)

    def _is_to_be_replaced(self, urn: str, old: ResourceState | None) -> bool:
        return self._replace.names(urn) or (old is not None and old.taint)

    def _steps(self, goal: Goal, old: ResourceState | None, new: ResourceState) -> list[Step]:
        if goal.custom and goal.import_id and _is_import(goal, old):
            return self._import(old, new)
        recreating = new.urn in self._tracker.urns_to_delete
        self._check_inputs(goal, old, new, recreating=recreating)
        if recreating:
            # The resource was deleted earlier in this run, because a resource that it depends on is replaced.
            self._tracker.urns_to_delete.discard(new.urn)
            self._tracker.replaced.add(new.urn)
            return [Replace(old, new), Create(old, new, self._dependent_keys.get(new.urn, ()))]
        if old is not None and old.external:
            self._tracker.kept.add(new.urn)
            self._tracker.created.add(new.urn)
            return [Create(old, new, deletes_later=True), Replace(old, new)]
        self._targets.include(new)
        if old is None:
            return self._create(new)
        if not self._is_targeted(new):
            steps = self._keep_with_dependencies(old)
            self._tracker.kept.add(new.urn)
            return steps
        return self._steps_from_diff(goal, old, new)

    def _check_inputs(self, goal: Goal, old: ResourceState | None, new: ResourceState, *, recreating: bool) -> None:
        if not self._is_targeted(new):
            if goal.custom:
                new.inputs = copy.deepcopy(old.inputs) if old is not None else {}
            return
        news = goal.properties if old is None else self._with_ignored(goal, old)
        if recreating or old is None or old.external or self._is_to_be_replaced(new.urn, old):
            self._check(new, {}, goal.properties)
        else:
            self._check(new, old.inputs, news)

    def _create(self, new: ResourceState) -> list[Step]:
        self._tracker.kept.add(new.urn)
        if self._is_targeted(new):
            self._tracker.created.add(new.urn)
            return [Create(None, new)]
        self._tracker.skipped.add(new.urn)
        return [SkippedCreate(None, new)]

    def _import(self, old: ResourceState | None, new: ResourceState) -> list[Step]:
        urn = new.urn
        self._tracker.imported.add(urn)
        if old is not None and urn not in self._tracker.urns_to_delete:
            return [Import(old, new), Replace(old, new)]
        return [Import(None, new)]

    def _with_ignored(self, goal: Goal, old: ResourceState) -> PropertyMap:
        inputs, refused = ignore_changes(goal.properties, old.inputs, goal.ignore_changes)
        if refused:
            paths = ", ".join(refused)
            self._report.say(
                "info", f'cannot ignore changes in added or removed elements of the path: "{paths}"', old.urn
            )
        return inputs

    def _keep_with_dependencies(self, old: ResourceState) -> list[Step]:
        """Return the steps that keep a resource unchanged, preceded by such steps for its unregistered dependencies."""
        steps: list[Step] = []
        pending = [(old, False)]
        while pending:
            state, ready = pending.pop()
            if ready:
                steps.append(Same(state, state.copy(id="")))
                continue
            if self._tracker.has_step(state.urn):
                continue
            self._tracker.urns.add(state.urn)
            self._tracker.kept.add(state.urn)
            pending.append((state, True))
            for urn in dict.fromkeys((*state.edges(), state.parent, state.provider_urn)):
                need = self._tracker.olds.get(urn)
                if need is not None and not self._tracker.is_dealt_with(urn):
                    pending.append((need, False))
        return steps

    def _check(self, new: ResourceState, olds: PropertyMap, news: PropertyMap) -> None:
        new.inputs = copy.deepcopy(news)
        self._report.given.append((f"{new.type} {name_of(new.urn)}", news))
        if not new.custom:
            return
        if is_provider_type(new.type):
            failures = self._providers.check_configuration(new, olds)
        else:
            new.inputs, failures = self._providers.provider_of(new).check(new.urn, olds, news)
        for failure in failures:
            self._report.say("error", _failure_text(new, failure, news), new.urn)
        if failures:
            raise Aborted(f"resource {new.urn} is invalid")

    def _diff(self, goal: Goal, old: ResourceState, new: ResourceState) -> DiffResult:
        replaced = self._tracker.replaced
        if self._is_to_be_replaced(new.urn, old):
            return DiffResult(changes=True, replaces=("id",))
        if any(other in replaced for other in new.replace_with):
            return DiffResult(changes=True, replaces=("replaceWith",))
        if new.deleted_with in replaced:
            return DiffResult(changes=True, replaces=("deletedWith",))
        if bool(old.provider) != bool(new.provider):
            # A component has become a custom resource, or the reverse.
            return DiffResult(changes=True, replaces=("provider",))
        if not new.custom or is_provider_type(new.type):
            return DiffResult(changes=not identical(old.inputs, new.inputs))
        provider = self._providers.provider_of(new)
        diff = provider.diff(new.urn, old.id, old.inputs, old.outputs, new.inputs, goal.ignore_changes)
        if diff.warning:
            self._report.say("warning", diff.warning, new.urn)
        return diff

    def _steps_from_diff(self, goal: Goal, old: ResourceState, new: ResourceState) -> list[Step]:
        if contains_unknown(new.replacement_trigger) and not self._report.dry_run:
            self._refuse(f"replacement trigger contains unknowns for {new.urn}", new.urn)
        triggered = _triggers(old.replacement_trigger, new.replacement_trigger)
        diff = DiffResult(changes=True) if triggered else self._diff(goal, old, new)
        diff, replaces = with_replace_on_changes(diff, goal.replace_on_changes, init_errors=bool(old.init_errors))
        if old.pending_replacement or (diff.changes and (replaces or triggered)):
            return self._replacement(goal, old, new, diff)
        self._tracker.kept.add(new.urn)
        if diff.changes or old.init_errors:
            return [Update(old, new)]
        return [Same(old, new)]

    def _replacement(self, goal: Goal, old: ResourceState, new: ResourceState, diff: DiffResult) -> list[Step]:
        if new.protect and old.protect:
            text = (
                f"unable to replace resource {new.urn!r}\nas it is currently marked for protection. To unprotect the "
                "resource, remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`"
            )
            self._report.say("error", text, new.urn)
            if not self._report.dry_run:
                raise Aborted(text)
        if goal.import_id:
            self._check_import_stays(old, new, diff)
        self._tracker.replaced.add(new.urn)
        if not self._is_to_be_replaced(new.urn, old):
            # Check again without old inputs, because check has copied defaults from them.
            self._check(new, {}, goal.properties)
        delete_first = diff.delete_before_replace
        if goal.delete_before_replace is not None:
            delete_first = goal.delete_before_replace
        if not delete_first:
            if old.pending_replacement:  # a run that was interrupted has deleted it
                return [Replace(old, new, diff.replaces), Create(old, new, diff.replaces)]
            return [Create(old, new, diff.replaces, deletes_later=True), Replace(old, new, diff.replaces)]
        steps = self._delete_dependents(new.urn, old)
        if not old.pending_replacement:
            self._tracker.deleted_states.add(id(old))
            self._tracker.urns_to_delete.add(old.urn)
            steps.append(Delete(old, replacing=True, recreates=True))
        return [*steps, Replace(old, new, diff.replaces), Create(old, new, diff.replaces)]

    def _check_import_stays(self, old: ResourceState, new: ResourceState, diff: DiffResult) -> None:
        changes = "\n".join(f"{key}: {old.inputs.get(key)} => {new.inputs.get(key)}" for key in diff.replaces)
        text = (
            "previously-imported resources that still specify an ID may not be replaced; please remove the `import_` "
            f"option from your program;\n{changes}"
        )
        if not self._report.dry_run:
            raise RehearsalError(text)
        self._report.say("warning", text, new.urn)

    def _delete_dependents(self, urn: str, old: ResourceState) -> list[Step]:
        dependents = dependent_replacements(self._tracker, self._providers, old)
        following = [s for s in self._tracker.followers.get(urn, ()) if not self._tracker.is_dealt_with(s.urn)]
        steps: list[Step] = []
        for state, keys in reversed([*dependents, *((s, ()) for s in following)]):
            # A resource that is pending replacement was deleted by an interrupted run. Its registration creates it.
            if id(state) in self._tracker.deleted_states or state.pending_replacement:
                continue
            if state.protect and not state.delete:
                self._refuse(
                    f"unable to replace resource {state.urn!r} as part of replacing {urn!r} as it is currently marked "
                    "for protection. To unprotect the resource, remove the `protect` flag from the resource in your "
                    f"Pulumi program and run `pulumi up`, or use the command:\n`pulumi state unprotect '{state.urn}'`",
                    urn,
                )
            self._dependent_keys[state.urn] = keys
            self._tracker.deleted_states.add(id(state))
            self._tracker.urns_to_delete.add(state.urn)
            steps.append(Delete(state) if state.delete else Delete(state, replacing=True, recreates=True))
        return steps


def _is_import(goal: Goal, old: ResourceState | None) -> bool:
    return old is None or old.external or (old.import_id or old.id) != goal.import_id


def _triggers(old: object, new: object) -> bool:
    if contains_unknown(old) or contains_unknown(new):
        return True
    old, new = reveal(old), reveal(new)
    return old is not None and new is not None and not same_value(old, new)


def _failure_text(state: ResourceState, failure: CheckFailure, news: PropertyMap) -> str:
    subject = f"{state.type} resource '{name_of(state.urn)}'"
    if not failure.property:
        return f"{subject} has a problem: {failure.reason}"
    value = news.get(failure.property)
    if value is None or value is UNKNOWN:
        return f"{subject}: property {failure.property} has a problem: {failure.reason}"
    return f"{subject}: property {failure.property} value {{{value}}} has a problem: {failure.reason}"
