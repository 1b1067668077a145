"""The folder of the real engine for one stack: its backend, its settings and its plugins."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import filelock
from pulumi.automation import LocalWorkspaceOptions, ProjectBackend, ProjectSettings, Stack, create_stack, select_stack
from pulumi.automation.errors import CommandError

from rehearsal.config.stack_config import write_stack_config
from rehearsal.errors import ConfigError, PassphraseError, RehearsalError, StateError
from rehearsal.paths import exists
from rehearsal.project import Project, quoted
from rehearsal.providers.dynamic_process import SERVER
from rehearsal.real_engine.cli import Cli, installed_cli
from rehearsal.real_engine.plugins import FOLDER, SCRATCH, Models, packages_of, write_launchers
from rehearsal.state.deployment_format import read_deployment
from rehearsal.state.encryption import with_plaintext
from rehearsal.state.passphrase import FILE_VARIABLE, VARIABLE, Keyring
from rehearsal.state.private_files import empty, own_lock, private_folder, write_whole
from rehearsal.state.property_values import Secret
from rehearsal.state.scratch import scratch_folder
from rehearsal.state.trust import check_tree

__all__ = ["Workspace", "error_text", "state_file"]

_SERVER: Final = "REHEARSE_PROVIDER_SERVER"
_STARTUP: Final = "REHEARSE_PROVIDER_STARTUP"
_PROCESSES: Final = "REHEARSE_PROVIDER_PROCESSES"
# The default passphrase. If the user sets none, only the folder's permissions protect the state.
_PASSPHRASE: Final = "rehearsal"  # noqa: S105 - that is the point


def error_text(error: CommandError) -> str:
    """Return the CLI's standard error, for failures that no event reports."""
    text = str(error)
    _, _, errors = text.partition("stderr:")
    lines = [line.strip().removeprefix("error: ") for line in errors.splitlines() if line.strip()]
    return "\n".join(lines) or text.strip()


def state_file(folder: Path, project: Project, stack: str) -> Path:
    """Return the path of a stack's state file in the engine's backend. The file exists if the stack does."""
    return folder / "backend/.pulumi/stacks" / project.name / f"{stack}.json"


