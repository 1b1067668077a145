"""pathlib as in Python 3.14, whatever the Python: it answers False where it can't find out what is at a path."""

import errno
import os
from pathlib import Path

_ANSWERS = {"exists": os.path.exists, "is_file": os.path.isfile, "is_dir": os.path.isdir}


def hide_errors(monkeypatch):
    """Let `Path.exists` and its like swallow errors."""
    for name, answer in _ANSWERS.items():
        monkeypatch.setattr(Path, name, lambda self, *, answer=answer, **_: answer(self))


def make_unreadable(monkeypatch, hidden):
    """Let nothing find out what is at a path, as in a folder of another user. It can be read otherwise."""
    hide_errors(monkeypatch)
    stat = os.stat

    def refuse(path, *arguments, **options):
        if isinstance(path, (str, os.PathLike)) and os.fspath(path) == os.fspath(hidden):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(hidden))
        return stat(path, *arguments, **options)

    monkeypatch.setattr(os, "stat", refuse)
