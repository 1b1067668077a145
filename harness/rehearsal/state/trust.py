"""Checks that other users can't have created or changed a file or folder."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rehearsal.errors import StateError
from rehearsal.state.private_files import FOLDER

__all__ = ["VARIABLE", "check_tree", "check_trusted"]

VARIABLE: Final = "REHEARSE_ALLOW_FOREIGN_FILES"
"""The environment variable that allows untrusted files, if it is ``true`` or ``1``."""

_YES: Final = frozenset({"1", "true"})
_ROOT: Final = 0


def check_trusted(*paths: Path) -> None:
    """Check files and their folders, up to `.rehearsal`, or only the nearest folder outside of `.rehearsal`.

    Each must belong to this user or root, and be writable only by its owner and group. `.rehearsal` and everything
    below it must not be links. Missing files are accepted, and on a system without file owners everything is.

    :raises StateError: for the first violation.
    """
    if not hasattr(os, "geteuid"):
        return
    allowed = _foreign_files_are_allowed()
    for path in dict.fromkeys(itertools.chain.from_iterable(map(_folders_and_path, paths))):
        try:
            found = path.lstat()
            target = path.stat()
        except OSError:  # an unreadable path is reported where it is used
            continue
        if not stat.S_ISREG(target.st_mode) and not stat.S_ISDIR(target.st_mode):
            raise StateError(f"{path}: expected a file or folder, got something else; delete it")
        fault = _fault(path, found, target)
        if fault and not allowed:
            raise StateError(f"{path} {fault}; or set {VARIABLE}=true if you trust it")


def check_tree(folder: Path) -> None:
    """Check a folder as `check_trusted` does, and the owner and type of everything in it. Hard links are refused.

    Modes below the folder are not checked, because other users can't access the folder.

    :raises StateError: for the first violation.
    """
    check_trusted(folder)
    if not hasattr(os, "geteuid"):
        return
    for parent, folders, files in os.walk(folder):
        for path in map(Path(parent).joinpath, (*folders, *files)):
            try:
                found = path.lstat()
            except FileNotFoundError:  # another run has removed it
                continue
            fault = _fault_within(found)
            if fault:
                raise StateError(f"{path} {fault}")


def _fault_within(found: os.stat_result) -> str:
    if stat.S_ISLNK(found.st_mode) or (stat.S_ISREG(found.st_mode) and found.st_nlink > 1):
        return "is a link, and may have been planted to have something else written: delete it"
    if not stat.S_ISREG(found.st_mode) and not stat.S_ISDIR(found.st_mode):
        return "is neither a file nor a folder: delete it"
    if found.st_uid not in {os.geteuid(), _ROOT} and not _foreign_files_are_allowed():
        return (
            f"belongs to another user (uid {found.st_uid}), who may have made it up: delete it; or set "
            f"{VARIABLE}=true if you trust it"
        )
    return ""


def _foreign_files_are_allowed() -> bool:
    return os.environ.get(VARIABLE, "").lower() in _YES


def _folders_and_path(path: Path) -> Iterator[Path]:
    """Yield the folders to check, from the top, followed by the path itself."""
    home = next((parent for parent in path.parents if parent.name == FOLDER), None)
    if home is None:
        yield path.parent
    else:
        yield from [parent for parent in reversed(path.parents) if parent == home or home in parent.parents]
    yield path


def _fault(path: Path, found: os.stat_result, target: os.stat_result) -> str:
    if stat.S_ISLNK(found.st_mode) and FOLDER in path.parts:
        return "is a link, and may have been planted to have something else written: put a file or folder in its place"
    if target.st_uid not in {os.geteuid(), _ROOT}:
        return (
            f"belongs to another user (uid {target.st_uid}), who may have made it up, and may read what is written "
            "there: use one of your own"
        )
    # In a folder with the sticky bit, such as /tmp, users can't change other users' files.
    if target.st_mode & stat.S_IWOTH and not target.st_mode & stat.S_ISVTX:
        return "can be written by everybody: see what is in it, and then `chmod o-w` it"
    return ""
