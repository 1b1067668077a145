"""A temporary folder that does not stay, though the process that has made it may be killed."""

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

_PREFIX: Final = "embedded-aws-"
_LOCK: Final = "in-use"


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a folder that is gone after the block, or, of a process that was killed, when the next asks for one."""
    _remove_left(tempfile.gettempdir())
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as made, _lock(Path(made)):
        yield Path(made)


def _lock(folder: Path) -> FileLock:
    return FileLock(folder / _LOCK, timeout=0, thread_local=False)


@functools.cache
def _remove_left(where: str) -> None:
    """Remove the folders that nobody uses any more, once in a process. Those of other users refuse to go."""
    for folder in Path(where).glob(f"{_PREFIX}*"):
        # One without a lock is being made at this moment, or is nobody's that is known here.
        if _is_own(folder) and _is_own_lock(folder / _LOCK):
            with contextlib.suppress(OSError, Timeout), _lock(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_own(folder: Path) -> bool:
    """Whether it is a folder of this user's: where it lies everybody may write, also links to something else."""
    with contextlib.suppress(OSError):
        found = folder.lstat()
        return stat.S_ISDIR(found.st_mode) and (not hasattr(os, "geteuid") or found.st_uid == os.geteuid())
    return False


def _is_own_lock(path: Path) -> bool:
    """Whether it is a file of that name alone: to lock it empties it."""
    with contextlib.suppress(OSError):
        found = path.lstat()
        return stat.S_ISREG(found.st_mode) and found.st_nlink == 1
    return False
