"""The command line: operations on the stack of a project's folder, in a state and a cloud under ``.rehearsal/``."""

from __future__ import annotations

import contextlib
import dataclasses
import difflib
import enum
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperCommand, TyperGroup

from rehearsal.config.given_config import config_from_environment, config_from_options
from rehearsal.config.outputs_file import read_outputs
from rehearsal.display.console import console_on, styled
from rehearsal.display.display import Display
from rehearsal.display.streams import lasting_output
from rehearsal.engine.events import Report
from rehearsal.engine.interruption import ENDING
from rehearsal.errors import ConfigError, RehearsalError, StateError
from rehearsal.other_stacks import read_stack_references
from rehearsal.plugin_server.command import serve_plugin
from rehearsal.project import Project, find_project
from rehearsal.stack import Stack
from rehearsal.state.private_files import FOLDER, why
from rehearsal.state.property_values import Secret

__all__ = ["app"]

_DISTRIBUTION: Final = "pulumi-ivs-stream-key"
_LONGEST_SLIP: Final = 32
_GIVEN_FILE: Final = (
    "--given-outputs",
    'outputs by the types that have them, such as {"command:local:Command": {"stdout": "built"}}',
)


class _Engine(enum.StrEnum):
    REHEARSAL = "rehearsal"
    PULUMI = "pulumi"


class _Command(TyperCommand):
    """A command whose errors do not quote extra arguments: a secret is one if its --config is missing."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        ctx.allow_extra_args = True
        rest: list[str] = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            hint = "; config is given as --config K=V" if any(p.name == "config" for p in self.params) else ""
            ctx.fail(f"Got {len(rest)} unexpected extra argument{'s' if len(rest) > 1 else ''}{hint}.")
        return rest


class _Commands(TyperGroup):
    """A group whose errors do not quote an unknown command, for the same reason."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-") and not ctx.resilient_parsing:
            known = self.list_commands(ctx)
            close = difflib.get_close_matches(args[0][:_LONGEST_SLIP], known, n=1)
            ctx.fail(f"No such command. {f'Did you mean {close[0]}? ' if close else ''}Expected {', '.join(known)}.")
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="rehearse",
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # which has no types such as <bool> for what takes no value
    context_settings={"help_option_names": ["--help", "-h"]},
)


Cwd = Annotated[
    Path, typer.Option("--cwd", "-C", metavar="DIR", help="The project's folder (with Pulumi.yaml), or one in it.")
]
Name = Annotated[
    str, typer.Option("--stack", "-s", metavar="NAME", help="The stack; Pulumi.NAME.yaml holds its config.")
]
State = Annotated[
    Path | None,
    typer.Option("--state", metavar="FILE", help="The file of the state.  [default: .rehearsal/NAME.json]"),
]
Config = Annotated[
    list[str] | None,
    typer.Option(
        "--config", "-c", metavar="K=V", help="A config value, not a secret: other users see it; repeat it for more."
    ),
]
ConfigFile = Annotated[
    Path | None,
    typer.Option("--config-file", metavar="FILE", help="Read the config from here instead of Pulumi.NAME.yaml."),
]
Target = Annotated[
    list[str] | None,
    typer.Option(
        "--target", "-t", metavar="URN", help="Change only this resource (* and ** match any); repeat it for more."
    ),
]
Replace = Annotated[
    list[str] | None,
    typer.Option("--replace", metavar="URN", help="Replace this resource (* and ** match any); repeat it for more."),
]
ClearPendingCreates = Annotated[
    bool,
    typer.Option("--clear-pending-creates", help="Forget the pending creates of killed runs."),
]
Engine = Annotated[
    _Engine,
    typer.Option(
        "--engine", help="rehearsal's own, or pulumi: the real one, by the Pulumi CLI on PATH, on a state of its own."
    ),
]
Json = Annotated[bool, typer.Option("--json", "-j", help="Print one JSON object and nothing else.")]
Diff = Annotated[bool, typer.Option("--diff", help="Show the properties that change, with their values.")]
Refresh = Annotated[bool, typer.Option("--refresh", "-r", help="First update the state to match the resources.")]
ShowSecrets = Annotated[bool, typer.Option("--show-secrets", help="Print secrets in plaintext.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Accepted as in Pulumi; there is no prompt.")]
PreviewOnly = Annotated[bool, typer.Option("--preview-only", help="Show what it would do, and do nothing.")]
SkipPreview = Annotated[
    bool, typer.Option("--skip-preview", "-f", help="Accepted as in Pulumi; there is no preview before.")
]
Parallel = Annotated[
    int | None,
    typer.Option("--parallel", "-p", min=1, metavar="N", help="The number of resources to process in parallel."),
]


