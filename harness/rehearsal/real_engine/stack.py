"""A stack whose operations the real engine runs."""

from __future__ import annotations

import contextlib
import copy
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, Self

from pulumi import automation
from pulumi.automation.errors import CommandError

from rehearsal.engine.deployment import Deployment
from rehearsal.engine.events import Listener, Report
from rehearsal.engine.interruption import CANCELLED, INTERRUPTED, Interruptions
from rehearsal.errors import StateError
from rehearsal.local_providers.catalog import local_models
from rehearsal.made_up.absent_outputs import known_in_previews
from rehearsal.made_up.provider import MadeUpProvider
from rehearsal.paths import exists
from rehearsal.program.body import pickle_as_it_was
from rehearsal.program.isolation import run_in
from rehearsal.program.start import Program
from rehearsal.provider import NamingCloud
from rehearsal.providers.harness_work import muted
from rehearsal.real_engine import automation_servers
from rehearsal.real_engine.event_recorder import EventRecorder
from rehearsal.real_engine.inline_program import InlineProgram
from rehearsal.real_engine.plugins import SOCKET, Models, installed_packages, packages_of, serving
from rehearsal.real_engine.workspace import Workspace, error_text, state_file
from rehearsal.stack import Limits, Stack, check_clouds, warn_of_made_up
from rehearsal.state.deployment_format import read_deployment
from rehearsal.state.property_values import Secret, from_state
from rehearsal.state.urns import ROOT_TYPE

__all__ = ["PulumiStack"]

_EMPTY: Final = {"version": 3, "deployment": {"manifest": {}, "resources": []}}

automation_servers.guard()


