"""The options of the commands, including those that several commands share."""

from __future__ import annotations

import dataclasses
import enum
import re
from pathlib import Path
from typing import Annotated

import typer

__all__ = [
    "DestroyOptions",
    "Engine",
    "OperationOptions",
    "ProgramOptions",
    "RefreshOptions",
    "ShowSecrets",
    "SkipPreview",
    "StackOptions",
    "StateOptions",
    "Unmodelled",
    "UpOptions",
    "Yes",
]


def _count(text: str) -> int:
    """Parse a number. The error does not quote `text`, as the errors of click's own types would."""
    if not re.fullmatch("[1-9][0-9]{0,3}", text):
        raise typer.BadParameter("expected a whole number from 1 to 9999")
    return int(text)


class Engine(enum.StrEnum):
    """The engine that runs the stack."""

    REHEARSAL = "rehearsal"
    PULUMI = "pulumi"


class Unmodelled(enum.StrEnum):
    """What to do about unmodelled types."""

    MADE_UP = "made-up"
    REFUSE = "refuse"


Target = Annotated[
    list[str] | None,
    typer.Option(
        "--target", "-t", metavar="URN", help="Change only this resource (* and ** match any); repeat it for more."
    ),
]
TargetDependents = Annotated[bool, typer.Option("--target-dependents", help="Change what depends on the targets, too.")]
Replace = Annotated[
    list[str] | None,
    typer.Option("--replace", metavar="URN", help="Replace this resource (* and ** match any); repeat it for more."),
]
ClearPendingCreates = Annotated[
    bool,
    typer.Option("--clear-pending-creates", help="Forget the pending creates of killed runs."),
]
Diff = Annotated[bool, typer.Option("--diff", help="Show the properties that change, with their values.")]
Refresh = Annotated[bool, typer.Option("--refresh", "-r", help="First update the state to match the resources.")]
ShowSecrets = Annotated[bool, typer.Option("--show-secrets", help="Print secrets in plaintext.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Accepted as in Pulumi; there is no prompt.")]
PreviewOnly = Annotated[bool, typer.Option("--preview-only", help="Show what it would do, and do nothing.")]
SkipPreview = Annotated[
    bool, typer.Option("--skip-preview", "-f", help="Accepted as in Pulumi; there is no preview before.")
]


@dataclasses.dataclass(frozen=True)
class StateOptions:
    """Options that name a stack and its state."""

    cwd: Annotated[
        Path, typer.Option("--cwd", "-C", metavar="DIR", help="The project's folder (with Pulumi.yaml), or one in it.")
    ] = Path()
    stack: Annotated[
        str, typer.Option("--stack", "-s", metavar="NAME", help="The stack; Pulumi.NAME.yaml holds its config.")
    ] = "dev"
    state: Annotated[
        Path | None,
        typer.Option("--state", metavar="FILE", help="The file of the state.  [default: .rehearsal/NAME.json]"),
    ] = None


@dataclasses.dataclass(frozen=True)
class StackOptions(StateOptions):
    """Options that name a stack of either engine."""

    engine: Annotated[
        Engine,
        typer.Option(
            "--engine",
            help="rehearsal's own engine, or pulumi: the Pulumi CLI on PATH, with its own state.",
        ),
    ] = Engine.REHEARSAL


@dataclasses.dataclass(frozen=True)
class OperationOptions(StackOptions):
    """Options of every operation."""

    config: Annotated[
        list[str] | None,
        typer.Option(
            "--config",
            "-c",
            metavar="K=V",
            help="A config value, not a secret: other users see it; repeat it for more.",
        ),
    ] = None
    config_file: Annotated[
        Path | None,
        typer.Option("--config-file", metavar="FILE", help="Read the config from here instead of Pulumi.NAME.yaml."),
    ] = None
    parallel: Annotated[
        int | None,
        typer.Option(
            "--parallel", "-p", parser=_count, metavar="N", help="The number of resources to process in parallel."
        ),
    ] = None
    json: Annotated[bool, typer.Option("--json", "-j", help="Print one JSON object and nothing else.")] = False


@dataclasses.dataclass(frozen=True)
class ProgramOptions(OperationOptions):
    """Options of operations that run the program: outputs of stacks and resources that are not run."""

    stack_reference: Annotated[
        list[Path] | None,
        typer.Option(
            "--stack-reference",
            metavar="FILE",
            help="Outputs of referenced stacks, as JSON or YAML; repeatable.",
        ),
    ] = None
    given_outputs: Annotated[
        list[Path] | None,
        typer.Option(
            "--given-outputs",
            metavar="FILE",
            help="Outputs of types that are not run, such as command:local:Command, as JSON or YAML; repeatable.",
        ),
    ] = None


@dataclasses.dataclass(frozen=True)
class UpOptions(ProgramOptions):
    """Options of `preview` and `up`."""

    target: Target = None
    target_dependents: TargetDependents = False
    replace: Replace = None
    refresh: Refresh = False
    diff: Diff = False
    unmodelled: Annotated[
        Unmodelled, typer.Option("--unmodelled", help="For types without a model: make up their outputs, or fail.")
    ] = Unmodelled.MADE_UP


@dataclasses.dataclass(frozen=True)
class _OptionsOnState:
    """Options of the operations on a state that exists."""

    target: Target = None
    target_dependents: TargetDependents = False
    preview_only: PreviewOnly = False
    yes: Yes = False
    skip_preview: SkipPreview = False


@dataclasses.dataclass(frozen=True)
class RefreshOptions(_OptionsOnState, ProgramOptions):
    """Options of `refresh`."""

    clear_pending_creates: ClearPendingCreates = False


@dataclasses.dataclass(frozen=True)
class DestroyOptions(_OptionsOnState, OperationOptions):
    """Options of `destroy`."""

    refresh: Refresh = False
