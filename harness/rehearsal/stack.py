"""A stack of a program, and the operations on it."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
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
from rehearsal.made_up.provider import MadeUpProvider
from rehearsal.other_stacks import OtherStacks
from rehearsal.program.isolation import program_directory, run_in
from rehearsal.program.runner import Program, run_program
from rehearsal.project import STACK_NAME, Project, quoted
from rehearsal.provider import Cloud, NamingCloud, ProviderFactory
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

__all__ = ["CloudFactory", "Limits", "Stack", "Unmodelled", "check_clouds", "installed_clouds"]

_REMEDY: Final = (
    'model it (providers=…), have its outputs made up (unmodelled="made-up"), or run this program with the Pulumi CLI'
)

Unmodelled = Literal["made-up", "refuse", "echo"]
"""What becomes of types that nobody models; "echo" is an older word for "made-up"."""

CloudFactory = Callable[[Path | None, Mapping[str, Any]], Cloud]


@dataclasses.dataclass(frozen=True, slots=True)
class Limits:
    """What an operation is to touch, and how."""

    targets: Collection[str] = ()
    replace: Collection[str] = ()
    refresh: bool = False
    parallel: int | None = None
    forget_creates: bool = False


def installed_clouds() -> list[CloudFactory]:
    """Return the clouds that installed packages offer (entry point group ``rehearsal.clouds``)."""
    return [entry.load() for entry in offers("rehearsal.clouds")]


class Stack:
    """A stack: one program, one config, one state.

    `program` defaults to the project's own. `state` and `cloud_folder` None keep state and cloud in memory: the state
    for as long as this object lives, the cloud for one operation or for as long as this object is entered (``with
    Stack(…) as stack``). `providers` serve types by pattern, before those that installed packages offer and those of
    the clouds. `unmodelled` says what becomes of types that none of them serves: "refuse", which is the default, or
    "made-up", resources that are nowhere and whose outputs are made up. `stack_references` are outputs of other
    stacks by the names that references have for them, besides those whose states are in the folder of this one.
    Without `provider_process` dynamic providers run in this process, where breakpoints and coverage reach them. At
    the first of the `signals` an operation finishes what is under way, at the second it cancels that; signals that
    are ignored or handled already are left alone. `remedy` is what the error for a type that nobody models advises.
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
        # The working directory is another while a program runs.
        self._keyring = Keyring(os.environ)
        encryption = Encryption(self._keyring, lambda: project.encryption_salt(name))
        self._state = StateFile(state.absolute() if state else None, encryption)
        self._cloud_folder = cloud_folder.absolute() if cloud_folder else None
        self._factories = None if clouds is None else list(clouds)
        self._providers = [*(providers or {}).items(), *installed_providers().items()]
        self._makes_up = _makes_up(unmodelled)
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
        self._clouds = self._held.enter_context(self._running_clouds(self._values(complete=False)))
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._clouds = None
        self._held.close()

    @property
    def program_directory(self) -> Path:
        """The working directory of program and dynamic providers, from which they import their modules."""
        folder = program_directory(self.project.main if callable(self._program) else self._program)
        return folder if folder.is_dir() else self.project.folder

    @property
    def clouds(self) -> list[Cloud]:
        """The clouds that the stack's resources live in, while the stack is entered."""
        return list(self._clouds or ())

    def run(self, program: Program) -> None:
        """Take another program from now on."""
        self._program = program

    def preview(
        self,
        *,
        targets: Collection[str] = (),
        replace: Collection[str] = (),
        refresh: bool = False,
        parallel: int | None = None,
        listener: Listener | None = None,
    ) -> Report:
        """Say what `up` would do, with the same arguments."""
        limits = Limits(targets, replace, refresh=refresh, parallel=parallel)
        return self._operate("preview", self._update, listener, limits, dry_run=True)

    def up(
        self,
        *,
        targets: Collection[str] = (),
        replace: Collection[str] = (),
        refresh: bool = False,
        parallel: int | None = None,
        listener: Listener | None = None,
    ) -> Report:
        """Make the resources as the program wants them.

        `targets` are the URNs to touch, all if empty; `replace` those to replace whatever has changed of them.
        `refresh` first makes the state as the resources are. `parallel` is how many proceed at once this time.
        """
        limits = Limits(targets, replace, refresh=refresh, parallel=parallel)
        return self._operate("up", self._update, listener, limits)

    def refresh(
        self,
        *,
        targets: Collection[str] = (),
        clear_pending_creates: bool = False,
        parallel: int | None = None,
        preview_only: bool = False,
        listener: Listener | None = None,
    ) -> Report:
        """Make the state as the resources are.

        `clear_pending_creates` forgets the creates that killed runs left open; look first for what they may have made.
        With `preview_only` the state stays as it is.
        """
        limits = Limits(targets, parallel=parallel, forget_creates=clear_pending_creates)
        return self._operate(
            "refresh", lambda operation, _: operation.refresh(), listener, limits, dry_run=preview_only
        )

    def destroy(
        self,
        *,
        targets: Collection[str] = (),
        refresh: bool = False,
        parallel: int | None = None,
        preview_only: bool = False,
        listener: Listener | None = None,
    ) -> Report:
        """Delete the resources; with `preview_only` say which."""
        limits = Limits(targets, refresh=refresh, parallel=parallel)
        return self._operate(
            "destroy", lambda operation, _: operation.destroy(), listener, limits, dry_run=preview_only
        )

    def values(self) -> dict[str, str | Secret]:
        """Return the config as the program gets it, by full keys.

        :raises ConfigError: as its operations do.
        """
        return self._values()

    def exists(self) -> bool:
        """Say whether the stack has a state, be it an empty one."""
        return self._state.exists()

    def export(self, *, show_secrets: bool = True) -> dict[str, Any]:
        """Return the deployment as ``pulumi stack export`` writes it; without a passphrase its secrets are shown."""
        return self._state.export(show_secrets=show_secrets)

    def crash_providers(self) -> bool:
        """Let the dynamic providers die that the operation under way has at work; False if there is none."""
        registry = self._registry
        return registry is not None and registry.crash()

    def import_deployment(
        self, text: str, what: str = "the deployment", warn: Callable[[str], None] = lambda _: None
    ) -> int:
        """Take a deployment for this stack's state, whatever that was; return how many resources it holds.

        It is what ``pulumi stack export`` writes; what is encrypted in it is so with the passphrase of this run.
        Errors call it `what`. Its pending operations are left out, as ``pulumi stack import`` leaves them out; `warn`
        is told of each. What it says is there is put into the clouds, as far as they model it; `warn` is told of the
        rest, and of secrets that are in plaintext in files from now on. Providers are not counted.

        :raises StateError: if it is not of this stack, or holds what rehearsal can't read or does not model.
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
                # What there was before may be damaged.
                config = self._values(complete=False, decrypted=lambda: config_of(states))
                clouds = stack.enter_context(self._running_clouds(config))
            missing = put_into(clouds, states)
            check_clouds(clouds)
        if missing:
            lines = "".join(f"  * {line}\n" for line in missing)
            warn(
                f"{len(missing)} resources are in the state, but in no cloud:\n{lines}"
                "The next refresh or up finds them missing, or fails at them."
            )
        self._warn_of_secrets(states, warn)
        return sum(not is_provider_type(state.type) for state in states)

    def _warn_of_secrets(self, states: Iterable[ResourceState], warn: Callable[[str], None]) -> None:
        """Tell that real secrets are in files from now on, if they are."""
        count = sum(contains_secret([state.inputs, state.outputs]) for state in states)
        if not count or self._state.path is None:
            return
        places = [str(self._state.path)] if self._keyring.passphrase is None else []
        places += [str(self._cloud_folder)] if self._cloud_folder and self._cloud_folder.exists() else []
        if places:
            remedy = f"; set {VARIABLE} to have the state's encrypted" if self._keyring.passphrase is None else ""
            warn(
                f"the secrets of {count} resources are in plaintext in {' and '.join(places)}{remedy}. Delete these "
                "when you are done."
            )

    def _values(
        self, *, complete: bool = True, decrypted: Callable[[], Mapping[str, Any]] | None = None
    ) -> dict[str, str | Secret]:
        return self.project.config(
            self.name, self.config, complete=complete, keyring=self._keyring, decrypted=decrypted or self._decrypted
        )

    def _decrypted(self) -> Mapping[str, Any]:
        """Return the config that the state was made with: where it comes from, what is encrypted here was known."""
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
            registry = Registry(
                models=[
                    *self._providers,
                    *(model for cloud in clouds for model in cloud.providers().items()),
                    *stack_reference_model(self._others).items(),
                    *local_models(self._now).items(),
                    *self._fallback(clouds, made_up),
                ],
                folder=self.program_directory,
                project=self.project.name,
                say=lambda line: report.say("info", line),
                dynamic=DynamicProvider if self._provider_process else InProcessProvider,
                remedy=self._remedy,
            )
            # What is still at work may hold a provider for as long as it likes.
            stack.callback(lambda: None if report.abandoned else registry.close())
            if _needs_dynamic(snapshot):
                registry.begin_dynamic()
            # After what providers have for an environment has been taken note of: a program's is its own.
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
            _warn_of_made_up(report, made_up)
            check_clouds(clouds)
        report.seconds = time.monotonic() - started
        return report

    def _warn_of_interrupted(self, report: Report, limits: Limits) -> None:
        """Tell once of what a killed run left open, and at every refresh of the creates that it can't settle."""
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

    def _fallback(self, clouds: Iterable[Cloud], made_up: set[str]) -> list[tuple[str, ProviderFactory]]:
        """Return who serves the types that nobody models; each is added to `made_up` when the program has it."""
        if not self._makes_up:
            return []
        naming = [cloud for cloud in clouds if isinstance(cloud, NamingCloud)]
        return [("*", lambda: MadeUpProvider(naming, made_up.add))]

    @contextlib.contextmanager
    def _running_clouds(self, config: Mapping[str, str | Secret]) -> Iterator[list[Cloud]]:
        plain = {k: v.value if isinstance(v, Secret) else v for k, v in config.items()}
        with contextlib.ExitStack() as stack:
            clouds = []
            # What no operation needs is not imported.
            for factory in installed_clouds() if self._factories is None else self._factories:
                cloud = factory(self._cloud_folder, plain)
                stack.callback(cloud.close)
                stack.enter_context(_environment(cloud.environment()))
                clouds.append(cloud)
            yield clouds


def check_clouds(clouds: Iterable[Cloud]) -> None:
    """Raise StateError for a cloud that can't go on: what is said of its resources follows from that."""
    for cloud in clouds:
        failure = getattr(cloud, "failure", "")
        if failure:
            raise StateError(failure)


def _needs_dynamic(snapshot: Snapshot) -> bool:
    """Say whether an operation will call dynamic providers; of a first one that is assumed."""
    states = snapshot.resources()
    return not states or any(state.type.startswith(f"{DYNAMIC}:") for state in states)


def _makes_up(unmodelled: str | None) -> bool:
    if unmodelled == "echo":
        warnings.warn('unmodelled="echo" is now called unmodelled="made-up"', DeprecationWarning, stacklevel=3)
    elif unmodelled not in {None, "made-up", "refuse"}:
        raise ValueError(f'unmodelled: expected "made-up" or "refuse", got {unmodelled!r}')
    return unmodelled in {"made-up", "echo"}


def _warn_of_made_up(report: Report, types: Collection[str]) -> None:
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
