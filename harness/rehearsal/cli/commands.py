"""The commands of ``rehearse``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Annotated, Final, Literal

import typer

from rehearsal.cli.opened_stack import opened
from rehearsal.cli.options import (
    DestroyOptions,
    RefreshOptions,
    ShowSecrets,
    SkipPreview,
    StackOptions,
    StateOptions,
    UpOptions,
    Yes,
)
from rehearsal.cli.results import show
from rehearsal.cli.shared_options import with_shared_options
from rehearsal.cli.unquoted_input import Command, Commands
from rehearsal.display.console import console_on, styled
from rehearsal.display.display import Display
from rehearsal.engine.events import Report
from rehearsal.errors import StateError
from rehearsal.plugin_server.command import serve_plugin
from rehearsal.state.private_files import why

__all__ = ["app"]

_DISTRIBUTION: Final = "pulumi-ivs-stream-key"

app = typer.Typer(
    name="rehearse",
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # with rich's markup, the help would show a type for options without a value
    context_settings={"help_option_names": ["--help", "-h"]},
)


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


@app.command(cls=Command)
@with_shared_options
def preview(options: UpOptions) -> None:
    """Show what `up` would do."""
    _run_program("preview", options)


@app.command(cls=Command)
@with_shared_options
def up(options: UpOptions, yes: Yes = False, skip_preview: SkipPreview = False) -> None:
    """Create and update the resources that the program declares."""
    del yes, skip_preview
    _run_program("up", options)


def _run_program(command: Literal["preview", "up"], options: UpOptions) -> None:
    with opened(options) as stack:

        def operate(display: Display) -> Report:
            operation = stack.preview if command == "preview" else stack.up
            return operation(
                listener=display,
                targets=options.target or (),
                target_dependents=options.target_dependents,
                replace=options.replace or (),
                refresh=options.refresh,
            )

        show(command, stack, operate, as_json=options.json, diff=options.diff)


@app.command(cls=Command)
@with_shared_options
def refresh(options: RefreshOptions) -> None:
    """Update the state to match the resources."""
    _run_on_state("refresh", options, clear_pending_creates=options.clear_pending_creates)


@app.command(cls=Command)
@with_shared_options
def destroy(options: DestroyOptions) -> None:
    """Delete the resources."""
    _run_on_state("destroy", options, refresh=options.refresh)


def _run_on_state(
    command: Literal["refresh", "destroy"], options: RefreshOptions | DestroyOptions, **own: bool
) -> None:
    with opened(options, must_exist=True) as stack:

        def operate(display: Display) -> Report:
            operation: Callable[..., Report] = stack.refresh if command == "refresh" else stack.destroy
            return operation(
                listener=display,
                targets=options.target or (),
                target_dependents=options.target_dependents,
                preview_only=options.preview_only,
                **own,
            )

        show(command, stack, operate, as_json=options.json, planned=options.preview_only)


@app.command(cls=Command)
@with_shared_options
def export(options: StackOptions, show_secrets: ShowSecrets = False) -> None:
    """Print the state of the stack.

    It is a deployment as `pulumi stack export` prints it. Its secrets are encrypted if PULUMI_CONFIG_PASSPHRASE or
    PULUMI_CONFIG_PASSPHRASE_FILE is set; else they are in plaintext.
    """
    with opened(options, must_exist=True) as stack:
        sys.stdout.write(json.dumps(stack.export(show_secrets=show_secrets), indent=4) + "\n")


@app.command("import", cls=Command)
@with_shared_options
def import_(
    options: StateOptions,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The deployment; - reads it from standard input.")],
) -> None:
    """Replace the state of the stack by a deployment.

    The deployment comes from `pulumi stack export`, with --show-secrets unless its passphrase is set here.
    """
    with opened(options) as stack:
        if str(file) == "-":
            text, what = _read_input(), "standard input"
        else:
            text, what = _read(file), str(file)
        warnings = console_on(stderr=True)
        count = stack.import_deployment(
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