class Workspace:
    """A folder for the engine's files; a temporary one if none is given.

    The user's settings in ``~/.pulumi`` and the project's folder are not changed.

    :raises StateError: if another user may have written to the folder.
    """

    def __init__(self, folder: Path | None = None, startup: Path | None = None) -> None:
        self._startup = startup
        self._held = contextlib.ExitStack()
        self._cli: Cli | None = None
        given = VARIABLE in os.environ or FILE_VARIABLE in os.environ
        self._passphrase = {} if given else {VARIABLE: _PASSPHRASE}
        self._keyring = Keyring({**os.environ, **self._passphrase})
        self.folder = self._held.enter_context(scratch_folder(SCRATCH)) if folder is None else folder
        check_tree(self.folder)
        for name in ("bin", "backend", "home", "project", "processes"):
            private_folder(self.folder / name)

    def open(self, project: Project, stack: str, program_directory: Path) -> Stack:
        """Return the stack of the Automation API; create it if it does not exist.

        :raises NoRealEngine: if there is no engine.
        :raises StateError: if the engine can't open the stack.
        """
        self._cli = installed_cli().copy()
        if stack.startswith("-"):
            raise ConfigError(f"stack {quoted(stack)}: the Pulumi CLI would take the name for an option; name another")
        # Remove other project files (Pulumi.yml, Pulumi.json): the engine might prefer them to the one written now.
        for other in (self.folder / "project").glob("Pulumi.*"):
            if other.stem == "Pulumi":
                other.unlink()
        options = LocalWorkspaceOptions(
            work_dir=str(self.folder / "project"),
            pulumi_home=str(self.folder / "home"),
            pulumi_command=self._cli,
            env_vars=self._environment(program_directory),
            project_settings=ProjectSettings(
                name=project.name,
                runtime="python",
                main=str(program_directory.resolve()),
                backend=ProjectBackend(url=(self.folder / "backend").resolve().as_uri()),
            ),
        )
        make = select_stack if exists(self._file(project, stack)) else create_stack
        try:
            return make(stack, project_name=project.name, program=_no_program, opts=options)
        except CommandError as error:
            raise StateError(f"the stack {quoted(stack)} can't be opened: {error_text(error)}") from None

    def configure(self, stack: str, config: Mapping[str, str | Secret]) -> None:
        """Write the stack's config to its file. ``pulumi config set`` would show secrets to other users as arguments.

        :raises StateError: if the file can't be written.
        """
        try:
            write_stack_config(self.folder / "project" / f"Pulumi.{stack}.yaml", config, self._keyring)
        except RehearsalError as error:
            raise StateError(f"the config can't be set: {error}") from None

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the folder against other runs.

        :raises StateError: if another run has locked it.
        """
        place = self.folder / "lock"
        own_lock(place)
        lock = filelock.FileLock(place, timeout=0, mode=0o600, thread_local=False)
        try:
            lock.acquire()
        except filelock.Timeout:
            raise StateError(
                f"another run is working in {self.folder}; wait until it ends, or name another stack"
            ) from None
        try:
            self.forget_processes()
            # Empty the engine's home, because the engine would run plugins in it. Nothing in it is needed again.
            empty(self.folder / "home")
            yield
        finally:
            lock.release()

    @contextlib.contextmanager
    def import_file(self, deployment: Mapping[str, Any]) -> Iterator[Path]:
        """Yield a private file with a deployment, in plaintext. It is deleted afterwards, or by the next run."""
        path = self.folder / "home/import.json"
        write_whole(path.resolve(), json.dumps(deployment).encode())
        try:
            yield path.resolve()
        finally:
            path.unlink(missing_ok=True)

    def write_launchers(self, models: Models) -> None:
        """Write the plugin executables for the models' packages and for dynamic providers."""
        write_launchers(packages_of(models), self.folder / "bin")

    def encrypted(self, project: Project, stack: str) -> dict[str, Any]:
        """Return the deployment as ``pulumi stack export`` does, but from the state file, which is much faster.

        :raises StateError: if the state file can't be read.
        """
        file = self._file(project, stack)
        try:
            document = json.loads(file.read_text(encoding="utf-8"))
            latest = document["checkpoint"].get("latest") or {}
            exported = {
                "version": document["version"],
                "deployment": {**latest, "resources": latest.get("resources") or []},
            }
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise StateError(
                f"the state in {file} is not what the engine writes; restore one of {file.parents[2] / 'backups'}, or "
                f"delete {self.folder}"
            ) from None
        read_deployment(json.dumps(exported), f"the state in {file}")
        return exported

    def deployment(self, project: Project, stack: str) -> dict[str, Any]:
        """Return the deployment with its secrets in plaintext.

        :raises StateError: if they can't be decrypted.
        """
        exported = self.encrypted(project, stack)
        try:
            return {**exported, "deployment": with_plaintext(exported["deployment"], self._keyring)}
        except PassphraseError as error:
            raise StateError(f"the state in {self._file(project, stack)} can't be decrypted: {error}") from None

    def _file(self, project: Project, stack: str) -> Path:
        return state_file(self.folder, project, stack)

    def remove_stale_locks(self, project: Project, stack: str) -> None:
        """Remove the locks of CLIs that were killed, for which Pulumi itself requires ``pulumi cancel``."""
        folder = self.folder / "backend/.pulumi/locks/organization" / project.name / stack
        for lock in folder.glob("*.json"):
            try:
                held = json.loads(lock.read_text(encoding="utf-8"))
                ours = held["hostname"] == socket.gethostname()
                if ours and not _is_a_cli(int(held["pid"])):
                    for file in (lock, lock.with_name(f"{lock.name}.attrs")):
                        file.unlink(missing_ok=True)
            except (OSError, ValueError, KeyError, TypeError):  # not a valid lock: the CLI reports it
                continue

    def kill_dynamic_providers(self) -> bool:
        """Kill the running processes of dynamic providers; return False if there is none."""
        killed = False
        for noted in (self.folder / "processes").iterdir():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(noted.name), signal.SIGKILL)
                killed = True
            noted.unlink(missing_ok=True)
        return killed

    def forget_processes(self) -> None:
        """Delete the list of dynamic provider processes, which have ended with their operation."""
        empty(self.folder / "processes")

    def interrupt(self) -> None:
        """Interrupt the CLI if it runs: see `Cli.interrupt`."""
        if self._cli is not None:
            self._cli.interrupt()

    def close(self) -> None:
        """Delete the folder, if it is a temporary one."""
        self._held.close()

    def _environment(self, program_directory: Path) -> dict[str, str]:
        variables = {
            "PATH": os.pathsep.join([str((self.folder / "bin").resolve()), os.environ.get("PATH", os.defpath)]),
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_BACKEND_URL": (self.folder / "backend").resolve().as_uri(),
            FOLDER: str(program_directory),
            _SERVER: str(SERVER),
            _PROCESSES: str(self.folder / "processes"),
        }
        if self._startup is not None:
            variables[_STARTUP] = str(self._startup.resolve())
        return variables | self._passphrase


def _is_a_cli(pid: int) -> bool:
    """Whether a process with this id exists and, if that can be determined, is a Pulumi CLI: ids are reused."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of another user
        pass
    try:
        return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").startswith("pulumi")
    except OSError:
        return True


def _no_program() -> None:
    """Do nothing. A placeholder, because each operation passes its own program."""
