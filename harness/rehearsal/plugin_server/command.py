"""``rehearse serve-plugin``: the real engine on the embedded clouds."""

from __future__ import annotations

import contextlib
import os
import queue
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from rehearsal.display.console import Console, console_on, styled
from rehearsal.engine.interruption import ENDING
from rehearsal.errors import ConfigError, ProjectError, RehearsalError
from rehearsal.paths import is_folder
from rehearsal.plugin_server.plugin import install_plugin, plugin_environment
from rehearsal.project import STACK_NAME, Project, find_project, quoted
from rehearsal.provider import Cloud
from rehearsal.stack import installed_clouds
from rehearsal.state.passphrase import Keyring
from rehearsal.state.private_files import FOLDER, why
from rehearsal.state.property_values import Secret

__all__ = ["serve_plugin"]

_NOT_FOUND: Final = 127
_SUPERVISED: Final = str(Path(__file__).with_name("supervised.py"))


def serve_plugin(
    command: Annotated[
        list[str] | None,
        typer.Argument(metavar="[-- COMMAND…]", help="What to run, such as: pulumi up.", show_default=False),
    ] = None,
    package: Annotated[
        str, typer.Option("--package", metavar="NAME", help="The package whose types the plugin serves.")
    ] = "aws",
    cwd: Annotated[
        Path,
        typer.Option("--cwd", "-C", metavar="DIR", help="Where COMMAND runs: the project's folder, or one in it."),
    ] = Path(),
    stack: Annotated[
        str, typer.Option("--stack", "-s", metavar="NAME", help="The stack; it has a cloud of its own.")
    ] = "dev",
) -> None:
    """Run the real Pulumi CLI offline.

    Its resources are in the embedded cloud, and no plugin is downloaded.

    With a COMMAND, runs it in an environment that points to the embedded cloud. Without one, prints that environment
    for a shell's eval, and serves the cloud until Ctrl-C.
    """
    console = console_on(stderr=True)
    if os.name == "nt":
        _print_error(console, "serve-plugin runs on Linux and macOS: the plugin is a shell script")
        raise typer.Exit(1)
    with _reporting_errors(console):
        if not is_folder(cwd):
            raise ConfigError(f"--cwd: expected a folder, got {cwd}")
        if not STACK_NAME.fullmatch(stack):
            raise ConfigError(
                f"--stack: expected letters, digits, hyphens, underscores and periods, got {quoted(stack)}"
            )
        _serve(command, package, cwd, _existing_folder(cwd) / FOLDER, stack, _config(cwd, stack, console), console)


def _serve(
    command: list[str] | None,
    package: str,
    cwd: Path,
    folder: Path,
    stack: str,
    config: Mapping[str, Any],
    console: Console,
) -> None:
    # A cloud of its own for the CLI, because rehearsal's cloud belongs to rehearsal's state.
    plugin = install_plugin(package, folder / "plugin")
    with _clouds(folder / "served" / stack, config) as leading_there:
        environment = leading_there | plugin_environment(plugin.parent, os.environ)
        if command:
            raise typer.Exit(_run(command, cwd, environment, console))
        ended = _end_requested()
        sys.stdout.write("".join(f"{line}\n" for line in _shell_lines(environment, plugin.parent)))
        sys.stdout.flush()
        console.print(f"serving {package} and its cloud until Ctrl-C")
        ended.get()


def _existing_folder(cwd: Path) -> Path:
    try:
        return find_project(cwd)
    except ProjectError:
        return cwd.resolve()


@contextlib.contextmanager
def _reporting_errors(console: Console) -> Iterator[None]:
    """Print errors that the user can fix in one line, and exit with code 1."""
    try:
        yield
    except RehearsalError as error:
        text = str(error)
    except OSError as error:
        if not error.filename:
            raise
        text = (
            f"{error.filename} can't be used: {why(error)}; name another one, make room, or let this user write there"
        )
    else:
        return
    _print_error(console, text)
    raise typer.Exit(1)


def _print_error(console: Console, text: str) -> None:
    console.print(styled(("error:", "bold red"), f" {text}"))