class Unmodelled(enum.StrEnum):
    """What to do about types that nobody models."""

    MADE_UP = "made-up"
    REFUSE = "refuse"


StackReferences = Annotated[
    list[Path] | None,
    typer.Option(
        "--stack-reference", metavar="FILE", help="Outputs of stacks that references name, as JSON or YAML; repeatable."
    ),
]
GivenOutputs = Annotated[
    list[Path] | None,
    typer.Option(
        "--given-outputs",
        metavar="FILE",
        help="Outputs of types that are not to be run, such as command:local:Command, as JSON or YAML; repeatable.",
    ),
]
UnmodelledTypes = Annotated[
    Unmodelled,
    typer.Option("--unmodelled", help="Types that nobody models: make up their outputs, or fail."),
]


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(metadata.version(_DISTRIBUTION))
        raise typer.Exit


@app.callback()
def rehearse(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Run a Pulumi Python program offline, on an embedded cloud. For tests and trying out; production uses Pulumi."""
    del version


@app.command(cls=_Command)
def preview(
    cwd: Cwd = Path(),
    stack: Name = "dev",
    state: State = None,
    config: Config = None,
    config_file: ConfigFile = None,
    target: Target = None,
    replace: Replace = None,
    refresh: Refresh = False,
    parallel: Parallel = None,
    engine: Engine = _Engine.REHEARSAL,
    json: Json = False,
    diff: Diff = False,
    unmodelled: UnmodelledTypes = Unmodelled.MADE_UP,
    stack_reference: StackReferences = None,
    given_outputs: GivenOutputs = None,
) -> None:
    """Show what `up` would do."""
    with _stack(
        cwd,
        stack,
        state,
        config,
        config_file,
        parallel,
        engine=engine,
        as_json=json,
        unmodelled=unmodelled,
        references=stack_reference,
        given=given_outputs,
    ) as opened:

        def operate(display: Display) -> Report:
            return opened.preview(listener=display, targets=target or (), replace=replace or (), refresh=refresh)

        _show("preview", opened, json, diff, operate)


@app.command(cls=_Command)
def up(
    cwd: Cwd = Path(),
    stack: Name = "dev",
    state: State = None,
    config: Config = None,
    config_file: ConfigFile = None,
    target: Target = None,
    replace: Replace = None,
    refresh: Refresh = False,
    parallel: Parallel = None,
    engine: Engine = _Engine.REHEARSAL,
    json: Json = False,
    diff: Diff = False,
    unmodelled: UnmodelledTypes = Unmodelled.MADE_UP,
    stack_reference: StackReferences = None,
    given_outputs: GivenOutputs = None,
    yes: Yes = False,
    skip_preview: SkipPreview = False,
) -> None:
    """Create and update the resources that the program declares."""
    del yes, skip_preview
    with _stack(
        cwd,
        stack,
        state,
        config,
        config_file,
        parallel,
        engine=engine,
        as_json=json,
        unmodelled=unmodelled,
        references=stack_reference,
        given=given_outputs,
    ) as opened:

        def operate(display: Display) -> Report:
            return opened.up(listener=display, targets=target or (), replace=replace or (), refresh=refresh)

        _show("up", opened, json, diff, operate)


@app.command(cls=_Command)
def refresh(
    cwd: Cwd = Path(),
    stack: Name = "dev",
    state: State = None,
    config: Config = None,
    config_file: ConfigFile = None,
    stack_reference: StackReferences = None,
    given_outputs: GivenOutputs = None,
    target: Target = None,
    clear_pending_creates: ClearPendingCreates = False,
    preview_only: PreviewOnly = False,
    parallel: Parallel = None,
    engine: Engine = _Engine.REHEARSAL,
    json: Json = False,
    yes: Yes = False,
    skip_preview: SkipPreview = False,
) -> None:
    """Update the state to match the resources."""
    del yes, skip_preview
    with _stack(
        cwd,
        stack,
        state,
        config,
        config_file,
        parallel,
        engine=engine,
        as_json=json,
        must_exist=True,
        references=stack_reference,
        given=given_outputs,
    ) as opened:

        def operate(display: Display) -> Report:
            return opened.refresh(
                listener=display,
                targets=target or (),
                clear_pending_creates=clear_pending_creates,
                preview_only=preview_only,
            )

        _show("refresh", opened, json, False, operate, planned=preview_only)


@app.command(cls=_Command)
def destroy(
    cwd: Cwd = Path(),
    stack: Name = "dev",
    state: State = None,
    config: Config = None,
    config_file: ConfigFile = None,
    target: Target = None,
    refresh: Refresh = False,
    preview_only: PreviewOnly = False,
    parallel: Parallel = None,
    engine: Engine = _Engine.REHEARSAL,
    json: Json = False,
    yes: Yes = False,
    skip_preview: SkipPreview = False,
) -> None:
    """Delete the resources."""
    del yes, skip_preview
    with _stack(
        cwd, stack, state, config, config_file, parallel, engine=engine, as_json=json, must_exist=True
    ) as opened:

        def operate(display: Display) -> Report:
            return opened.destroy(listener=display, targets=target or (), refresh=refresh, preview_only=preview_only)

        _show("destroy", opened, json, False, operate, planned=preview_only)


@app.command(cls=_Command)
def export(
    cwd: Cwd = Path(),
    stack: Name = "dev",
    state: State = None,
    show_secrets: ShowSecrets = False,
    engine: Engine = _Engine.REHEARSAL,
) -> None:
    """Print the state of the stack.

    It is a deployment as `pulumi stack export` prints it. Its secrets are encrypted if PULUMI_CONFIG_PASSPHRASE or
    PULUMI_CONFIG_PASSPHRASE_FILE is set; else they are in plaintext.
    """
    with _stack(cwd, stack, state, None, None, None, engine=engine, must_exist=True) as opened:
        sys.stdout.write(json.dumps(opened.export(show_secrets=show_secrets), indent=4) + "\n")


@app.command("import", cls=_Command)
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The deployment; - reads it from standard input.")],
    cwd: Cwd = Path(),
    stack: Name = "dev",
    state: State = None,
) -> None:
    """Replace the state of the stack by a deployment.

    The deployment comes from `pulumi stack export`, with --show-secrets unless its passphrase is set here.
    """
    with _stack(cwd, stack, state, None, None, None) as opened:
        if str(file) == "-":
            text, what = _read_input(), "standard input"
        else:
            text, what = _read(file), str(file)
        warnings = console_on(stderr=True)
        count = opened.import_deployment(
            text, what, lambda warning: warnings.print(styled(("warning:", "yellow"), f" {warning}"))
        )
    typer.echo(f"Imported {count} resources.")


def _read_input() -> str:
    try:
        return sys.stdin.read()
    except OSError as error:
        raise StateError(f"standard input can't be read: {why(error)}") from None
    except UnicodeDecodeError as error:
        raise StateError(f"standard input can't be read: {error}") from None


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise StateError(f"{file} can't be read: {why(error)}; name a file that this user can read") from None
    except UnicodeDecodeError as error:
        raise StateError(f"{file} can't be read: {error}") from None


app.command("serve-plugin")(serve_plugin)


@contextlib.contextmanager
def _stack(
    cwd: Path,
    name: str,
    state: Path | None,
    config: list[str] | None,
    config_file: Path | None,
    parallel: int | None,
    *,
    engine: _Engine = _Engine.REHEARSAL,
    as_json: bool = False,
    must_exist: bool = False,
    unmodelled: Unmodelled = Unmodelled.MADE_UP,
    references: list[Path] | None = None,
    given: list[Path] | None = None,
) -> Iterator[Stack]:
    try:
        options = config_from_options(config or ())
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--config") from None
    try:
        yield _stack_of(
            cwd,
            name,
            state,
            config_file,
            options,
            parallel,
            engine=engine,
            must_exist=must_exist,
            unmodelled=unmodelled,
            references=references,
            given=given,
        )
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
        _print_json(_failure(problem))
    raise typer.Exit(1)


def _stack_of(
    cwd: Path,
    name: str,
    state: Path | None,
    config_file: Path | None,
    config: Mapping[str, str | Secret],
    parallel: int | None,
    *,
    engine: _Engine,
    must_exist: bool,
    unmodelled: Unmodelled,
    references: list[Path] | None,
    given: list[Path] | None,
) -> Stack:
    project = Project.load(find_project(cwd))
    if config_file is not None:
        project = dataclasses.replace(project, config_file=config_file.absolute())
    folder = project.folder / FOLDER
    config = {**config_from_environment(os.environ), **config}
    if engine is _Engine.PULUMI and references:
        raise ConfigError("--stack-reference: the real engine asks its backend for other stacks; leave it out")
    if engine is _Engine.PULUMI and given:
        raise ConfigError("--given-outputs: the real engine asks its plugins; leave it out")
    if engine is _Engine.PULUMI:
        stack = _pulumi_stack(project, name, state, folder, config, parallel)
    else:
        stack = Stack(
            project,
            name=name,
            state=state or folder / f"{name}.json",
            # A state with a path of its own has a cloud of its own beside it.
            cloud_folder=(state.resolve().parent / FOLDER if state else folder) / "clouds" / name,
            config=config,
            parallel=parallel,
            signals=ENDING,
            unmodelled=unmodelled.value,
            stack_references={k: v for path in references or () for k, v in read_stack_references(path).items()},
            given_outputs={k: v for path in given or () for k, v in read_outputs(path, *_GIVEN_FILE).items()},
            remedy="have its outputs made up (--unmodelled made-up), or run this program with the Pulumi CLI",
        )
    if must_exist and not stack.exists():
        raise StateError(_missing(name, state, folder, engine))
    return stack


def _pulumi_stack(
    project: Project,
    name: str,
    state: Path | None,
    folder: Path,
    config: Mapping[str, str | Secret],
    parallel: int | None,
) -> Stack:
    if state is not None:
        raise StateError(
            "--state: the real engine keeps its states in a folder of its own; leave out --state or --engine"
        )
    from rehearsal.real_engine.stack import PulumiStack  # noqa: PLC0415 - automation, which the other engine does not load

    home = folder / "pulumi" / name
    return PulumiStack(project, folder=home, name=name, cloud_folder=home / "cloud", config=config, parallel=parallel)


def _missing(name: str, state: Path | None, folder: Path, engine: _Engine) -> str:
    if state is not None:
        return f"--state: expected the state of a stack, got {state}, which does not exist; `rehearse up` makes it"
    pulumi = engine is _Engine.PULUMI
    there = ", ".join(sorted(path.stem for path in folder.glob("pulumi/*" if pulumi else "*.json")))
    known = f"there is {there}" if there else "there is none yet"
    return f"no stack named {name!r} in {folder.parent}; {known}: name one with --stack, or make it with `rehearse up`"


def _show(
    op: str,
    stack: Stack,
    as_json: bool,
    diff: bool,
    operate: Callable[[Display], Report],
    *,
    planned: bool = False,
) -> None:
    """Run an operation and show it, or print only its outcome as JSON."""
    with lasting_output():
        console = console_on(stderr=as_json)
        display = Display(console, stack.name, op, as_json=as_json, details=diff, planned=planned)
        # The program's output must not get into the JSON.
        with contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext():
            try:
                report = operate(display)
            except BaseException:
                display.close()
                raise
            display.finish(report)
        if as_json:
            _print_json(report)
    if report.abandoned:
        # Do not wait for threads that do not end.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(1)
    if not report.ok:
        raise typer.Exit(1)


def _failure(error: RehearsalError) -> Report:
    report = Report(op="")
    report.say("error", str(error))
    return report


def _print_json(report: Report) -> None:
    sys.stdout.write(json.dumps(report.to_json(), indent=1) + "\n")
