"""Reads and writes files with secrets: only the owner can read them, writes are atomic, and links are not followed.

Every function raises OSError with the name of the file.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import threading
from pathlib import Path
from typing import Final

import filelock

from rehearsal.paths import exists, is_folder

__all__ = ["FOLDER", "Appender", "empty", "open_private", "own", "own_lock", "private_folder", "why", "write_whole"]

FOLDER: Final = ".rehearsal"
"""The folder of a project for states and clouds."""

_FILE_MODE: Final = 0o600
_FOLDER_MODE: Final = 0o700
# Systems without this flag have no symbolic links, or users need special permissions to create them.
_NO_LINK: Final = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


def private_folder(folder: Path) -> None:
    """Create a folder and its missing parents, with access only for the owner; exclude `.rehearsal` from git.

    The mode of an existing folder is not changed, except that of `.rehearsal` itself: access of other users, and on its
    first use of the group, is removed.
    """
    for missing in reversed([path for path in (folder, *folder.parents) if not exists(path)]):
        with contextlib.suppress(FileExistsError):
            missing.mkdir(_FOLDER_MODE)
            missing.chmod(_FOLDER_MODE)
    if not is_folder(folder):
        raise NotADirectoryError(20, "Not a directory", str(folder))
    home = next((path for path in (folder, *folder.parents) if path.name == FOLDER), None)
    if home is None:
        return
    is_new = not exists(home / ".gitignore")
    if is_new or home.stat().st_mode & stat.S_IRWXO:
        with contextlib.suppress(PermissionError):  # the folder of another user, who lets this user write
            home.chmod(_FOLDER_MODE)
    if is_new:
        with contextlib.suppress(FileExistsError):
            handle = os.open(home / ".gitignore", os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, _FILE_MODE)
            try:
                _write(handle, b"# Secrets in plaintext.\n*\n", home / ".gitignore")
            finally:
                os.close(handle)


def empty(folder: Path) -> None:
    """Remove everything in a folder. Links are removed, not followed."""
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def open_private(path: Path, flags: int) -> int:
    """Open a file, restricted to its owner; create it if it is missing. Raises OSError for a link.

    Hard links are refused too: another user may have created one so that the other file is overwritten.
    """
    handle = os.open(path, flags | os.O_CREAT | _NO_LINK, _FILE_MODE)
    if os.fstat(handle).st_nlink > 1:
        os.close(handle)
        raise OSError(errno.EMLINK, "it is a hard link, the same file has another name: delete this one", str(path))
    with contextlib.suppress(PermissionError):  # the file of another user, who lets this user write
        os.chmod(path, _FILE_MODE)  # noqa: PTH101 - not a link, which the line before would have refused
    return handle


def own(path: Path) -> None:
    """Create a file if it is missing, and restrict it to its owner. Raises OSError for a link or hard link."""
    os.close(open_private(path, os.O_RDWR))


def own_lock(path: Path) -> None:
    """Restrict the file of a `filelock.FileLock` to its owner. A soft lock's file is not created: it means locked."""
    if not issubclass(filelock.FileLock, filelock.SoftFileLock):
        own(path)


def write_whole(path: Path, data: bytes, *, mode: int = _FILE_MODE) -> None:
    """Replace the content of a file atomically: write to a new file, sync it, and rename it."""
    aside = path.with_name(path.name + ".new")
    # Remove a temporary file that a killed run, or another program, has left.
    aside.unlink(missing_ok=True)
    handle = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_LINK, mode)
    try:
        try:
            if hasattr(os, "fchmod"):
                os.fchmod(handle, mode)  # whatever the umask
            _write(handle, data, aside)
            os.fsync(handle)
        finally:
            os.close(handle)
        aside.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            aside.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


class Appender:
    """Appends pieces of data to a file; a piece is written completely or not at all.

    When `append` returns, the piece survives if this process is killed. It survives a power cut only after `sync`.
    """

    def __init__(self, path: Path, size: int | None = None) -> None:
        """Continue after the first `size` bytes of the file, and remove the rest; None: continue at its end."""
        self.path = path
        self._lock = threading.Lock()
        self._handle = open_private(path, os.O_WRONLY)
        try:
            self.go_on_after(os.fstat(self._handle).st_size if size is None else size)
        except BaseException:
            os.close(self._handle)
            raise

    def go_on_after(self, size: int) -> None:
        """Remove everything after the first `size` bytes, and continue there."""
        self.size = size
        os.ftruncate(self._handle, size)
        os.lseek(self._handle, size, os.SEEK_SET)

    def append(self, data: bytes) -> None:
        """Write a piece. Several threads may call this in parallel."""
        with self._lock:
            try:
                _write(self._handle, data, self.path)
            except BaseException:
                self.go_on_after(self.size)
                raise
            self.size += len(data)

    def sync(self) -> None:
        """Write appended data to the disk, so that it survives a power cut."""
        os.fsync(self._handle)

    def close(self) -> None:
        """Close the file; a second call does nothing."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)


def why(error: OSError) -> str:
    """Return the operating system's text for an error."""
    return error.strerror or str(error)


def _write(handle: int, data: bytes, path: Path) -> None:
    view = memoryview(data)
    try:
        while view:
            view = view[os.write(handle, view) :]
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
