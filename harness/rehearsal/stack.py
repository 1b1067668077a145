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

    `program` is by default the project's own. If `state` or `cloud_folder` is None, state or cloud are in memory: the
    state as long as this object exists, the cloud during one operation or in a block ``with Stack(…) as stack``. In
    such a block, processes of dynamic providers also start faster, because they are forked.

    `providers` maps patterns to providers, which take precedence over those of installed packages and clouds.
    `unmodelled` says what to do about types without a provider: "refuse" them (the default), or return "made-up"
    outputs without creating anything. `stack_references` maps names in stack references to outputs, in addition to
    stacks whose states are in the same folder. `given_outputs` maps types and functions that are not run, such as
    commands and remote components, to outputs.

    If `provider_process` is False, dynamic providers run in this process, so that breakpoints and coverage work. At the
    first of the `signals` an operation lets running steps finish, at the second it cancels them. Signals that are
    ignored, or already have a handler, are not changed. `remedy` is the advice in the error for an unmodelled type.
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
        # Resolve paths now, because the working directory changes while a program runs.
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
            # Kept only if entering succeeds, because `__exit__` is not called otherwise.
            self._held.enter_context(held.pop_all())
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._clouds = None
        self._held.close()

    @property
    def program_directory(self) -> Path:
        """The working directory of the program and its dynamic providers, from which they import their modules."""
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

        `targets` are the URNs to change (empty: all). With `target_dependents` their dependents are changed too.
        `replace` are the URNs to replace even if their diff does not require it. `refresh` first updates the state to
        match the resources. `parallel` is the number of parallel steps for this operation.
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

        `clear_pending_creates` forgets the pending creates of killed runs. Check first which resources they have
        created. With `preview_only` the state does not change.
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
        """Return the deployment as ``pulumi stack export`` does. Without a passphrase, secrets are in plaintext."""
        return self._state.export(show_secrets=show_secrets)

    def crash_providers(self) -> bool:
        """Kill the dynamic providers that are executing a call of the running operation; False if there is none."""
        registry = self._registry
        return registry is not None and registry.crash()

    def import_deployment(
        self, text: str, what: str = "the deployment", warn: Callable[[str], None] = lambda _: None
    ) -> int:
        """Replace this stack's state by a deployment; return the number of its resources.

        `text` comes from ``pulumi stack export``. If its secrets are encrypted, the passphrase must be set. Errors call
        it `what`. Pending operations are removed, as by ``pulumi stack import``. The resources are created in the
        clouds, if their types are modelled. `warn` is called for each pending operation, for resources that were not
        created, and if secrets are now in files in plaintext. The result does not count provider resources.

        :raises StateError: if it is the state of another stack, or contains something that rehearsal does not support.
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
                # Take the decrypted config from the new state, because the previous state may be damaged.
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
        """Return the state file (None: in memory), and how secrets are stored in it without a passphrase."""
        return self._state.path, "in plaintext"

    def _warn_of_secrets(self, states: Iterable[ResourceState], warn: Callable[[str], None]) -> None:
        """Warn if secrets of an imported state are now in files."""
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
        """Return the config from the state, which has values in plaintext that are encrypted in the stack's file."""
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
            # Do not close providers that abandoned work may still be using.
            stack.callback(lambda: None if report.abandoned else registry.close())
            if _needs_dynamic(snapshot):
                registry.begin_dynamic()
            # After `Registry` has copied the environment for providers: the program may change its own environment.
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
        """Report the pending operations of a killed run once, and its pending creates at each refresh."""
        if report.op == "refresh" or limits.refresh:
            open_ = [op for op in self._state.interrupted() if op["type"] == "creating"]
            what = f"interrupted creates are still pending: {len(open_)}"
            remedy = (
                "It is unknown whether they were done. Look at the cloud; `rehearse refresh --clear-pending-creates` "
                "forgets them."
            )
            if limits.forget_creates:
                return
        else:
            open_ = self._state.newly_interrupted()
            what = f"the last run was killed with {len(open_)} pending operations"
            remedy = (
                "It is unknown whether they were done. Look at the cloud; `rehearse refresh` then brings the state up "
                "to date, and `rehearse refresh --clear-pending-creates` forgets the pending creates."
            )
        if open_:
            lines = "".join(f"  * {op['resource']['urn']}, interrupted while {op['type']}\n" for op in open_)
            report.say("warning", f"{what}:\n{lines}{remedy}")

    def _models(self, cloud: Cloud, naming: list[NamingCloud], report: Report) -> Iterator[tuple[str, ProviderFactory]]:
        """Yield the models of a cloud. If unmodelled types are made up, so are resources with missing references."""
        for pattern, make in cloud.providers().items():
            if self._makes_up and getattr(make, "falls_back", False):
                yield pattern, functools.partial(_falling_back, make, naming, lambda text: report.say("warning", text))
            else:
                yield pattern, make

    def _fallback(self, naming: list[NamingCloud], made_up: set[str]) -> list[tuple[str, ProviderFactory]]:
        """Return the model for unmodelled types. It adds each type that the program uses to `made_up`."""
        if not self._makes_up:
            return []
        return [("*", lambda: MadeUpProvider(naming, made_up.add))]

    @contextlib.contextmanager
    def _running_clouds(self, config: Mapping[str, str | Secret]) -> Iterator[list[Cloud]]:
        plain = {k: v.value if isinstance(v, Secret) else v for k, v in config.items()}
        with contextlib.ExitStack() as stack:
            clouds = []
            # Load installed clouds late, because importing one takes time.
            for factory in installed_clouds() if self._factories is None else self._factories:
                cloud = factory(self._cloud_folder, plain)
                stack.callback(cloud.close)
                stack.enter_context(_environment(cloud.environment()))
                clouds.append(cloud)
            yield clouds


def check_clouds(clouds: Iterable[Cloud]) -> None:
    """Raise StateError if a cloud has failed, which explains the errors of its resources."""
    for cloud in clouds:
        failure = getattr(cloud, "failure", "")
        if failure:
            raise StateError(failure)


def _needs_dynamic(snapshot: Snapshot) -> bool:
    """Whether the operation will probably call dynamic providers; True for the first operation of a stack."""
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
            f"no model for {', '.join(sorted(types))}: nothing is created, and their outputs are made up",
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
