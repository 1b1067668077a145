"""A temporary folder that is removed even if its process is killed."""

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
    """Yield a folder that is removed after the block, or, if the process is killed, when the next one is created.

    Its name begins with `prefix`. `parent` None is the system's folder for temporary files.
    """
    where = parent or tempfile.gettempdir()
    _remove_left(where, prefix)
    # A process that has not quite ended may still write there.
    with tempfile.TemporaryDirectory(prefix=prefix, dir=where, ignore_cleanup_errors=True) as made, _lock(Path(made)):
        yield Path(made)


def _lock(folder: Path) -> FileLock:
    return FileLock(folder / _LOCK, timeout=0, thread_local=False)


@functools.cache
def _remove_left(where: str, prefix: str) -> None:
    """Remove the unused folders, once in a process. Those of other users can't be removed."""
    for folder in Path(where).glob(f"{prefix}*"):
        # A folder without a lock is just being created, or is unknown here.
        if _is_own(folder) and _is_own_lock(folder / _LOCK):
            with contextlib.suppress(OSError, Timeout), _lock(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_own(folder: Path) -> bool:
    """Whether it is a folder of this user: everybody may write in its parent, including links to something else."""
    with contextlib.suppress(OSError):
        found = folder.lstat()
        return stat.S_ISDIR(found.st_mode) and (not hasattr(os, "geteuid") or found.st_uid == os.geteuid())
    return False


def _is_own_lock(path: Path) -> bool:
    """Whether it is a regular file with a single name: locking it truncates it."""
    with contextlib.suppress(OSError):
        found = path.lstat()
        return stat.S_ISREG(found.st_mode) and found.st_nlink == 1
    return False
