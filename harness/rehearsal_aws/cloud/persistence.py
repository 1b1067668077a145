"""Stores an embedded AWS between runs. Each change is written to a file before its call is answered.

A call that changes something is carried out with a fixed time and a random seed. The request, the time and a digest of
the response are then appended to the file. After about a hundred calls, the file is rewritten with the current contents
instead of the calls. Opening the file restores the contents and repeats the later calls; each response must be the same
as before. A process also repeats the calls that other processes append to the same file.
"""

from __future__ import annotations

import contextlib
import json
import time
import uuid
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import filelock

from rehearsal.errors import StateError
from rehearsal.paths import exists
from rehearsal.state.private_files import Appender, own_lock, private_folder, why, write_whole
from rehearsal.state.trust import check_trusted
from rehearsal_aws.cloud.journal import FORMAT, VERSION, Journal, line_of, read_journal, remedy

if TYPE_CHECKING:
    from rehearsal_aws.cloud.calls import Call
    from rehearsal_aws.cloud.repeatable import Moment, Repeatable
    from rehearsal_aws.cloud.requests import Answer

__all__ = ["Persistence"]

_FILE: Final = "aws.journal"
_LOCK: Final = "aws.lock"
_OLD_FILE: Final = "aws.pickle"
# After so many calls the file is rewritten. Repeating a call at the next start takes a few milliseconds.
_MOST_CALLS: Final = 128
# The file is not rewritten more often than this share of the time allows.
_SHARE: Final = 0.05
# How often to check whether another process has finished its call (seconds).
_POLL: Final = 0.005


