"""A stack in a test: the operations of ``pulumi.automation.Stack``, with checks."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Callable, Collection, Sequence
from typing import Any, TextIO, TypeVar, Unpack

from rehearsal.display.console import Console
from rehearsal.display.display import Display
from rehearsal.engine.events import Report
from rehearsal.program.runner import Program
from rehearsal.provider import ObservableCloud
from rehearsal.stack import Stack
from rehearsal.state.property_values import Secret
from rehearsal.testing.applies import Applies
from rehearsal.testing.checks import CheckFailed, Checks
from rehearsal.testing.events import Events
from rehearsal.testing.listening import DeferredErrors, Lines, Listeners, listening
from rehearsal.testing.options import (
    DestroyOptions,
    Options,
    PreviewOptions,
    RefreshOptions,
    UpOptions,
    urns,
)
from rehearsal.testing.results import (
    DestroyResult,
    OperationFailed,
    Outcome,
    PreviewResult,
    RefreshResult,
    UpResult,
    result_of,
)
from rehearsal.testing.stack_checks import OFF, check_pickles, check_preview, check_secrets
from rehearsal.testing.stack_state import WithState

__all__ = ["RehearsedStack", "the_only"]

_R = TypeVar("_R", bound=Outcome)


class RehearsedStack(WithState):
    """One stack of one program. An operation that fails raises `OperationFailed`; a check that fails, `CheckFailed`.

    Keyword arguments are those of the Automation API: `target` and `replace` are lists of URNs. An argument that asks
    for something that rehearsal does not support is a ValueError; an unknown argument is a TypeError.
    """

    def __init__(self, stack: Stack, checks: Checks, clouds: Callable[[], Sequence[Any]]) -> None:
        self.checks = checks
        self._stack = stack
        self._clouds = clouds
        self._held = contextlib.ExitStack()
        self.has_run = False
        self._applies = Applies()
        self._version = 0

    @property
    def name(self) -> str:
        """The stack's name."""
        return self._stack.name

    @property
    def cloud(self) -> Any:
        """The cloud of the stack's resources; the only one.

        :raises LookupError: if no installed package offers one, or several do.
        """
        return the_only(self.clouds)

    @property
    def clouds(self) -> list[Any]:
        """The clouds of the stack's resources."""
        return list(self._clouds())

    @property
    def faults(self) -> Any:
        """The faults of the stack's cloud."""
        return self.cloud.faults

    # Operations

    def preview(
        self,
        *,
        target: Collection[str] | None = None,
        replace: Collection[str] | None = None,
        refresh: bool | None = None,
        expect_no_changes: bool | None = None,
        program: Program | None = None,
        **options: Unpack[PreviewOptions],
    ) -> PreviewResult:
        """Preview `up`."""
        __tracebackhide__ = True
        read = Options.read("preview", PreviewOptions, options, ("target", "replace", "refresh"))
        limits = {"targets": urns("target", target), "replace": urns("replace", replace), "refresh": bool(refresh)}
        self._replace_program(program)
        result = self._operate("preview", PreviewResult, read, **limits)
        return self._without_changes(result) if expect_no_changes else result

    def up(
        self,
        *,
        target: Collection[str] | None = None,
        replace: Collection[str] | None = None,
        refresh: bool | None = None,
        expect_no_changes: bool | None = None,
        program: Program | None = None,
        **options: Unpack[UpOptions],
    ) -> UpResult:
        """Create and update the resources that the program declares; `program` replaces the stack's program.

        `refresh` first updates the state to match the resources.
        """
        __tracebackhide__ = True
        read = Options.read("up", UpOptions, options, ("target", "replace", "refresh"))
        limits = {"targets": urns("target", target), "replace": urns("replace", replace), "refresh": bool(refresh)}
        self._replace_program(program)
        result = self._operate("up", UpResult, read, **limits)
        if not target:
            self._applies.had_to_run()
            if self.checks.preview:
                self._check_preview()
        if self.checks.pickle:
            check_pickles(self.resources(), self._stack.program_directory)
        return self._without_changes(result) if expect_no_changes else result

    def refresh(
        self,
        *,
        target: Collection[str] | None = None,
        clear_pending_creates: bool | None = None,
        expect_no_changes: bool | None = None,
        program: Program | None = None,
        **options: Unpack[RefreshOptions],
    ) -> RefreshResult:
        """Update the state to match the resources."""
        __tracebackhide__ = True
        read = Options.read("refresh", RefreshOptions, options, ("target", "clear_pending_creates"))
        limits = {"targets": urns("target", target), "clear_pending_creates": bool(clear_pending_creates)}
        self._replace_program(program)
        result = self._operate("refresh", RefreshResult, read, **limits)
        return self._without_changes(result) if expect_no_changes else result

    def preview_refresh(
        self,
        *,
        target: Collection[str] | None = None,
        expect_no_changes: bool | None = None,
        program: Program | None = None,
        **options: Unpack[RefreshOptions],
    ) -> PreviewResult:
        """Preview `refresh`."""
        __tracebackhide__ = True
        read = Options.read("refresh", RefreshOptions, options, ("target",))
        self._replace_program(program)
        result = self._operate("refresh", PreviewResult, read, targets=urns("target", target), preview_only=True)
        return self._without_changes(result) if expect_no_changes else result

    def destroy(
        self,
        *,
        target: Collection[str] | None = None,
        refresh: bool | None = None,
        program: Program | None = None,
        **options: Unpack[DestroyOptions],
    ) -> DestroyResult:
        """Delete the resources."""
        __tracebackhide__ = True
        read = Options.read("destroy", DestroyOptions, options, ("target", "refresh"))
        self._replace_program(program)
        return self._operate("destroy", DestroyResult, read, targets=urns("target", target), refresh=bool(refresh))

    def preview_destroy(
        self,
        *,
        target: Collection[str] | None = None,
        refresh: bool | None = None,
        program: Program | None = None,
        **options: Unpack[DestroyOptions],
    ) -> PreviewResult:
        """Preview `destroy`."""
        __tracebackhide__ = True
        read = Options.read("destroy", DestroyOptions, options, ("target", "refresh"))
        limits = {"targets": urns("target", target), "refresh": bool(refresh), "preview_only": True}
        self._replace_program(program)
        return self._operate("destroy", PreviewResult, read, **limits)

    # The end

    def crash_providers(self) -> bool:
        """Kill the dynamic providers that are executing a call; return False if there is none."""
        return self._stack.crash_providers()

    def finish(self) -> list[str]:
        """Destroy the remaining resources, unless that check is off; return the problems at the end of the test."""
        problems = []
        if self.checks.asserts:
            problems += [
                f"the assertion in the callback at {place} never ran: its value was never known, or what it was "
                f"applied to failed {OFF.format('asserts')}"
                for place in self._applies.never_ran()
            ]
        if self.checks.destroy and self.resources():
            try:
                self.destroy()
            except (CheckFailed, OperationFailed) as error:
                problems.append(f"{error}\n{OFF.format('destroy')}")
            left = [state.urn for state in self.resources()]
            if left and not problems:
                problems.append("\n  ".join(["after destroy there is left in the state:", *left]))
        return problems

    def close(self) -> None:
        """Close the clouds."""
        self._held.close()

    def _operate(self, op: str, kind: type[_R], options: Options | None = None, **arguments: Any) -> _R:
        __tracebackhide__ = True
        self._enter()
        options = options or Options()
        observed = self._observed()
        before = [len(cloud.calls) for cloud in observed]
        started = dt.datetime.now(dt.UTC)
        planned = op == "preview" or bool(arguments.get("preview_only"))
        on_output, on_event = DeferredErrors(options.on_output), DeferredErrors(options.on_event)
        shown, events = Lines(on_output), Events(on_event, planning=planned)
        display = self._display(op, shown, options, planned=planned)
        events.begin(self._config())
        with listening() as captured, self._applies.watched():
            listener = Listeners(display, events)
            report: Report = getattr(self._stack, op)(
                listener=listener,
                parallel=options.parallel,
                target_dependents=options.target_dependents,
                **arguments,
            )
        display.finish(report)
        events.finish(report)
        calls = [c for cloud, n in zip(observed, before, strict=True) for c in list(cloud.calls)[n:]]
        self._version += not report.dry_run
        if report.interrupted:
            raise KeyboardInterrupt
        result = result_of(
            report,
            shown.getvalue(),
            calls,
            self._config(),
            started,
            self._version,
            message=options.message,
            show_secrets=options.show_secrets,
        )
        failure = None if report.ok else OperationFailed(result)
        if self.checks.secrets:
            check_secrets(result, "".join(captured), failure, self._stack.export(), self._config(), observed)
        if failure is not None:
            raise failure
        on_output.raise_error()
        on_event.raise_error()
        if not isinstance(result, kind):
            raise TypeError(f"a {op} returned a {type(result).__name__}")
        return result

    def _display(self, op: str, shown: TextIO, options: Options, *, planned: bool) -> Display:
        coloured = options.coloured
        console = Console(
            file=shown,
            highlight=False,
            soft_wrap=True,
            emoji=False,
            force_terminal=coloured,
            color_system="standard" if coloured else None,
            width=120,
        )
        outputs = not options.suppress_outputs
        return Display(console, self.name, op, details=options.diff, planned=planned, live=False, outputs=outputs)

    def _enter(self) -> None:
        if not self.has_run:
            self._held.enter_context(self._stack)
            self.has_run = True

    def _observed(self) -> list[ObservableCloud]:
        return [cloud for cloud in self.clouds if isinstance(cloud, ObservableCloud)]

    def _kept(self) -> Stack:
        return self._stack

    def _config(self) -> dict[str, str | Secret]:
        return self._stack.values()

    def _replace_program(self, program: Program | None) -> None:
        if program is not None:
            self._stack.run(program)

    def _without_changes(self, result: _R) -> _R:
        __tracebackhide__ = True
        result.has_no_changes()
        return result

    def _check_preview(self) -> None:
        __tracebackhide__ = True
        applies, self._applies = self._applies, Applies()
        try:
            preview = self._operate("preview", PreviewResult)
        except OperationFailed as error:
            raise CheckFailed(f"the preview after this up fails: {error}\n{OFF.format('preview')}") from None
        finally:
            self._applies = applies
        check_preview(preview, pickle=self.checks.pickle)


def the_only(clouds: Sequence[Any]) -> Any:
    """Return the only cloud.

    :raises LookupError: if there is none, or several.
    """
    if len(clouds) != 1:
        raise LookupError(f"expected one cloud, got {len(clouds)}: an installed package may offer one, see `clouds`")
    return clouds[0]
