"""A stack of a program, and its operations."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
import os
import signal
import time
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, Literal, Self

from rehearsal.engine.deployment import Deployment, default_parallelism
from rehearsal.engine.events import Listener, Report
from rehearsal.engine.file_backend import StateFile
from rehearsal.engine.imported_state import config_of, put_into
from rehearsal.engine.interruption import CTRL_C, Interruptions
from rehearsal.engine.provider_registry import Registry
from rehearsal.engine.snapshot import Snapshot
from rehearsal.errors import ConfigError, PassphraseError, StateError
from rehearsal.local_providers.catalog import local_models, stack_reference_model
from rehearsal.made_up.fallback import FallbackProvider
from rehearsal.made_up.given_outputs import check_given, given_models
from rehearsal.made_up.provider import MadeUpProvider
from rehearsal.other_stacks import OtherStacks
from rehearsal.paths import exists, is_folder
from rehearsal.program.isolation import program_directory, run_in
from rehearsal.program.runner import Program, run_program
from rehearsal.project import STACK_NAME, Project, quoted
from rehearsal.provider import Cloud, NamingCloud, Provider, ProviderFactory
from rehearsal.providers import preloaded
from rehearsal.providers.catalog import installed_providers
from rehearsal.providers.dynamic_inprocess import InProcessProvider
from rehearsal.providers.dynamic_process import PACKAGE as DYNAMIC
from rehearsal.providers.dynamic_process import DynamicProvider
from rehearsal.providers.harness_work import muted
from rehearsal.providers.installed import offers
from rehearsal.state.deployment_format import read_deployment, verify
from rehearsal.state.deployment_schema import validate
from rehearsal.state.encryption import Encryption, with_plaintext
from rehearsal.state.passphrase import VARIABLE, Keyring
from rehearsal.state.property_values import Secret, contains_secret
from rehearsal.state.resource import ResourceState
from rehearsal.state.urns import is_provider_type

__all__ = ["CloudFactory", "Limits", "Stack", "Unmodelled", "check_clouds", "installed_clouds", "warn_of_made_up"]

_REMEDY: Final = (
    'model it (providers=…), have its outputs made up (unmodelled="made-up"), or run this program with the Pulumi CLI'
)

Unmodelled = Literal["made-up", "refuse", "echo"]
"""What to do about unmodelled types; "echo" is an older name of "made-up"."""

CloudFactory = Callable[[Path | None, Mapping[str, Any]], Cloud]


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """What an operation may change, and how."""

    targets: Collection[str] = ()
    replace: Collection[str] = ()
    refresh: bool = False
    parallel: int | None = None
    forget_creates: bool = False
    target_dependents: bool = False


def installed_clouds() -> list[CloudFactory]:
    """Return the clouds of installed packages (entry point group ``rehearsal.clouds``)."""
    return [entry.load() for entry in offers("rehearsal.clouds")]


class Stack:
    """A stack: one program, one config, one state.

    `program` defaults to the project's own. `state` and `cloud_folder` None keep state and cloud in memory: the state
    as long as this object, the cloud for one operation or while this object is entered (``with Stack(…) as stack``).
    Entered, it also starts the processes of dynamic providers faster, as forks.
    `providers` serve types by pattern, before those of installed packages and of the clouds. `unmodelled` says what to
    do about other types: "refuse", the default, or "made-up", which makes up outputs of resources that exist nowhere.
    `stack_references` are outputs of other stacks by the names in references, in addition to those whose states are in
    the same folder. `given_outputs` are outputs by types or functions that are not run, such as commands and remote
    components. Without `provider_process` dynamic providers run in this process, where breakpoints and coverage reach
    them. At the first of the `signals` an operation finishes running steps, at the second it cancels them; signals that
    are already ignored or handled stay so. `remedy` is the advice in the error for an unmodelled type.
    """

    def __init__(
        self,
        project: Project,
        *,
        name: str = "dev",
        program: Program | None = None,
        state: Path | None = None,
        cloud_folder: Path | None = None,
        config: Mapping[str, str | Secret] | None = None,
        clouds: Collection[CloudFactory] | None = None,
        providers: Mapping[str, ProviderFactory] | None = None,
        unmodelled: Unmodelled | None = None,
        stack_references: Mapping[str, Mapping[str, Any]] | None = None,
        given_outputs: Mapping[str, Mapping[str, Any]] | None = None,
        living_stacks: Callable[[], Iterable[list[ResourceState]]] = lambda: (),
        parallel: int | None = None,
        provider_process: bool = True,
        signals: Collection[signal.Signals] = CTRL_C,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
        remedy: str = _REMEDY,
    ) -> None:
        if not STACK_NAME.fullmatch(name):
            raise ConfigError(
                f"stack {quoted(name)}: "
                "expected a name of at most 100 letters, digits, hyphens, underscores and periods"
            )
        self.project = project
        self.name = name
        self.config: dict[str, str | Secret] = dict(config or {})
        self._program = program or project.main
        # The working directory changes while a program runs.
        self._keyring = Keyring(os.environ)
        encryption = Encryption(self._keyring, lambda: project.encryption_salt(name))
        self._state = StateFile(state.absolute() if state else None, encryption)
        self._cloud_folder = cloud_folder.absolute() if cloud_folder else None
        self._factories = None if clouds is None else list(clouds)
        self._providers = [*(providers or {}).items(), *installed_providers().items()]
        self._makes_up = _makes_up(unmodelled)
        self._given = dict(given_outputs or {})
        check_given(self._given)
        self._others = OtherStacks(project.name, stack_references or {}, self._state.path, encryption, living_stacks)
        self._parallel = parallel or default_parallelism()
        self._now = now
        self._remedy = remedy
        self._provider_process = provider_process
        self._signals = signals
        self._registry: Registry | None = None
        self._clouds: list[Cloud] | None = None
        self._held = contextlib.ExitStack()

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as held:
            if self._provider_process:
                preloaded.enable()
                held.callback(preloaded.close)
            self._clouds = held.enter_context(self._running_clouds(self._values(complete=False)))
            # Only now: a stack that could not be entered is not left.
            self._held.enter_context(held.pop_all())
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._clouds = None
        self._held.close()

    @property
    def program_directory(self) -> Path:
        """The working directory of program and dynamic providers, from which they import their modules."""
        folder = program_directory(self.project.main if callable(self._program) else self._program)
        return folder if is_folder(folder) else self.project.folder

    @property
    def clouds(self) -> list[Cloud]:
        """The clouds of the stack's resources, while the stack is entered."""
        return list(self._clouds or ())

    def run(self, program: Program) -> None:
        """Use another program from now on."""
        self._program = program

    def preview(
        self,
        *,
        targets: Collection[str] = (),
        target_dependents: bool = False,
        replace: Collection[str] = (),
        refresh: bool = False,
        parallel: int | None = None,
        listener: Listener | None = None,
    ) -> Report:
        """Preview `up`, with the same arguments."""
        limits = Limits(targets, replace, refresh=refresh, parallel=parallel, target_dependents=target_dependents)
        return self._operate("preview", self._update, listener, limits, dry_run=True)

    def up(
        self,
        *,
        targets: Collection[str] = (),
        target_dependents: bool = False,
        replace: Collection[str] = (),
        refresh: bool = False,
        parallel: int | None = None,
        listener: Listener | None = None,
    ) -> Report:
        """Create and update the resources that the program declares.

        `targets` are the URNs to change, all if empty; with `target_dependents` what depends on them is changed too.
        `replace` are those to replace whatever their diff says. `refresh` first updates the state to match the
        resources. `parallel` is the number of parallel steps for this operation.
        """
        limits = Limits(targets, replace, refresh=refresh, parallel=parallel, target_dependents=target_dependents)
        return self._operate("up", self._update, listener, limits)

    def refresh(
        self,
        *,
        targets: Collection[str] = (),
        target_dependents: bool = False,
        clear_pending_creates: bool = False,
        parallel: int | None = None,
        preview_only: bool = False,
        listener: Listener | None = None,
    ) -> Report:
        """Update the state to match the resources.

        `clear_pending_creates` forgets the pending creates of killed runs; check first what they may have created. With
        `preview_only` the state does not change.
        """
        limits = Limits(
            targets, parallel=parallel, forget_creates=clear_pending_creates, target_dependents=target_dependents
        )
        return self._operate(
            "refresh", lambda operation, _: operation.refresh(), listener, limits, dry_run=preview_only
        )

    def destroy(
        self,
        *,
        targets: Collection[str] = (),
        target_dependents: bool = False,
        refresh: bool = False,
        parallel: int | None = None,
        preview_only: bool = False,
        listener: Listener | None = None,
    ) -> Report:
        """Delete the resources; with `preview_only` only report them."""
        limits = Limits(targets, refresh=refresh, parallel=parallel, target_dependents=target_dependents)
        return self._operate(
            "destroy", lambda operation, _: operation.destroy(), listener, limits, dry_run=preview_only
        )

    def values(self) -> dict[str, str | Secret]:
        """Return the config as the program gets it, by full keys.

        :raises ConfigError: as the operations do.
        """
        return self._values()

    def exists(self) -> bool:
        """Whether the stack has a state, possibly an empty one."""
        return self._state.exists()

    def export(self, *, show_secrets: bool = True) -> dict[str, Any]:
        """Return the deployment as ``pulumi stack export`` writes it; without a passphrase its secrets are shown."""
        return self._state.export(show_secrets=show_secrets)

    def crash_providers(self) -> bool:
        """Kill the dynamic providers that the running operation has at work; False if there is none."""
        registry = self._registry
        return registry is not None and registry.crash()

    def import_deployment(
        self, text: str, what: str = "the deployment", warn: Callable[[str], None] = lambda _: None
    ) -> int:
        """Replace this stack's state by a deployment; return the number of its resources.

        It comes from ``pulumi stack export``; encrypted secrets need the passphrase of this run. Errors call it `what`.
        Pending operations are left out, as ``pulumi stack import`` does; `warn` is called for each. Its resources are
        created in the clouds, as far as they model them; `warn` is called for the rest, and for secrets that are now in
        plaintext in files. Providers are not counted.

        :raises StateError: if it is of another stack, or holds something that rehearsal can't read or does not model.
        """
        deployment = read_deployment(text, what)
        validate(deployment, what)
        try:
            deployment = with_plaintext(deployment, self._keyring)
        except PassphraseError as error:
            raise StateError(
                f"{what} can't be imported: {error}; or export it with `pulumi stack export --show-secrets`"
            ) from None
        states = [ResourceState.from_json(r) for r in deployment.get("resources") or []]
        verify(states, self.name, self.project.name, what)
        for op in deployment.pop("pending_operations", None) or []:
            warn(f"removing pending operation {op['type']!r} on {op['resource']['urn']} from the state")
        with self._state.replacing(deployment), contextlib.ExitStack() as stack:
            clouds = self._clouds
            if clouds is None:
                # The previous state may be damaged.
                config = self._values(complete=False, decrypted=lambda: config_of(states))
                clouds = stack.enter_context(self._running_clouds(config))
            missing = put_into(clouds, states)
            check_clouds(clouds)
        if missing:
            lines = "".join(f"  * {line}\n" for line in missing)
            warn(
                f"{len(missing)} resources are in the state, but in no cloud:\n{lines}"
                "The next refresh or up finds them missing, or fails at them. After a refresh, which removes them from "
                "the state, an up creates them again."
            )
        self._warn_of_secrets(states, warn)
        return sum(not is_provider_type(state.type) for state in states)

    def _kept_in(self) -> tuple[Path | None, str]:
        """Return where the state is, None for memory, and in which form its secrets are without a passphrase."""
        return self._state.path, "in plaintext"

    def _warn_of_secrets(self, states: Iterable[ResourceState], warn: Callable[[str], None]) -> None:
        """Warn that real secrets are now in files, if they are."""
        count = sum(contains_secret([state.inputs, state.outputs]) for state in states)
        file, form = self._kept_in()
        if not count or file is None:
            return
        places = [str(file)] if self._keyring.passphrase is None else []
        places += [str(self._cloud_folder)] if self._cloud_folder and exists(self._cloud_folder) else []
        if places:
            remedy = f"; set {VARIABLE} to have the state's encrypted" if self._keyring.passphrase is None else ""
            warn(
                f"the secrets of {count} resources are {form} in {' and '.join(places)}{remedy}. Delete these "
                "when you are done."
            )

    def _values(
        self, *, complete: bool = True, decrypted: Callable[[], Mapping[str, Any]] | None = None
    ) -> dict[str, str | Secret]:
        return self.project.config(
            self.name, self.config, complete=complete, keyring=self._keyring, decrypted=decrypted or self._decrypted
        )

    def _decrypted(self) -> Mapping[str, Any]:
        """Return the config in the state: it has values in plaintext that are encrypted in the stack's file."""
        return config_of(self._state.peek().resources())

    def _update(self, operation: Deployment, config: Mapping[str, str | Secret]) -> None:
        if not operation.check_replaced():
            return
        run_program(
            self._program,
            operation,
            stack=self.name,
            project=self.project.name,
            folder=self.project.folder,
            config=config,
            parallel=operation.parallel,
            then=operation.delete_leftovers,
        )

    def _operate(
        self,
        name: str,
        work: Callable[[Deployment, Mapping[str, str | Secret]], None],
        listener: Listener | None,
        limits: Limits,
        *,
        dry_run: bool = False,
    ) -> Report:
        report = Report(op=name, dry_run=dry_run, listener=listener)
        started = time.monotonic()
        config = self._values(complete=name in ("preview", "up"))
        interruptions = Interruptions(self._signals)
        with contextlib.ExitStack() as stack:
            stack.enter_context(interruptions.taken())
            clouds = self._clouds
            if clouds is None:
                clouds = stack.enter_context(self._running_clouds(config))
            snapshot: Snapshot = (
                self._state.peek()
                if dry_run
                else stack.enter_context(self._state.open(forget_creates=limits.forget_creates))
            )
            if not dry_run:
                self._warn_of_interrupted(report, limits)
            stack.enter_context(muted())
            made_up: set[str] = set()
            naming = [cloud for cloud in clouds if isinstance(cloud, NamingCloud)]
            registry = Registry(
                given=given_models(self._given, naming),
                models=[
                    *self._providers,
                    *(model for cloud in clouds for model in self._models(cloud, naming, report)),
                    *stack_reference_model(self._others).items(),
                    *local_models(self._now).items(),
                    *self._fallback(naming, made_up),
                ],
                folder=self.program_directory,
                project=self.project.name,
                say=lambda line: report.say("info", line),
                dynamic=DynamicProvider if self._provider_process else InProcessProvider,
                remedy=self._remedy,
            )
            # Work that is still running may hold a provider for any time.
            stack.callback(lambda: None if report.abandoned else registry.close())
            if _needs_dynamic(snapshot):
                registry.begin_dynamic()
            # After the providers' environment has been recorded: a program's environment is its own.
            if not self._provider_process or name in ("preview", "up"):
                stack.enter_context(run_in(self.program_directory))
            self._registry = registry
            stack.callback(setattr, self, "_registry", None)

            def carry_out(work: Callable[[Deployment, Mapping[str, str | Secret]], None], report: Report) -> None:
                operation = Deployment(
                    stack=self.name,
                    project=self.project.name,
                    snapshot=snapshot,
                    registry=registry,
                    report=report,
                    config=config,
                    targets=limits.targets,
                    target_dependents=limits.target_dependents,
                    replace=limits.replace,
                    parallel=limits.parallel or self._parallel,
                    now=self._now,
                )
                stack.callback(operation.close)
                report.abandoned = not interruptions.during(
                    lambda: work(operation, config), interrupt=operation.interrupt, cancel=operation.cancel
                )
                if not report.abandoned:
                    operation.finish()

            if limits.refresh:
                before = Report(op="refresh", dry_run=dry_run, listener=listener)
                carry_out(lambda operation, _: operation.refresh(), before)
                report.take_over(before)
            if report.ok:
                carry_out(work, report)
            warn_of_made_up(report, made_up)
            check_clouds(clouds)
        report.seconds = time.monotonic() - started
        return report

    def _warn_of_interrupted(self, report: Report, limits: Limits) -> None:
        """Report a killed run's pending operations once, and its creates at each refresh that can't settle them."""
        if report.op == "refresh" or limits.refresh:
            open_ = [op for op in self._state.interrupted() if op["type"] == "creating"]
            what = f"creates that were cut off are still open: {len(open_)}"
            remedy = (
                "Nobody knows whether they were done. Look at the cloud; `rehearse refresh --clear-pending-creates` "
                "forgets them."
            )
            if limits.forget_creates:
                return
        else:
            open_ = self._state.newly_interrupted()
            what = f"the last run was killed with {len(open_)} operations under way"
            remedy = (
                "Nobody knows whether they were done. Look at the cloud; `rehearse refresh` then brings the state up "
                "to date, and `rehearse refresh --clear-pending-creates` forgets what was being created."
            )
        if open_:
            lines = "".join(f"  * {op['resource']['urn']}, interrupted while {op['type']}\n" for op in open_)
            report.say("warning", f"{what}:\n{lines}{remedy}")

    def _models(self, cloud: Cloud, naming: list[NamingCloud], report: Report) -> Iterator[tuple[str, ProviderFactory]]:
        """Yield the models of a cloud, with a fallback for missing references if unmodelled types are made up."""
        for pattern, make in cloud.providers().items():
            if self._makes_up and getattr(make, "falls_back", False):
                yield pattern, functools.partial(_falling_back, make, naming, lambda text: report.say("warning", text))
            else:
                yield pattern, make

    def _fallback(self, naming: list[NamingCloud], made_up: set[str]) -> list[tuple[str, ProviderFactory]]:
        """Return the models for unmodelled types; each type that the program uses is added to `made_up`."""
        if not self._makes_up:
            return []
        return [("*", lambda: MadeUpProvider(naming, made_up.add))]

    @contextlib.contextmanager
    def _running_clouds(self, config: Mapping[str, str | Secret]) -> Iterator[list[Cloud]]:
        plain = {k: v.value if isinstance(v, Secret) else v for k, v in config.items()}
        with contextlib.ExitStack() as stack:
            clouds = []
            # Import a cloud only if an operation uses it.
            for factory in installed_clouds() if self._factories is None else self._factories:
                cloud = factory(self._cloud_folder, plain)
                stack.callback(cloud.close)
                stack.enter_context(_environment(cloud.environment()))
                clouds.append(cloud)
            yield clouds


