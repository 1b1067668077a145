"""Opens the stack that the options name, and reports errors."""

from __future__ import annotations

import contextlib
import dataclasses
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

import typer

from rehearsal.cli.options import (
    Engine,
    OperationOptions,
    ProgramOptions,
    StackOptions,
    StateOptions,
    Unmodelled,
    UpOptions,
)
from rehearsal.cli.results import print_json
from rehearsal.config.given_config import config_from_environment, config_from_options
from rehearsal.config.outputs_file import read_outputs
from rehearsal.display.console import console_on, styled
from rehearsal.engine.events import Report
from rehearsal.engine.interruption import ENDING
from rehearsal.errors import ConfigError, RehearsalError, StateError
from rehearsal.other_stacks import read_stack_references
from rehearsal.project import Project, find_project
from rehearsal.stack import Stack
from rehearsal.state.private_files import FOLDER, why
from rehearsal.state.property_values import Secret

__all__ = ["opened"]

_GIVEN_FILE: Final = (
    "--given-outputs",
    'outputs by types, such as {"command:local:Command": {"stdout": "built"}}',
)


@contextlib.contextmanager
def opened(options: StateOptions, *, must_exist: bool = False) -> Iterator[Stack]:
    """Yield the stack. A RehearsalError, here or in the block, is printed, and ends the command with exit code 1."""
    as_json = isinstance(options, OperationOptions) and options.json
    try:
        config = config_from_options((isinstance(options, OperationOptions) and options.config) or ())
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--config") from None
    try:
        yield _stack_of(options, config, must_exist=must_exist)
    except OSError as error:
        if not error.filename:
            raise
        problem = RehearsalError(f"{error.filename} can't be used: {why(error)}; name another one")
    except RehearsalError as error:
        problem = error
    else:
        return
    console_on(stderr=True).print(styled(("error:", "bold red"), f" {problem}"))
    if as_json:
        print_json(_failure(problem))
    raise typer.Exit(1)


def _stack_of(options: StateOptions, config: Mapping[str, str | Secret], *, must_exist: bool) -> Stack:
    project = Project.load(find_project(options.cwd))
    parallel = None
    if isinstance(options, OperationOptions):
        parallel = options.parallel
        if options.config_file is not None:
            project = dataclasses.replace(project, config_file=options.config_file.absolute())
    folder = project.folder / FOLDER
    config = {**config_from_environment(os.environ), **config}
    if _engine_of(options) is Engine.PULUMI:
        stack = _pulumi_stack(project, options, folder, config, parallel)
    else:
        stack = _rehearsed_stack(project, options, folder, config, parallel)
    if must_exist and not stack.exists():
        raise StateError(_missing(options, folder))
    return stack


def _engine_of(options: StateOptions) -> Engine:
    return options.engine if isinstance(options, StackOptions) else Engine.REHEARSAL


def _rehearsed_stack(
    project: Project, options: StateOptions, folder: Path, config: Mapping[str, str | Secret], parallel: int | None
) -> Stack:
    name, state = options.stack, options.state
    references, given = _given_for_others(options)
    return Stack(
        project,
        name=name,
        state=state or folder / f"{name}.json",
        # A state at another path has its own cloud beside it.
        cloud_folder=(state.resolve().parent / FOLDER if state else folder) / "clouds" / name,
        config=config,
        parallel=parallel,
        signals=ENDING,
        unmodelled=_unmodelled(options),
        stack_references={k: v for path in references for k, v in read_stack_references(path).items()},
        given_outputs={k: v for path in given for k, v in read_outputs(path, *_GIVEN_FILE).items()},
        remedy="have its outputs made up (--unmodelled made-up), or run this program with the Pulumi CLI",
    )


def _pulumi_stack(
    project: Project, options: StateOptions, folder: Path, config: Mapping[str, str | Secret], parallel: int | None
) -> Stack:
    references, given = _given_for_others(options)
    if references:
        raise ConfigError("--stack-reference: the real engine asks its backend for other stacks; leave it out")
    if given:
        raise ConfigError("--given-outputs: the real engine asks its plugins; leave it out")
    if options.state is not None:
        raise StateError("--state: the real engine stores its states in its own folder; leave out --state or --engine")
    from rehearsal.real_engine.stack import PulumiStack  # noqa: PLC0415 - automation, which the other engine does not load

    home = folder / "pulumi" / options.stack
    return PulumiStack(
        project,
        folder=home,
        name=options.stack,
        cloud_folder=home / "cloud",
        config=config,
        parallel=parallel,
        signals=ENDING,
        unmodelled=_unmodelled(options),
    )


def _unmodelled(options: StateOptions) -> Literal["made-up", "refuse"]:
    """Return what to do about unmodelled types. Commands that run no program don't have the option."""
    return (options.unmodelled if isinstance(options, UpOptions) else Unmodelled.MADE_UP).value


def _given_for_others(options: StateOptions) -> tuple[list[Path], list[Path]]:
    """Return the files of --stack-reference and --given-outputs."""
    if not isinstance(options, ProgramOptions):
        return [], []
    return options.stack_reference or [], options.given_outputs or []


def _missing(options: StateOptions, folder: Path) -> str:
    if options.state is not None:
        return (
            f"--state: expected the state of a stack, got {options.state}, which does not exist; `rehearse up` makes it"
        )
    pulumi = _engine_of(options) is Engine.PULUMI
    there = ", ".join(sorted(path.stem for path in folder.glob("pulumi/*" if pulumi else "*.json")))
    known = f"there is {there}" if there else "there is none yet"
    return (
        f"no stack named {options.stack!r} in {folder.parent}; {known}: "
        "name one with --stack, or make it with `rehearse up`"
    )


def _failure(error: RehearsalError) -> Report:
    report = Report(op="")
    report.say("error", str(error))
    return report
