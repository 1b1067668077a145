"""Decides what has to happen to each resource (Pulumi's ``pkg/resource/deploy/step_generator.go``).

The planner looks at one resource at a time, in the order in which the program registers them, so that a resource is
planned after all that it depends on. It calls the providers' check and diff, and changes nothing but its own notes.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Iterable, Iterator
from typing import Protocol

from rehearsal import graph
from rehearsal.errors import Aborted, RehearsalError
from rehearsal.goal import Alias, Goal, ReadGoal
from rehearsal.guarded import GuardedProvider
from rehearsal.paths import ignore_changes, matches, parse_path
from rehearsal.provider import UNKNOWN, CheckFailure, DiffResult, PropertyMap
from rehearsal.report import Report
from rehearsal.state import ResourceState
from rehearsal.steps import (
    Create,
    Delete,
    Read,
    RemovePendingReplace,
    Replace,
    Same,
    SkippedCreate,
    Step,
    Update,
)
from rehearsal.urns import ROOT_TYPE, is_provider_type, make_urn, name_of, qualified_type_of, type_of
from rehearsal.values import Secret, contains_unknown, reveal, same_value

__all__ = ["Planner"]


class Providers(Protocol):
    """Where the planner finds providers."""

    def provider_of(self, state: ResourceState) -> GuardedProvider:
        """Return the provider that manages the resource."""
        ...


class Planner:
    """Plans one operation over the resources `olds` of the last one.

    `targets` limits it to the named resources, `replace` names resources to replace whatever their diff says.
    """

    def __init__(
        self,
        *,
        stack: str,
        project: str,
        olds: Iterable[ResourceState],
        providers: Providers,
        report: Report,
        targets: Collection[str] = (),
        replace: Collection[str] = (),
    ) -> None:
        self._stack, self._project = stack, project
        self._all_olds = list(olds)
        self._olds = {s.urn: s for s in self._all_olds if not s.delete}
        self._providers = providers
        self._report = report
        self._targets = frozenset(targets)
        self._replace = frozenset(replace)
        self._check_urns()

        self._urns: set[str] = set()
        self._goals: dict[str, Goal] = {}
        self._news: dict[str, ResourceState] = {}
        self._kept: set[str] = set()  # same, updated, created or read
        self._replaced: set[str] = set()
        self._skipped: set[str] = set()
        self._pending_deletes: set[int] = set()  # id() of states that a step of ours deletes
        self._dependent_keys: dict[str, tuple[str, ...]] = {}
        self._aliased: dict[str, str] = {}  # old URN -> new URN
        self._alias_of: dict[str, str] = {}  # new URN -> old URN
        self._children_with_providers: dict[str, dict[str, str]] = {}
        self.condemned: set[str] = set()

    def _check_urns(self) -> None:
        for flag, urns in (("--target", self._targets), ("--replace", self._replace)):
            for urn in sorted(urns):
                if urn not in self._olds and flag == "--replace":
                    raise RehearsalError(f"{flag}: no resource {urn!r} in the state; `rehearse export` lists the URNs")

    # What the program registers

    def prepare(self, goal: Goal) -> None:
        """Complete a goal by what its parent says, so that its provider can be told."""
        parent = self._goals.get(goal.parent)
        if parent is not None:
            goal.inherit(parent)
        if goal.custom and not is_provider_type(goal.type) and not goal.provider:
            goal.provider = self.inherited_provider(goal.type, goal.parent, goal.providers)
        if not goal.custom:
            inherited = self._children_with_providers.get(goal.parent, {})
            goal.providers = {**inherited, **goal.providers}

    def inherited_provider(self, type_token: str, parent: str, providers: dict[str, str] | None = None) -> str:
        """Return the provider reference that a resource of this type gets from its options or parents, or ""."""
        package = type_token.partition(":")[0]
        if providers and package in providers:
            return providers[package]
        from_parent = self._children_with_providers.get(parent, {})
        if package in from_parent:
            return from_parent[package]
        parent_goal = self._goals.get(parent)
        if parent_goal is not None and parent_goal.custom:
            reference = parent_goal.provider
            if type_of(reference.rpartition("::")[0] or "::::").rpartition(":")[2] == package:
                return reference
        return ""

    def plan(self, goal: Goal) -> list[Step]:
        """Return the steps to reach the goal. The last one leaves the state that the program is told.

        :raises Aborted: after the reason has been reported.
        """
        urn = self._claim(goal.parent, goal.type, goal.name)
        old, alias = self._find_old(urn, goal)
        self._goals[urn] = goal
        if not goal.custom:
            self._children_with_providers[urn] = goal.providers
        new = self._new_state(urn, goal, [alias] if alias else [])
        steps = self._steps(urn, goal, old, new)
        hidden = tuple(goal.hide_diffs)
        for step in steps:
            step.hidden = hidden
        self._news[urn] = steps[-1].new or new
        return steps

    def plan_read(self, goal: ReadGoal) -> list[Step]:
        """Return the steps that read a resource which is not Pulumi's to change."""
        urn = self._claim(goal.parent, goal.type, goal.name)
        old = self._olds.get(urn)
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
        )
        self._news[urn] = new
        if old is not None and not old.external and old.id != goal.id:
            self._replaced.add(urn)
            return [Read(old, new), Replace(old, new)]
        self._kept.add(urn)
        return [Read(old, new)]

    def _claim(self, parent: str, type_token: str, name: str) -> str:
        if parent and parent not in self._urns:
            raise RehearsalError(f"could not find parent resource {parent}")
        urn = make_urn(self._stack, self._project, parent, type_token, name)
        if urn in self._urns:
            self._refuse(f"Duplicate resource URN '{urn}'; try giving it a unique name", urn)
        self._urns.add(urn)
        return urn

    def _refuse(self, text: str, urn: str) -> None:
        self._report.say("error", text, urn)
        raise Aborted(text)

    def _new_state(self, urn: str, goal: Goal, aliases: list[str]) -> ResourceState:
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
            ignore_changes=goal.ignore_changes,
            replace_on_changes=goal.replace_on_changes,
            replacement_trigger=goal.replacement_trigger,
            additional_secret_outputs=goal.additional_secret_outputs,
            custom_timeouts=goal.custom_timeouts,
            aliases=aliases,
        )

    # Aliases

    def _find_old(self, urn: str, goal: Goal) -> tuple[ResourceState | None, str]:
        if urn in self._aliased:
            self._refuse(
                f"Duplicate resource URN '{urn}' conflicting with alias on resource with URN '{self._aliased[urn]}'",
                urn,
            )
        for candidate in (urn, *self._aliases(goal)):
            old = self._olds.get(candidate)
            if old is None:
                continue
            if candidate == urn:
                return old, ""
            if candidate in self._urns or candidate in self._aliased:
                other = self._aliased.get(candidate, candidate)
                self._refuse(
                    f"Duplicate resource alias '{candidate}' applied to resource with URN '{urn}' "
                    f"conflicting with resource with URN '{other}'",
                    urn,
                )
            self._aliased[candidate] = urn
            self._alias_of[urn] = candidate
            return old, candidate
        return None, ""

    def _aliases(self, goal: Goal) -> Iterator[str]:
        own = [self._alias_urn(goal, alias) for alias in goal.aliases]
        yield from own
        parent_alias = self._alias_of.get(goal.parent)
        if parent_alias is None:
            return
        parent_name = name_of(goal.parent)
        for type_token, name in [(goal.type, goal.name), *((type_of(urn), name_of(urn)) for urn in own)]:
            # A child is often named after its parent: then the parent's old name is part of the child's.
            if name.startswith(parent_name):
                name = name_of(parent_alias) + name.removeprefix(parent_name)  # noqa: PLW2901
            yield make_urn(self._stack, self._project, parent_alias, type_token, name)

    def _alias_urn(self, goal: Goal, alias: Alias) -> str:
        if alias.urn:
            return alias.urn
        parent = self._alias_of.get(alias.parent, alias.parent) or goal.parent
        if alias.no_parent or (parent and qualified_type_of(parent) == ROOT_TYPE):
            parent = ""
        return make_urn(
            alias.stack or self._stack,
            alias.project or self._project,
            parent,
            alias.type or goal.type,
            alias.name or goal.name,
        )

    # Same, update, replace, create

    def _is_targeted(self, state: ResourceState) -> bool:
        return (
            not self._targets or state.urn in self._targets or is_provider_type(state.type) or state.type == ROOT_TYPE
        )

    def _steps(self, urn: str, goal: Goal, old: ResourceState | None, new: ResourceState) -> list[Step]:
        recreating = urn in self.condemned
        targeted = self._is_targeted(new)
        if not targeted:
            self._kept.add(urn)
            if old is None:
                self._skipped.add(urn)
                return [SkippedCreate(None, new)]
            return [Same(old, old.copy(urn=urn, aliases=new.aliases))]
        skipped = sorted(self._skipped.intersection((*new.edges(), new.parent)))
        if skipped:
            self._refuse(f"{urn} depends on {skipped[0]}, which is not there and not in --target; name it too", urn)

        forced = urn in self._replace and old is not None
        if old is not None:
            new.inputs = ignore_changes(goal.properties, old.inputs, goal.ignore_changes)
        if recreating or forced or old is None or old.external:
            self._check(goal, new, {}, goal.properties)
        else:
            self._check(goal, new, old.inputs, new.inputs)

        if old is not None and recreating:
            self.condemned.discard(urn)
            self._replaced.add(urn)
            return [Replace(old, new), Create(old, new, self._dependent_keys.get(urn, ()))]
        if old is not None and old.external:
            self._kept.add(urn)
            return [Create(old, new, deletes_later=True), Replace(old, new)]
        if old is None:
            self._kept.add(urn)
            return [Create(None, new)]
        return self._steps_from_diff(urn, goal, old, new)

    def _check(self, goal: Goal, new: ResourceState, olds: PropertyMap, news: PropertyMap) -> None:
        new.inputs = copy.deepcopy(news)
        if not goal.custom or is_provider_type(goal.type):
            return
        new.inputs, failures = self._providers.provider_of(new).check(new.urn, olds, news)
        for failure in failures:
            self._report.say("error", _failure_text(new, failure, news), new.urn)
        if failures:
            raise Aborted(f"resource {new.urn} is invalid")

    def _diff(self, urn: str, old: ResourceState, new: ResourceState) -> DiffResult:
        if urn in self._replace:
            return DiffResult(changes=True, replaces=("id",))
        if any(other in self._replaced for other in new.replace_with):
            return DiffResult(changes=True, replaces=("replaceWith",))
        if new.deleted_with in self._replaced:
            return DiffResult(changes=True, replaces=("deletedWith",))
        if old.provider_urn in self._replaced or self._moved_to_other_package(old, new):
            return DiffResult(changes=True, replaces=("provider",))
        if not new.custom or is_provider_type(new.type):
            return DiffResult(changes=not same_value(old.inputs, new.inputs))
        return self._providers.provider_of(new).diff(urn, old.id, old.inputs, old.outputs, new.inputs)

    @staticmethod
    def _moved_to_other_package(old: ResourceState, new: ResourceState) -> bool:
        # Another provider of the same package takes a resource over; the diff of the resource itself decides.
        return bool(old.provider and new.provider) and type_of(old.provider_urn) != type_of(new.provider_urn)

    def _steps_from_diff(self, urn: str, goal: Goal, old: ResourceState, new: ResourceState) -> list[Step]:
        triggered = _triggers(old.replacement_trigger, new.replacement_trigger)
        diff = DiffResult(changes=True) if triggered else self._diff(urn, old, new)
        keys = (*diff.replaces, *_forced_by_option(diff, goal.replace_on_changes))
        if old.pending_replacement or (diff.changes and (keys or triggered)):
            return self._replacement(urn, goal, old, new, keys, diff)
        self._kept.add(urn)
        if diff.changes or old.init_errors:
            return [Update(old, new)]
        return [Same(old, new)]

    def _replacement(
        self,
        urn: str,
        goal: Goal,
        old: ResourceState,
        new: ResourceState,
        keys: tuple[str, ...],
        diff: DiffResult,
    ) -> list[Step]:
        if new.protect and old.protect:
            self._refuse(
                f"unable to replace resource {urn!r}\nas it is currently marked for protection. To unprotect the "
                "resource, remove the `protect` flag from the resource in your Pulumi program and run `pulumi up`",
                urn,
            )
        self._replaced.add(urn)
        if urn not in self._replace:
            # Defaults were carried over from the old resource; the new one gets its own.
            self._check(goal, new, {}, goal.properties)
        delete_first = diff.delete_before_replace
        if goal.delete_before_replace is not None:
            delete_first = goal.delete_before_replace
        if not delete_first:
            return [Create(old, new, keys, deletes_later=True), Replace(old, new, keys)]
        steps = self._delete_dependents(urn, old)
        if not old.pending_replacement:
            self._pending_deletes.add(id(old))
            self.condemned.add(old.urn)
            steps.append(Delete(old, replacing=True, recreates=True))
        return [*steps, Replace(old, new, keys), Create(old, new, keys)]

    def _delete_dependents(self, urn: str, old: ResourceState) -> list[Step]:
        doomed = [*self._dependent_replacements(old), *((s, ()) for s in self._cascading(urn))]
        steps: list[Step] = []
        for state, keys in reversed(doomed):
            if id(state) in self._pending_deletes:
                continue
            if state.protect:
                self._refuse(
                    f"unable to replace resource {state.urn!r} as part of replacing {urn!r} as it is currently marked "
                    "for protection. To unprotect the resource, remove the `protect` flag from the resource in your "
                    f"Pulumi program and run `pulumi up`, or use the command:\n`pulumi state unprotect '{state.urn}'`",
                    urn,
                )
            self._dependent_keys[state.urn] = keys
            self._pending_deletes.add(id(state))
            self.condemned.add(state.urn)
            if not state.pending_replacement:
                steps.append(Delete(state, replacing=True, recreates=True))
        return steps

    def _cascading(self, urn: str) -> list[ResourceState]:
        return [
            s
            for s in self._olds.values()
            if (urn in s.replace_with or s.deleted_with == urn) and not self._is_dealt_with(s.urn)
        ]

    def _dependent_replacements(self, root: ResourceState) -> list[tuple[ResourceState, tuple[str, ...]]]:
        replaced = {root.urn}
        found: list[tuple[ResourceState, tuple[str, ...]]] = []
        dealt_with = self._kept | self._replaced | self.condemned
        for state in graph.dependents(self._all_olds, root, dealt_with - {root.urn}):
            keys = self._replaced_by_unknowns(state, replaced)
            if keys is not None:
                replaced.add(state.urn)
                found.append((state, keys))
        return found

    def _replaced_by_unknowns(self, state: ResourceState, replaced: set[str]) -> tuple[str, ...] | None:
        """Return the properties that force a replacement if those depending on `replaced` change; None: it stays."""
        if not state.custom or state.external:
            return None
        if state.provider_urn in replaced or state.deleted_with in replaced:
            return ()
        inputs = dict(state.inputs)
        for key, urns in state.property_dependencies.items():
            if key in inputs and not replaced.isdisjoint(urns):
                inputs[key] = UNKNOWN
        if all(value is not UNKNOWN for value in inputs.values()) or is_provider_type(state.type):
            return None
        provider = self._providers.provider_of(state)
        diff = provider.diff(state.urn, state.id, state.inputs, state.outputs, inputs)
        keys = (*diff.replaces, *_forced_by_option(diff, state.replace_on_changes))
        return keys or None

    # What the program no longer has

    def plan_deletes(self) -> list[list[Step]]:
        """Return the steps that delete what is left over, in layers; the steps of one layer don't need each other."""
        allowed = self._deletable()
        steps: dict[int, Step] = {}
        for state in self._all_olds:
            if allowed is not None and state.urn not in allowed:
                continue
            if state.delete and id(state) not in self._pending_deletes:
                steps[id(state)] = Delete(state, replacing=True)
            elif not state.delete and not self._is_dealt_with(state.urn):
                self.condemned.add(state.urn)
                gone = state.pending_replacement
                steps[id(state)] = RemovePendingReplace(state) if gone else Delete(state)
        doomed = [s for s in self._all_olds if id(s) in steps]
        return [[steps[id(s)] for s in layer] for layer in graph.delete_layers(self._all_olds, doomed)]

    def _deletable(self) -> set[str] | None:
        if not self._targets:
            return None
        leaving = [s for s in self._all_olds if s.urn in self._targets]
        for state in leaving:
            for dependent in graph.dependents(self._all_olds, state, ()):
                if dependent.urn not in self._targets and not self._is_dealt_with(dependent.urn):
                    self._refuse(
                        f"{dependent.urn} would be deleted with {state.urn} but is not in --target; name it too",
                        dependent.urn,
                    )
        return {s.urn for s in leaving}

    def _is_dealt_with(self, urn: str) -> bool:
        urn = self._aliased.get(urn, urn)
        return urn in self._kept or urn in self._replaced


def _triggers(old: object, new: object) -> bool:
    if contains_unknown(old) or contains_unknown(new):
        return True
    return old is not None and new is not None and not same_value(old, new)


def _forced_by_option(diff: DiffResult, replace_on_changes: Iterable[str]) -> Iterator[str]:
    """Yield what changes at the paths of the resource option; without a detailed diff nothing is known to."""
    patterns = [parse_path(p) for p in replace_on_changes]
    for changed in diff.detailed or ():
        path = parse_path(changed)
        if any(matches(pattern, path) for pattern in patterns):
            yield str(path[0])


def _failure_text(state: ResourceState, failure: CheckFailure, news: PropertyMap) -> str:
    what = f"{state.type} resource '{name_of(state.urn)}'"
    if not failure.property:
        return f"{what} has a problem: {failure.reason}"
    value = news.get(failure.property)
    if value is None or value is UNKNOWN:
        return f"{what}: property {failure.property} has a problem: {failure.reason}"
    shown = "[secret]" if isinstance(value, Secret) else reveal(value)
    return f"{what}: property {failure.property} value {{{shown}}} has a problem: {failure.reason}"
