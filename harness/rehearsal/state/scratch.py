"""Temporary folders that are removed even if their process is killed: the next process removes them."""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from filelock import FileLock, Timeout

__all__ = ["scratch_folder"]

_LOCK: Final = "in-use"


@contextlib.contextmanager
def scratch_folder(prefix: str, parent: str | None = None) -> Iterator[Path]:
    """Yield a folder that is removed after the block. If the process is killed, a later process removes it.

    Its name begins with `prefix`. `parent` None is the system's folder for temporary files.
    """
    where = parent or tempfile.gettempdir()
    _remove_leftover(where, prefix)
    # Ignore errors: a process that has not quite ended may still write to the folder.
    with tempfile.TemporaryDirectory(prefix=prefix, dir=where, ignore_cleanup_errors=True) as made, _lock(Path(made)):
        yield Path(made)


def _lock(folder: Path) -> FileLock:
    return FileLock(folder / _LOCK, timeout=0, thread_local=False)


@functools.cache
def _remove_leftover(where: str, prefix: str) -> None:
    """Remove folders that killed processes have left, once in a process. Folders of other users are kept."""
    for folder in Path(where).glob(f"{prefix}*"):
        # A folder without a lock file is just being created, or is not from this module.
        if _is_own(folder) and _is_own_lock(folder / _LOCK):
            with contextlib.suppress(OSError, Timeout), _lock(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_own(folder: Path) -> bool:
    """Whether it is a real folder of this user: other users can create folders and links in the temporary folder."""
    with contextlib.suppress(OSError):
        found = folder.lstat()
        return stat.S_ISDIR(found.st_mode) and (not hasattr(os, "geteuid") or found.st_uid == os.geteuid())
    return False


def _is_own_lock(path: Path) -> bool:
    """Whether it is a regular file without further hard links, because locking truncates the file."""
    with contextlib.suppress(OSError):
        found = path.lstat()
        return stat.S_ISREG(found.st_mode) and found.st_nlink == 1
    return False
