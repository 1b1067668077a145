"""Where the state of a stack lives between runs: a Pulumi deployment, version 3, in one JSON file.

A run holds a lock on the file and appends each change to a journal beside it; at the end the file is written anew
(written aside, synced, renamed) and the journal removed. A run that was killed is found by its journal: the next run
starts from the file with the journal applied. Secrets are in plaintext under Pulumi's mark, so the file is readable by
its owner alone: rehearsal is for clouds whose secrets are worth nothing.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Final

from rehearsal.errors import StateError
from rehearsal.snapshot import JournalEntry, Snapshot, replay
from rehearsal.state import ResourceState

__all__ = ["StateFile"]

_VERSION: Final = 3
_MAGIC: Final = "rehearsal"


class StateFile:
    """The state file of one stack, or, without a path, a state that lives as long as this object."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._kept: list[dict[str, Any]] = []
        self._pending: list[dict[str, Any]] = []
        self._journal: IO[str] | None = None

    def _beside(self, suffix: str) -> Path:
        if self.path is None:
            raise TypeError("a state without a path has no files")
        return self.path.with_name(self.path.name + suffix)

    def export(self) -> dict[str, Any]:
        """Return the deployment as ``pulumi stack export --show-secrets`` writes it."""
        if self.path is not None:
            self._load()
        return self._deployment()

    def _deployment(self) -> dict[str, Any]:
        now = dt.datetime.now(dt.UTC).isoformat().replace("+00:00", "Z")
        deployment: dict[str, Any] = {
            "manifest": {"time": now, "magic": _MAGIC, "version": ""},
            "resources": self._kept,
        }
        if self._pending:
            deployment["pending_operations"] = self._pending
        return {"version": _VERSION, "deployment": deployment}

    def resources(self) -> list[ResourceState]:
        """Return the resources of the last run."""
        return [ResourceState.from_json(r) for r in self.export()["deployment"]["resources"]]

    def peek(self) -> Snapshot:
        """Return the resources to try something on; nothing of it is kept."""
        return Snapshot(self.resources())

    @contextlib.contextmanager
    def open(self) -> Iterator[Snapshot]:
        """Take the lock and yield the resources to work on; write what became of them, also after an error."""
        with contextlib.ExitStack() as stack:
            if self.path is not None:
                stack.enter_context(self._locked())
                self._load()
                # From here on a run that is killed starts from the file as it stands now.
                self._write()
                self._journal = stack.enter_context(_private(self._beside(".journal"), "a"))
            snapshot = Snapshot((ResourceState.from_json(r) for r in self._kept), self._note)
            try:
                yield snapshot
            finally:
                self._kept, self._pending = [r.to_json() for r in snapshot.resources()], []
                if self.path is not None:
                    self._write()

    def _note(self, entry: JournalEntry) -> None:
        if self._journal is not None:
            self._journal.write(json.dumps(entry, separators=(",", ":")) + "\n")
            self._journal.flush()

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._beside("").parent.mkdir(parents=True, exist_ok=True)
        with _private(self._beside(".lock"), "a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StateError(
                    f"another run is working on {self.path}; wait until it ends, or name another state with --state"
                ) from None
            yield

    def _load(self) -> None:
        path, journal = self._beside(""), self._beside(".journal")
        deployment = _read_deployment(path) if path.exists() else {}
        self._kept = deployment.get("resources") or []
        self._pending = deployment.get("pending_operations") or []
        if journal.exists():
            self._kept, begun = replay(self._kept, _read_journal(journal))
            self._pending = [*self._pending, *begun]

    def _write(self) -> None:
        aside = self._beside(".new")
        with _private(aside, "w") as out:
            json.dump(self._deployment(), out, indent=1)
            out.flush()
            os.fsync(out.fileno())
        aside.replace(self._beside(""))
        self._beside(".journal").unlink(missing_ok=True)


def _private(path: Path, mode: str) -> IO[str]:
    return open(path, mode, encoding="utf-8", opener=lambda p, flags: os.open(p, flags, 0o600))


def _read_deployment(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        version, deployment = data["version"], data["deployment"]
    except (ValueError, KeyError, TypeError) as error:
        raise StateError(f"{path} is not a Pulumi deployment ({error}); move it away to start from nothing") from None
    if version != _VERSION:
        raise StateError(f"{path} is a deployment of version {version}; rehearsal reads version {_VERSION}")
    return dict(deployment)


def _read_journal(path: Path) -> Iterator[JournalEntry]:
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            yield json.loads(line)
        except ValueError:
            return  # the last line of a run that was killed while it wrote
