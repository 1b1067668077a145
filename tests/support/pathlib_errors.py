"""Makes pathlib behave as in Python 3.14: `exists` and the like return False on an OSError."""

import errno
import os
from pathlib import Path

_FUNCTIONS = {"exists": os.path.exists, "is_file": os.path.isfile, "is_dir": os.path.isdir}


def hide_errors(monkeypatch):
    """Make `Path.exists`, `Path.is_file` and `Path.is_dir` return False on an OSError."""
    for name, function in _FUNCTIONS.items():
        monkeypatch.setattr(Path, name, lambda self, *, function=function, **_: function(self))


def make_unreadable(monkeypatch, hidden):
    """Make `os.stat` of one path raise PermissionError, as in a folder of another user. Other functions still work."""
    hide_errors(monkeypatch)
    stat = os.stat

    def refuse(path, *arguments, **options):
        if isinstance(path, (str, os.PathLike)) and os.fspath(path) == os.fspath(hidden):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(hidden))
        return stat(path, *arguments, **options)

    monkeypatch.setattr(os, "stat", refuse)
