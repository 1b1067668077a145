"""One operation on a stack: plans the program's registrations, executes the steps, and deletes leftover resources.

Registrations arrive on many threads. They are planned one at a time, in their order; their steps are executed in
parallel. After the first failure no new step starts, running steps finish, and nothing is deleted.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NoReturn, TypeVar

from rehearsal.engine import dependency_graph
from rehearsal.engine.call_order import arrived
from rehearsal.engine.callbacks import Callbacks
from rehearsal.engine.events import Report
from rehearsal.engine.goal import Goal, ReadGoal, plugin_inputs
from rehearsal.engine.hooks import HookKind, Hooks
from rehearsal.engine.interruption import CANCELLED, INTERRUPTED
from rehearsal.engine.provider_registry import Registry
from rehearsal.engine.snapshot import Snapshot
from rehearsal.engine.step_generator import StepGenerator
from rehearsal.engine.steps import Create, Delete, Import, Read, Refresh, SkippedCreate, Step, Update
from rehearsal.engine.targets import Targets
from rehearsal.errors import Aborted, Protected, RehearsalError
from rehearsal.made_up.absent_outputs import MADE_UP
from rehearsal.made_up.provider import MadeUpProvider
from rehearsal.provider import InvokeResult, PropertyMap, ProviderError
from rehearsal.providers.dynamic_process import PACKAGE as DYNAMIC
from rehearsal.providers.secret_guard import GuardedProvider
from rehearsal.state.resource import ResourceState
from rehearsal.state.urns import PROVIDER_PREFIX, ROOT_TYPE, is_provider_type, package_of
from rehearsal.tracebacks import traceback_of

__all__ = ["Deployment", "default_parallelism"]

_T = TypeVar("_T")

_DELETE_HOOKS: Final = {HookKind.BEFORE_DELETE, HookKind.AFTER_DELETE}


def default_parallelism() -> int:
    """Return the default number of parallel steps: four for each processor, as in Pulumi."""
    return 4 * (os.cpu_count() or 1)


class Deployment:
    """The engine's side of one preview, up, refresh or destroy.

    `config` is the stack's config by full keys, with secret values as `Secret`. Default providers get their config from
    it.
    """

    def __init__(
        self,
        *,
        stack: str,
        project: str,
        snapshot: Snapshot,
        registry: Registry,
        report: Report,
        config: Mapping[str, Any],
        targets: Collection[str] = (),
        target_dependents: bool = False,
        replace: Collection[str] = (),
        parallel: int | None = None,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self.snapshot = snapshot
        self.dry_run = report.dry_run
        self.report = report
        self.now = now
        self._registry = registry
        self._config = config
        self._targets = Targets(targets, dependents=target_dependents)
        self.parallel = parallel or default_parallelism()
        self._slots = threading.BoundedSemaphore(self.parallel)
        self._planning = ThreadPoolExecutor(1, "planning")  # plans one registration at a time, in order
        self._closed = threading.Event()
        self._interrupted = threading.Event()
        self.program_over = threading.Event()
        """Set when the program has registered all its resources, or has failed."""
        self.finished = threading.Event()
        """Set at the end of the operation. Until then the program must run, because its hooks may be called."""
        self.callbacks = Callbacks()
        self.hooks = Hooks(self.callbacks, report, self._closed.set)
        self._olds = snapshot.resources()
        report.old_outputs = {k: v for s in self._olds if s.type == ROOT_TYPE for k, v in s.outputs.items()}
        self._news: dict[str, ResourceState] = {}
        self._registered: dict[str, Step] = {}
        self._defaults: dict[tuple[str, str, str], str] = {}
        self._stack_outputs: tuple[str, PropertyMap] | None = None
        registry.load(self._olds)
        self._step_generator = StepGenerator(
            stack=stack,
            project=project,
            olds=self._olds,
            providers=registry,
            report=report,
            targets=targets,
            target_dependents=target_dependents,
            replace=replace,
        )

    # The interface for steps

    @property
    def urns_to_delete(self) -> set[str]:
        """The URNs of the resources that this operation deletes."""
        return self._step_generator.urns_to_delete

    def provider_of(self, state: ResourceState) -> GuardedProvider:
        """Return the provider that manages the resource."""
        return self._registry.provider_of(state)

    def makes_up(self, state: ResourceState) -> bool:
        """Whether a resource's type is not modelled, so that its outputs are made up."""
        own = not state.custom or is_provider_type(state.type)
        return not own and (
            MADE_UP in state.outputs or isinstance(self._registry.provider_of(state).provider, MadeUpProvider)
        )

    def provider_changed(self, state: ResourceState) -> None:
        """Record a provider resource."""
        self._registry.put(state)

    # The program's requests

    def register(self, goal: Goal) -> tuple[ResourceState, bool]:
        """Plan and execute one registration; return the state, and whether it was skipped as not targeted.

        :raises Aborted: if this fails, or the operation has failed before. The reason is in the report.
        """

        def plan() -> list[Step]:
            if goal.custom and not is_provider_type(goal.type) and not goal.provider:
                goal.provider = self._default_provider(package_of(goal.type), goal.version, goal.plugin_download_url)
            return self._step_generator.plan(goal)

        steps, state = self._plan_and_execute(goal.type, goal.name, plan)
        if isinstance(steps[0], Import):
            imported = steps[0].subject
            _, state = self._plan_and_execute(
                goal.type, goal.name, lambda: self._step_generator.plan_imported(goal, imported), state
            )
        return state, isinstance(steps[-1], SkippedCreate)

    def read(self, goal: ReadGoal) -> ResourceState:
        """Read an external resource."""

        def plan() -> list[Step]:
            goal.provider = goal.provider or self._default_provider(
                package_of(goal.type), goal.version, goal.plugin_download_url
            )
            return self._step_generator.plan_read(goal)

        return self._plan_and_execute(goal.type, goal.name, plan)[1]

    def register_outputs(self, urn: str, outputs: PropertyMap) -> None:
        """Set the outputs of a component, or of the stack."""
        step = self._registered.get(urn)
        if step is not None and step.subject.type == ROOT_TYPE:
            self._stack_outputs = (urn, outputs)
            return
        step = self._registered.pop(urn, None)
        if step is None:
            raise RehearsalError(f"cannot complete a resource {urn!r} whose registration isn't pending")
        if isinstance(step, SkippedCreate):
            return
        state = step.subject
        state.outputs = outputs
        if not state.custom and isinstance(step, Create) and step.old is None:
            self.hooks.after(HookKind.AFTER_CREATE, None, state)
        elif not state.custom and isinstance(step, Update):
            self.hooks.after(HookKind.AFTER_UPDATE, step.old, state)
        self.snapshot.put(state)

    def gives(self, token: str) -> bool:
        """Whether the user has given outputs for this type."""
        return self._registry.given(token) is not None

    def construct_given(self, goal: Goal) -> tuple[ResourceState, bool]:
        """Register a remote component for which the user has given outputs, and set these."""
        state, skipped = self.register(goal)
        provider = self._registry.given(goal.type)
        if provider is not None and not skipped:
            known = not self.dry_run or any(old.urn == state.urn and not old.delete for old in self._olds)
            self.register_outputs(state.urn, provider.construct(state.urn, goal.type, known=known))
        return state, skipped

    def invoke(self, token: str, args: PropertyMap, provider: str, version: str, url: str) -> InvokeResult:
        """Call a provider's function."""
        reference = self._in_turn(
            token, "", lambda: provider or self._default_provider(package_of(token), version, url)
        )
        return self._registry.get(reference, token).invoke(token, args)

    def find(self, urn: str) -> ResourceState | None:
        """Return a resource that this operation has processed."""
        return self._news.get(urn)

    def _default_provider(self, package: str, version: str, url: str) -> str:
        """Return the reference of the package's default provider, which is registered on first use."""
        key = (package, version, url)
        if key not in self._defaults:
            self._check_default_allowed(package)
            # A dynamic provider gets the whole config, by full keys. Other providers get their package's config.
            prefix = "" if package == DYNAMIC else f"{package}:"
            inputs = {k.removeprefix(prefix): v for k, v in self._config.items() if k.startswith(prefix)}
            inputs |= plugin_inputs(version, url)
            name = "_".join(["default", *(re.sub(r"[^A-Za-z0-9_]", "_", part) for part in (version, url) if part)])
            goal = Goal(type=PROVIDER_PREFIX + package, name=name, custom=True, properties=inputs)
            # Executed without a parallel slot: resources that wait to be planned may hold all of them.
            state = self._carry_out(self._step_generator.plan(goal))
            self._defaults[key] = f"{state.urn}::{state.id}"
        return self._defaults[key]

    def _check_default_allowed(self, package: str) -> None:
        text = self._config.get("pulumi:disable-default-providers")
        if not text:
            return
        try:
            barred = [str(name).strip() for name in json.loads(text)]
        except (ValueError, TypeError):
            raise RehearsalError(
                f"pulumi:disable-default-providers: expected a JSON list of package names, got {text!r}"
            ) from None
        if "*" in barred or package in barred:
            raise RehearsalError(
                f"the default provider for {package!r} is disabled (pulumi:disable-default-providers); "
                "the resource must use an explicit provider"
            )

    def _in_turn(self, subject: str, name: str, plan: Callable[[], _T]) -> _T:
        """Call `plan` after all earlier registrations have been planned, and return its result.

        :raises Aborted: if it fails, or the operation has failed before.
        """

        def work() -> _T:
            with self._reporting_planning_errors(subject, name):
                return plan()

        future = self._planning.submit(work)
        arrived()
        return future.result()

    @contextlib.contextmanager
    def _reporting_planning_errors(self, subject: str, name: str) -> Iterator[None]:
        """Turn errors of planning into Aborted: report them, and start no new steps."""
        if self._closed.is_set():
            raise Aborted("the operation has failed already")
        try:
            yield
        except Aborted:
            self._closed.set()
            raise
        except (RehearsalError, ProviderError) as error:
            self._refuse(subject, name, str(error))
        except Exception as error:  # noqa: BLE001 - a provider may raise anything
            self._refuse(subject, name, traceback_of(error))

    def _refuse(self, subject: str, name: str, text: str) -> NoReturn:
        self._closed.set()
        self.report.say("error", f"{subject} {name!r}: {text}" if name else f"{subject}: {text}")
        raise Aborted(text)

    # Steps

    def _plan_and_execute(
        self, subject: str, name: str, plan: Callable[[], list[Step]], as_it_is: ResourceState | None = None
    ) -> tuple[list[Step], ResourceState]:
        """Plan and execute; return the steps and the resulting state (without steps: `as_it_is`)."""

        def planned() -> tuple[list[Step], bool]:
            steps = plan()
            # Take a free slot already here. The first step then starts, even if another resource fails meanwhile.
            return steps, bool(steps) and self._slots.acquire(blocking=False)

        steps, begun = self._in_turn(subject, name, planned)
        if not steps and as_it_is is not None:
            return steps, as_it_is
        if not begun:
            self._slots.acquire()
        try:
            return steps, self._carry_out(steps, begun=begun)
        finally:
            self._slots.release()

    def _carry_out(self, steps: list[Step], *, begun: bool = False) -> ResourceState:
        for number, step in enumerate(steps):
            stopped = self._closed.is_set() and not (begun and number == 0)
            if stopped or not self._apply(step):
                raise Aborted(f"{step.subject.urn} failed")
            self._remember_step(step)
        state = steps[-1].subject
        self._news[state.urn] = state
        return state

    def _remember_step(self, step: Step) -> None:
        """Remember the step until the outputs of its resource are registered."""
        replacing = isinstance(step, Create | Read) and step.old is not None
        if step.new is not None and not replacing and not isinstance(step, Delete):
            self._registered[step.subject.urn] = step

    def _apply(self, step: Step) -> bool:
        record = step.record()
        record.parent = step.subject.parent
        self.report.begin(record)
        started = time.monotonic()
        counts_as = None
        try:
            counts_as = step.apply(self)
        except Protected as error:
            # No provider was called, so the operation goes on with other resources.
            self.report.say("error", str(error), record.urn)
            record.failed = True
        except (RehearsalError, ProviderError) as error:
            self._fail(record.urn, str(error))
            record.failed = True
        except Exception as error:  # noqa: BLE001 - a provider may raise anything, and the state must not be lost
            self._fail(record.urn, traceback_of(error))
            record.failed = True
        record.seconds = time.monotonic() - started
        self.report.end(record, counts_as)
        return not record.failed

    def _fail(self, urn: str, text: str) -> None:
        self._closed.set()
        self.report.say("error", text, urn)

    def _apply_all(self, steps: Iterable[Step], *, stops: threading.Event) -> list[Step]:
        """Execute independent steps; return those that failed.

        The first steps, up to the limit of parallel steps, are started even if one fails. The others are started only
        while `stops` is not set.
        """
        todo = list(steps)
        if not todo:
            return []

        def apply(place: int) -> bool:
            begins = not self._interrupted.is_set() and (place < self.parallel or not stops.is_set())
            return not begins or self._apply(todo[place])

        with ThreadPoolExecutor(min(self.parallel, len(todo)), "step") as pool:
            done = list(pool.map(apply, range(len(todo))))
        return [step for step, ok in zip(todo, done, strict=True) if not ok]

    # The end of an operation

    def abort(self) -> None:
        """Start no new steps."""
        self._closed.set()

    def interrupt(self) -> None:
        """Start no new steps, because the user has interrupted the operation."""
        self._interrupted.set()
        self._closed.set()
        self.report.interrupted = True
        self.report.say("error", INTERRUPTED)
        self.program_over.set()

    def cancel(self) -> None:
        """Abandon running steps; the state records each such resource as a pending operation."""
        self.snapshot.freeze()
        self.report.say("error", CANCELLED)
        self._registry.crash()

    def is_aborted(self) -> bool:
        """Whether the operation has failed or was interrupted, so that no new step starts."""
        return self._closed.is_set()

    @contextlib.contextmanager
    def _failing_on_abort(self) -> Iterator[None]:
        """Fail the operation if the step generator raises Aborted, after it has reported why."""
        try:
            yield
        except Aborted:
            self._closed.set()
            self.report.ok = False

    def check_replaced(self) -> bool:
        """Check that the resources to replace exist."""
        with self._failing_on_abort():
            self._step_generator.check_replaced()
        return not self.is_aborted()

    def delete_leftovers(self) -> None:
        """Delete the resources that are not in the program any more."""
        if self.is_aborted():
            return
        with self._failing_on_abort():
            try:
                self._step_generator.check_targets(registered=True)
            finally:
                self._delete()

    def destroy(self) -> None:
        """Delete all resources, or the targets. An error if one has delete hooks, which only a program can run."""
        hooked = [s.urn for s in self._olds if not _DELETE_HOOKS.isdisjoint(s.resource_hooks)]
        for urn in hooked:
            self.report.say(
                "error",
                "the resource has delete hooks, and destroy runs no program: Pulumi asks for --run-program, which "
                "rehearsal does not model; take the hooks out of the program and bring the stack up first",
                urn,
            )
        if hooked:
            return
        with self._failing_on_abort():
            self._step_generator.check_targets(registered=False)
            self._delete()

    def _delete(self) -> None:
        with self._failing_on_abort():
            carried_over, layers = self._step_generator.plan_deletes()
            for step in carried_over:
                self._apply(step)
            needed: set[int] = set()
            for layer in layers:
                if self.is_aborted():
                    return
                due = [step for step in layer if id(step.subject) not in needed]
                failed = self._apply_all(due, stops=self._closed)
                # If a resource can't be deleted, its dependencies are kept.
                needed |= dependency_graph.dependencies(self._olds, (step.subject for step in failed))

    def refresh(self) -> None:
        """Refresh the resources."""
        with self._failing_on_abort():
            self._step_generator.check_targets(registered=False)
            included = list(self._targets.refreshed(self._olds))
            # As in Pulumi, only the providers of the named targets are loaded, not those of their dependents.
            loaded = {state.provider for state in included if state.urn in self._targets}
            steps = [Refresh(state, loaded=state.provider in loaded) for state in included]
            self._apply_all(steps, stops=self._interrupted)
            self.snapshot.rebuild(dependency_graph.fix_dangling_dependencies)

    def finish(self) -> None:
        """Set the stack's outputs. After a failure, keep old outputs that the program has not set again."""
        if self._stack_outputs is not None:
            urn, outputs = self._stack_outputs
            state = self._news[urn]
            if not self.report.ok:
                outputs = {**state.outputs, **outputs}
            state.outputs = outputs
            self.snapshot.put(state)
        roots = [s for s in self.snapshot.resources() if s.type == ROOT_TYPE]
        self.report.outputs = {k: v for s in roots for k, v in s.outputs.items()}

    def close(self) -> None:
        """Close the connections to the program."""
        self._planning.shutdown(wait=not self.report.abandoned)
        self.callbacks.close()