class Persistence:
    """The persistent file of one embedded AWS. Not thread-safe: the caller makes one call at a time.

    The constructor checks the file, which takes some milliseconds.

    :raises StateError: if the file is damaged; the text names the file, and what to do.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / _FILE
        self._moto = metadata.version("moto")
        self.failure = ""
        """Why the cloud has failed; empty if it has not."""
        self.lost: list[str] = []
        """The services whose resources could not be restored."""
        self._id = uuid.uuid4().hex
        self._number = 0  # of the last call
        self._calls_in_file = 0
        self._size = 0  # bytes of complete lines
        self._stamp: tuple[int, int] | None = None  # inode and size of the file at the last check
        self._loaded: set[str] = set()
        self._file: Appender | None = None
        self._lock = filelock.FileLock(folder / _LOCK, mode=0o600, thread_local=False)
        self._written_at, self._write_seconds = time.monotonic(), 0.0
        check_trusted(self._path, folder / _LOCK)
        old = folder / _OLD_FILE
        if exists(old):
            raise StateError(
                f"{old} is of an older version of rehearsal, in a format that can run code, and is not read; "
                f"{remedy(old)}"
            )
        read_journal(self._path, self._moto)

    def open(self, application: Any, repeatable: Repeatable) -> None:
        """Restore the contents into an empty moto. `application` is moto's `DomainDispatcherApplication`.

        :raises StateError: if that can't be done.
        """
        self._application = application
        self._repeatable = repeatable
        self._catch_up()

    def carry_out(self, environ: dict[str, Any], call: Call | None) -> Answer:
        """Answer a request; its changes have been stored when this returns.

        :raises StateError: if they can't be stored.
        """
        from rehearsal_aws.cloud.requests import ask, changes  # noqa: PLC0415 - imports moto, which Persistence itself does not need

        if self.failure:
            raise StateError(self.failure)
        if not changes(call, environ):
            self._catch_up()
            return ask(self._application, environ, call)
        with self._locked():
            self._catch_up()
            return self._carry_out_and_record(environ, call)

    def close(self) -> None:
        """Rewrite the file without calls if possible, and close it."""
        if (self._file is not None or self.lost) and self._calls_in_file and not self.failure:
            with contextlib.suppress(StateError, OSError), self._locked():
                self._catch_up()
                self._rewrite()
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.sync()
            self._file.close()

    def _carry_out_and_record(self, environ: dict[str, Any], call: Call | None) -> Answer:
        from rehearsal_aws.cloud.repeatable import Moment  # noqa: PLC0415
        from rehearsal_aws.cloud.requests import request_of  # noqa: PLC0415

        try:
            file = self._open_for_append()
        except OSError as error:  # nothing has changed yet, so reading still works
            raise StateError(_unwritable(self._path, error)) from None
        request = request_of(environ)
        moment = Moment(time.time(), self._seed(self._number + 1))
        response = self._ask(environ, call, moment)
        record = {"at": moment.at, "request": request, "answer": response.digest()}
        try:
            file.append(line_of({**record, "keys": moment.keys} if moment.keys else record))
        except OSError as error:
            self.failure = _unwritable(self._path, error)
            raise StateError(self.failure) from None
        self._number += 1
        self._calls_in_file += 1
        self._size = file.size
        self._stat()
        if self._calls_in_file >= _MOST_CALLS and time.monotonic() - self._written_at > self._write_seconds / _SHARE:
            with contextlib.suppress(OSError):  # the existing file is complete
                self._rewrite()
        return response

    # Changes by others

    def _catch_up(self) -> None:
        """Apply the file's new calls to moto.

        :raises StateError: if that fails; then all later calls fail too.
        """
        before = self._stamp
        if self._stat() == before:
            return
        try:
            journal = self._read()
            goes_on = before is not None and self._stamp is not None and before[0] == self._stamp[0]
            self._replay(journal.records[self._calls_in_file :] if goes_on else self._restore(journal))
        except StateError as error:
            self.failure = str(error)
            raise
        self._size = journal.size

    def _read(self) -> Journal:
        journal = read_journal(self._path, self._moto)
        if journal is None:
            raise StateError(f"{self._path} was deleted while it was in use; run this again")
        return journal

    def _stat(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
            self._stamp = (found.st_ino, found.st_size)
        except FileNotFoundError:
            self._stamp = None
        except OSError as error:
            raise StateError(
                f"{self._path} can't be read: {why(error)}; see to it that this user can read it"
            ) from None
        return self._stamp

    def _restore(self, journal: Journal) -> list[str]:
        from rehearsal_aws.cloud import memory  # noqa: PLC0415

        memory.forget()
        if self._file is not None:  # which was replaced
            self._file.close()
            self._file = None
        with self._read_errors():
            head = json.loads(journal.head)
            self._id, self._number, self._calls_in_file = head["id"], head["calls"], 0
            memory.restore(head["contents"])
        return journal.records

    def _replay(self, records: list[str]) -> None:
        """Repeat the recorded calls.

        If the response of a service outside SERVICES differs, the contents of all such services are dropped.
        """
        from rehearsal_aws.cloud import memory  # noqa: PLC0415
        from rehearsal_aws.cloud.encoding import SERVICES  # noqa: PLC0415

        others: set[str] = set()
        for text in records:
            self._number += 1
            self._calls_in_file += 1
            with self._read_errors():
                record = json.loads(text)
                call, environ = self._recorded(record["request"])
                known = call is None or call.service in SERVICES
                if call is not None and not known:
                    others.add(call.service)
                if self.lost and not known:
                    self.lost = sorted(others)
                    continue
                same = self._repeat(record, environ, call)
            if same:
                continue
            if known:
                what = f"{call.service}:{call.operation}" if call else environ["PATH_INFO"]
                raise StateError(
                    f"{self._path} can't be read: {what} (call {self._number}) is not answered as it was; "
                    f"{remedy(self._path)}"
                )
            self.lost = sorted(others)
            memory.forget_others()

    def _recorded(self, request: dict[str, Any]) -> tuple[Call | None, dict[str, Any]]:
        from rehearsal_aws.cloud.calls import call_of  # noqa: PLC0415
        from rehearsal_aws.cloud.requests import environ_of  # noqa: PLC0415

        environ = environ_of(request)
        return call_of(environ), environ

    def _repeat(self, record: dict[str, Any], environ: dict[str, Any], call: Call | None) -> bool:
        from rehearsal_aws.cloud.repeatable import Moment  # noqa: PLC0415

        moment = Moment(record["at"], self._seed(self._number), record.get("keys", []), repeats=True)
        return bool(self._ask(environ, call, moment).digest() == record["answer"])

    def _ask(self, environ: dict[str, Any], call: Call | None, moment: Moment) -> Answer:
        from rehearsal_aws.cloud.requests import ask  # noqa: PLC0415

        # Load the service before the call is made: loading happens once in a process, and must not use the fixed seed.
        service = call.service if call else ""
        if service not in self._loaded:
            with contextlib.suppress(Exception):  # the call itself reports it
                self._application.get_application(environ)
                self._loaded.update(filter(None, [service]))
        with self._repeatable.during(moment):
            return ask(self._application, environ, call)

    @contextlib.contextmanager
    def _read_errors(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - other code may raise anything
            raise StateError(
                f"{self._path} can't be read ({type(error).__name__}: {error}); {remedy(self._path)}"
            ) from None

    def _seed(self, number: int) -> str:
        return f"{self._id}:{number}"

    # The file

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            if self._file is None:
                private_folder(self._folder)
                own_lock(self._folder / _LOCK)
            self._lock.acquire(poll_interval=_POLL)
        except OSError as error:
            raise StateError(_unwritable(self._path, error)) from None
        try:
            yield
        finally:
            self._lock.release()

    def _open_for_append(self) -> Appender:
        if self._file is None:
            if self._stamp is None:
                self._write_contents([])
            self._file = Appender(self._path, self._size)
        if self._stamp is None or self._stamp[1] != self._file.size or self._file.size != self._size:
            # Another process has written, or was killed while writing.
            self._file.go_on_after(self._size)
        return self._file

    def _rewrite(self) -> None:
        """Replace the calls in the file by the current contents. On OSError the file stays unchanged."""
        from rehearsal_aws.cloud import memory  # noqa: PLC0415
        from rehearsal_aws.cloud.encoding import NotData  # noqa: PLC0415

        started = time.monotonic()
        try:
            contents = memory.captured()
        except NotData:
            # Contents that can't be encoded stay in the file as calls.
            self._written_at, self._write_seconds = time.monotonic(), time.monotonic() - started
            return
        self._write_contents(contents)
        self._written_at, self._write_seconds = time.monotonic(), time.monotonic() - started

    def _write_contents(self, contents: Any) -> None:
        head = {
            "format": FORMAT,
            "version": VERSION,
            "moto": self._moto,
            "id": self._id,
            "calls": self._number,
            "contents": contents,
        }
        line = line_of(head)
        write_whole(self._path, line)
        if self._file is not None:
            self._file.close()
            self._file = None
        self._size = len(line)
        self._calls_in_file = 0
        self._stat()


def _unwritable(path: Path, error: OSError) -> str:
    return (
        f"{error.filename or path} can't be written: {why(error)}; make room, or let this user write there, and run "
        "this again: every change that the embedded cloud has answered is stored"
    )