def check_clouds(clouds: Iterable[Cloud]) -> None:
    """Raise StateError for a cloud that has failed: errors of its resources follow from that."""
    for cloud in clouds:
        failure = getattr(cloud, "failure", "")
        if failure:
            raise StateError(failure)


def _needs_dynamic(snapshot: Snapshot) -> bool:
    """Whether an operation will call dynamic providers; the first one is assumed to."""
    states = snapshot.resources()
    return not states or any(state.type.startswith(f"{DYNAMIC}:") for state in states)


def _makes_up(unmodelled: str | None) -> bool:
    if unmodelled == "echo":
        warnings.warn('unmodelled="echo" is now called unmodelled="made-up"', DeprecationWarning, stacklevel=3)
    elif unmodelled not in {None, "made-up", "refuse"}:
        raise ValueError(f'unmodelled: expected "made-up" or "refuse", got {unmodelled!r}')
    return unmodelled in {"made-up", "echo"}


def _falling_back(make: ProviderFactory, naming: list[NamingCloud], tell: Callable[[str], None]) -> Provider:
    return FallbackProvider(make(), MadeUpProvider(naming), tell)


def warn_of_made_up(report: Report, types: Collection[str]) -> None:
    """Warn of the unmodelled types whose outputs are made up."""
    if types and report.op in {"preview", "up"}:
        report.say(
            "warning",
            f"nobody models {', '.join(sorted(types))}: such resources are nowhere, and their outputs are made up",
        )


@contextlib.contextmanager
def _environment(changes: Mapping[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in changes}
    _set_environment(changes)
    try:
        yield
    finally:
        _set_environment(before)


def _set_environment(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