class PulumiStack(Stack):
    """A stack of the real engine, with the operations and reports of `Stack`.

    If `folder` is None, all files are in a temporary folder, which is deleted at the end of the `with` block. The
    program runs in this process, against the engine's resource monitor. Dynamic providers run in their own process.
    Modelled types are served as plugins from this process. The patterns in `providers` must name packages, because the
    engine finds plugins by name. `provider_startup` is a Python file that the provider process runs before it serves.
    """

    def __init__(
        self, *arguments: Any, folder: Path | None = None, provider_startup: Path | None = None, **options: Any
    ) -> None:
        super().__init__(*arguments, **options)
        packages_of(self._providers)
        self._folder = folder
        self._startup = provider_startup
        self._workspace: Workspace | None = None
        self._automation: automation.Stack | None = None
        self._configured: dict[str, str | Secret] | None = None
        self._exported: dict[str, Any] | None = None
        self._recorder: EventRecorder | None = None

    def __enter__(self) -> Self:
        super().__enter__()
        self._held.callback(self._close)
        return self

    def exists(self) -> bool:
        """Whether the stack has a state, which may be empty."""
        folder = self._workspace.folder if self._workspace is not None else self._folder
        return folder is not None and exists(state_file(folder, self.project, self.name))

    def export(self, *, show_secrets: bool = True) -> dict[str, Any]:
        """Return the deployment as ``pulumi stack export`` writes it."""
        if not self.exists():
            return copy.deepcopy(_EMPTY)
        if not show_secrets:
            return self._open_workspace().encrypted(self.project, self.name)
        if self._exported is None:
            self._exported = self._open_workspace().deployment(self.project, self.name)
        return copy.deepcopy(self._exported)

    def import_deployment(
        self, text: str, what: str = "the deployment", warn: Callable[[str], None] = lambda _: None
    ) -> int:
        """Import a deployment as this stack's state, and create its resources in the clouds."""
        deployment = read_deployment(text, what)
        count = super().import_deployment(text, what, warn)
        given = {k: v for k, v in deployment.items() if k != "pending_operations"}
        workspace = self._open_workspace()
        self._exported = None
        try:
            with (
                workspace.locked(),
                workspace.import_file({"version": json.loads(text)["version"], "deployment": given}) as file,
            ):
                # Not `import_stack`: if the CLI fails, it leaves a file with all secrets in the temporary folder.
                self._automation_stack().workspace._run_pulumi_cmd_sync(  # type: ignore[attr-defined]  # noqa: SLF001
                    ["stack", "import", "--file", str(file), "--stack", self.name]
                )
        except CommandError as error:
            raise StateError(f"{what} can't be imported: {error_text(error)}") from None
        return count

    def _kept_in(self) -> tuple[Path | None, str]:
        return self._folder, "in plaintext, or encrypted with a passphrase that everybody knows,"

    def crash_providers(self) -> bool:
        """Kill the dynamic providers of the running operation; return False if there is none."""
        if self._workspace is None or self._recorder is None:
            return False
        self._recorder.provider_killed = True
        return self._workspace.kill_dynamic_providers()

    def _operate(
        self,
        name: str,
        work: Callable[[Deployment, Mapping[str, str | Secret]], None],
        listener: Listener | None,
        limits: Limits,
        *,
        dry_run: bool = False,
    ) -> Report:
        del work  # of rehearsal's own engine
        report = Report(op=name, dry_run=dry_run, listener=listener)
        started = time.monotonic()
        config = self._values(complete=name in ("preview", "up"))
        interruptions = Interruptions(self._signals)
        recorder = self._recorder = EventRecorder(report)
        report.old_outputs = self._outputs()
        with contextlib.ExitStack() as stack:
            stack.enter_context(interruptions.taken())
            workspace = self._open_workspace()
            stack.enter_context(workspace.locked())
            clouds = self._clouds
            if clouds is None:
                clouds = stack.enter_context(self._running_clouds(config))
                if self._folder is None:
                    stack.callback(self._close)
            made_up: set[str] = set()
            naming = [cloud for cloud in clouds if isinstance(cloud, NamingCloud)]
            models = [
                *self._providers,
                *(model for cloud in clouds for model in self._models(cloud, naming, report)),
                *local_models(self._now).items(),
                *self._made_up(naming, made_up),
            ]
            opened = self._automation_stack()
            workspace.write_launchers(models)
            self._configure(config)
            stack.enter_context(muted())
            socket = stack.enter_context(serving(models))
            opened.workspace.env_vars = {**opened.workspace.env_vars, SOCKET: str(socket)}
            stack.callback(workspace.forget_processes)
            workspace.remove_stale_locks(self.project, self.name)
            if name in ("preview", "up"):
                stack.enter_context(pickle_as_it_was())
                stack.enter_context(known_in_previews())
                stack.enter_context(run_in(self.program_directory))
            failures: list[str | None] = []

            def carry_out() -> None:
                arguments = _arguments(name, limits, dry_run=dry_run)
                failures.append(_run_automation(opened, name, arguments, self._program, recorder))

            def pass_on(what_it_does: str) -> None:
                report.interrupted = True
                report.say("error", what_it_does)
                workspace.interrupt()

            report.abandoned = not interruptions.during(
                carry_out, interrupt=lambda: pass_on(INTERRUPTED), cancel=lambda: pass_on(CANCELLED)
            )
            self._recorder = None
            if not dry_run:
                self._exported = None
            recorder.finish(failures[0] if failures else INTERRUPTED)
            if not dry_run:
                report.outputs = self._outputs()
            warn_of_made_up(report, made_up)
            check_clouds(clouds)
        report.seconds = time.monotonic() - started
        return report

    def _made_up(self, naming: list[NamingCloud], made_up: set[str]) -> Models:
        """Return models for unmodelled types, one for each package, because the engine finds plugins by name."""
        if not self._makes_up:
            return []
        packages = sorted(installed_packages())
        return [(f"{package}:*", lambda: MadeUpProvider(naming, made_up.add, marks=True)) for package in packages]

    def _automation_stack(self) -> automation.Stack:
        if self._automation is None:
            self._automation = self._open_workspace().open(self.project, self.name, self.program_directory)
        return self._automation

    def _open_workspace(self) -> Workspace:
        if self._workspace is None:
            self._workspace = Workspace(self._folder, self._startup)
        return self._workspace

    def _configure(self, config: Mapping[str, str | Secret]) -> None:
        if config != self._configured:
            self._open_workspace().configure(self.name, config)
            self._configured = dict(config)

    def _outputs(self) -> dict[str, Any]:
        resources = self.export()["deployment"].get("resources") or []
        root: Mapping[str, Any] = next((r for r in resources if r["type"] == ROOT_TYPE), {})
        return {key: from_state(value) for key, value in (root.get("outputs") or {}).items()}

    def _close(self) -> None:
        if self._workspace is not None:
            self._workspace.close()
        self._workspace = self._automation = None
        self._configured = None


def _arguments(name: str, limits: Limits, *, dry_run: bool) -> dict[str, Any]:
    arguments: dict[str, Any] = {"parallel": limits.parallel}
    if limits.targets:
        arguments["target"] = list(limits.targets)
        arguments["target_dependents"] = limits.target_dependents
    if limits.replace:
        arguments["replace"] = list(limits.replace)
    if limits.refresh:
        arguments["refresh"] = True
    if limits.forget_creates:
        arguments["clear_pending_creates"] = True
    if dry_run and name != "preview":
        arguments["preview_only"] = True
    return arguments


def _run_automation(
    opened: automation.Stack, name: str, arguments: Mapping[str, Any], program: Program, recorder: EventRecorder
) -> str | None:
    """Run an operation; return the error, or None if it succeeded."""
    inline = InlineProgram(program)
    given = {"program": inline} if name in ("preview", "up") else {}
    try:
        getattr(opened, name)(on_event=recorder, **arguments, **given)
    except CommandError as error:
        return error_text(error)
    except RuntimeError as error:  # a preview without a summary
        return str(error)
    finally:
        inline.end()
    return None
