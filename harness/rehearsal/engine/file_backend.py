"""Where the state of a stack is stored between runs: a Pulumi deployment in one JSON file.

A run locks the file, and appends each change to a journal in the same folder. At the end it rewrites the file (writes a
new file, syncs and renames it) and removes the journal. If a journal exists at the start, the previous run was killed:
this run applies the journal to the file. Only the owner can read both files. Secrets have Pulumi's envelope: they are
encrypted if there is a passphrase, else in plaintext.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import filelock

from rehearsal.engine.dependency_graph import rename_aliased
from rehearsal.engine.snapshot import JournalEntry, Snapshot, replay
from rehearsal.errors import PassphraseError, StateError
from rehearsal.paths import exists
from rehearsal.state.deployment_format import deployment_of, read_deployment
from rehearsal.state.deployment_schema import is_plausible, validate
from rehearsal.state.encryption import Encryption
from rehearsal.state.nesting import TOO_DEEP
from rehearsal.state.passphrase import Keyring
from rehearsal.state.private_files import Appender, own_lock, private_folder, why, write_whole
from rehearsal.state.resource import ResourceState
from rehearsal.state.trust import check_trusted
from rehearsal.state.urns import is_urn

__all__ = ["StateFile"]

_REMEDY: Final = "; put one in its place with `rehearse import FILE`, or delete it to start from nothing"


class StateFile:
    """The state file of one stack. Without a path, the state is in memory."""

    def __init__(self, path: Path | None, encryption: Encryption | None = None) -> None:
        self.path = path
        self._encryption = encryption or Encryption(Keyring({}))
        self._kept: list[dict[str, Any]] = []
        self._pending: list[dict[str, Any]] = []
        self._found: list[dict[str, Any]] = []
        self._rest: dict[str, Any] = {}
        self._journal: Appender | None = None

    def _path_with_suffix(self, suffix: str) -> Path:
        if self.path is None:
            raise TypeError("a state without a path has no files")
        return self.path.with_name(self.path.name + suffix)

    def export(self, *, show_secrets: bool = True) -> dict[str, Any]:
        """Return the deployment as ``pulumi stack export`` does. Without a passphrase, secrets are in plaintext."""
        if self.path is not None:
            self._load()
        if show_secrets:
            return deployment_of(self._kept, self._pending, self._rest)
        return self._encrypted()

    def replace(self, deployment: dict[str, Any]) -> None:
        """Replace the deployment by another one, even if the old one is damaged."""
        with self.replacing(deployment):
            pass

    @contextlib.contextmanager
    def replacing(self, deployment: dict[str, Any]) -> Iterator[None]:
        """Replace the deployment by another one at the end of the block, unless the block raises an error."""
        with self._locked() if self.path is not None else contextlib.nullcontext():
            yield
            self._set_deployment(deployment)
            if self.path is not None:
                self._write()

    def peek(self) -> Snapshot:
        """Return the resources for a preview; changes are not stored."""
        self.export()
        return Snapshot(self._states())

    def interrupted(self) -> list[dict[str, Any]]:
        """Return the pending operations of killed runs, whose outcome is unknown."""
        return list(self._pending)

    def newly_interrupted(self) -> list[dict[str, Any]]:
        """Return the pending operations of a run that was killed after the state was last opened for changes."""
        return list(self._found)

    def exists(self) -> bool:
        """Whether there is a state, possibly an empty one."""
        return self.path is None or exists(self.path)

    @contextlib.contextmanager
    def open(self, *, forget_creates: bool = False) -> Iterator[Snapshot]:
        """Lock the state and yield the resources to work on; write them at the end, also after an error.

        Interrupted creates stay in the state as pending operations, because their resources may exist.
        `forget_creates` removes them.
        """
        with contextlib.ExitStack() as stack:
            if self.path is not None:
                stack.enter_context(self._locked())
                self._load()
                # The journal of this run applies to the file as it is now.
                base = self._write()
                self._journal = stack.enter_context(self._opened_journal())
                self._note({"base": base})
            snapshot = Snapshot(self._states(), self._note)
            try:
                yield snapshot
            finally:
                resources, cut_off = snapshot.left()
                self._kept = [r.to_json() for r in rename_aliased(resources)]
                kept = [] if forget_creates else [op for op in self._pending if op["type"] == "creating"]
                self._pending = [*kept, *cut_off]
                self._journal = None
                if self.path is not None:
                    self._write()

    def _states(self) -> list[ResourceState]:
        # A killed run may have left references to aliases, which it would have updated at its end.
        try:
            return rename_aliased(ResourceState.from_json(r) for r in self._kept)
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            where = self.path or "the state"
            raise StateError(f"{where} is not a Pulumi deployment: {error}{_REMEDY}") from None

    def _note(self, entry: JournalEntry) -> None:
        journal = self._journal
        if journal is not None:
            with self._write_errors():
                line = json.dumps(self._encryption.encrypted(entry), separators=(",", ":"))
                journal.append(line.encode() + b"\n")

    @contextlib.contextmanager
    def _opened_journal(self) -> Iterator[Appender]:
        with self._write_errors(), contextlib.closing(Appender(self._path_with_suffix(".journal"), 0)) as journal:
            yield journal

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        check_trusted(self._path_with_suffix(".lock"))
        with self._write_errors():
            private_folder(self._path_with_suffix("").parent)
            own_lock(self._path_with_suffix(".lock"))
            lock = filelock.FileLock(self._path_with_suffix(".lock"), timeout=0, mode=0o600, thread_local=False)
            try:
                lock.acquire()
            except filelock.Timeout:
                raise StateError(
                    f"another run is working on {self.path}; wait until it ends, or name another state with --state"
                ) from None
        try:
            yield
        finally:
            lock.release()

    @contextlib.contextmanager
    def _write_errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StateError(
                f"{self.path} can't be written: {error.filename or self.path}: {why(error)}; make room, or let this "
                "user write there, and run this again: the state on disk is complete"
            ) from None

    def _set_deployment(self, deployment: dict[str, Any]) -> None:
        rest = dict(deployment)
        self._kept = rest.pop("resources", None) or []
        self._pending = rest.pop("pending_operations", None) or []
        rest.pop("manifest", None)
        self._rest = rest

    def _load(self) -> None:
        path, journal = self._path_with_suffix(""), self._path_with_suffix(".journal")
        check_trusted(path, journal)
        try:
            text = path.read_text(encoding="utf-8") if exists(path) else ""
        except UnicodeDecodeError as error:
            raise StateError(f"{path} is not a Pulumi deployment: {error}{_REMEDY}") from None
        except OSError as error:
            raise StateError(f"{path} can't be read: {why(error)}; see to it that this user can read it") from None
        try:
            deployment = _checked(text, path) if text else {}
        except StateError as error:
            raise StateError(f"{error}{_REMEDY}") from None
        base, *entries = _read_journal(journal) or [{}]
        # The run had already written the file, so the journal contains nothing new.
        if base.get("base") != _fingerprint(text):
            entries = []
        try:
            deployment, entries = self._encryption.plain(deployment, entries)
        except PassphraseError as error:
            raise StateError(f"{path} can't be read: {error}") from None
        except RecursionError:
            raise StateError(f"{path} is not a Pulumi deployment: {TOO_DEEP}{_REMEDY}") from None
        self._set_deployment(deployment)
        self._found = []
        if entries:
            known = {(op["type"], op["resource"]["urn"]) for op in self._pending}
            try:
                self._kept, begun = replay(self._kept, entries)
                new = [op for op in begun if (op["type"], op["resource"]["urn"]) not in known]
            except (KeyError, TypeError, AttributeError):
                raise StateError(_damaged(journal)) from None
            if not is_plausible({"pending_operations": begun}):
                raise StateError(_damaged(journal))
            self._found = begun
            self._pending += new

    def _write(self) -> str:
        text = json.dumps(self._encrypted(), indent=1)
        with self._write_errors():
            write_whole(self._path_with_suffix(""), text.encode())
            self._path_with_suffix(".journal").unlink(missing_ok=True)
        return _fingerprint(text)

    def _encrypted(self) -> dict[str, Any]:
        self._rest = self._encryption.choose(self._rest)
        return dict(self._encryption.encrypted(deployment_of(self._kept, self._pending, self._rest)))


def _checked(text: str, path: Path) -> dict[str, Any]:
    deployment = read_deployment(text, str(path))
    if not is_plausible(deployment):
        validate(deployment, str(path))
    for resource in deployment.get("resources") or []:
        if not is_urn(resource["urn"]):
            raise StateError(f"{path} is not a Pulumi deployment: {resource['urn'][:100]!r} is not a URN")
    return deployment


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _read_journal(path: Path) -> list[JournalEntry]:
    try:
        # The last line is incomplete if the run was killed.
        *lines, _ = path.read_bytes().split(b"\n")
        entries = [json.loads(line) for line in lines]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StateError(f"{path} can't be read: {why(error)}; see to it that this user can read it") from None
    except (ValueError, RecursionError):
        raise StateError(_damaged(path)) from None
    if not all(isinstance(entry, dict) for entry in entries):
        raise StateError(_damaged(path))
    return entries


def _damaged(path: Path) -> str:
    return f"{path} is damaged; delete it to go on from the state before the run that wrote it"