def _config(cwd: Path, stack: str, console: Console) -> Mapping[str, Any]:
    try:
        config = Project.load(find_project(cwd)).config(stack, {}, keyring=Keyring(os.environ))
    except (ConfigError, ProjectError) as error:
        console.print(
            styled(("warning:", "yellow"), f" {error}\nthe embedded cloud has its default account and profile")
        )
        return {}
    return {key: value.value if isinstance(value, Secret) else value for key, value in config.items()}


@contextlib.contextmanager
def _clouds(folder: Path, config: Mapping[str, Any]) -> Iterator[dict[str, str | None]]:
    """Start the installed clouds, and yield the environment that points to them."""
    environment: dict[str, str | None] = {}
    clouds: list[Cloud] = []
    with contextlib.ExitStack() as stack:
        for factory in installed_clouds():
            cloud = stack.enter_context(contextlib.closing(factory(folder, config)))
            environment |= cloud.environment()
            clouds.append(cloud)
        yield environment
    for cloud in clouds:
        if getattr(cloud, "failure", ""):
            raise RehearsalError(cloud.failure)  # type: ignore[attr-defined]


def _run(command: list[str], cwd: Path, changes: Mapping[str, str | None], console: Console) -> int:
    """Run the command until it or this process ends; return its exit code."""
    environment = {name: value for name, value in {**os.environ, **changes}.items() if value is not None}
    # A relative path in COMMAND is relative to the folder in which it runs.
    found = cwd / command[0] if os.sep in command[0] else command[0]
    if shutil.which(found, path=environment.get("PATH", os.defpath)) is None:
        problem = "is not a file that can be run" if os.sep in command[0] else "is not on PATH"
        _print_error(console, f"{command[0]} {problem}")
        return _NOT_FOUND
    ends, held = os.pipe()
    early: list[int] = []
    with contextlib.ExitStack() as stack:
        stack.callback(os.close, held)
        pass_on: Callable[[int], object] = early.append
        # Ignore Ctrl-C here: the command gets it too, and decides whether to end.
        stack.enter_context(_handled((signal.SIGINT,), lambda _: None))
        stack.enter_context(_handled(ENDING[1:], lambda number: pass_on(number)))  # noqa: PLW0108
        # Options -I and -S: the script needs only Python's standard library.
        start = [sys.executable, "-I", "-S", _SUPERVISED, str(ends), *command]
        process = subprocess.Popen(start, cwd=cwd, env=environment, pass_fds=[ends])  # noqa: S603 - the user's command
        os.close(ends)
        pass_on = process.send_signal
        for number in early:
            process.send_signal(number)
        return process.wait()


@contextlib.contextmanager
def _handled(kinds: tuple[signal.Signals, ...], handle: Callable[[int], object]) -> Iterator[None]:
    with contextlib.ExitStack() as stack:
        for kind in kinds:
            if signal.getsignal(kind) is not signal.SIG_IGN:
                stack.callback(signal.signal, kind, signal.signal(kind, lambda number, _: handle(number)))
        yield


def _shell_lines(environment: Mapping[str, str | None], plugins: Path) -> Iterator[str]:
    for name, value in sorted(environment.items()):
        if name == "PATH":
            yield f'export PATH={shlex.quote(str(plugins))}:"$PATH"'
        elif value is None:
            yield f"unset {name}"
        else:
            yield f"export {name}={shlex.quote(value)}"


def _end_requested() -> queue.SimpleQueue[int]:
    """Return a queue that gets the number of each signal that tells the process to end.

    A signal that is ignored stays so, such as SIGHUP under nohup; except Ctrl-C, which a shell ignores for each `&`.

    Not an event: a handler that runs while the main thread holds the event's lock would wait for ever.
    """
    ended: queue.SimpleQueue[int] = queue.SimpleQueue()
    for kind in ENDING:
        if kind is signal.SIGINT or signal.getsignal(kind) is not signal.SIG_IGN:
            signal.signal(kind, lambda number, _: ended.put(number))
    return ended
