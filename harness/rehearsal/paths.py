"""Tests whether a path exists. If that can't be determined, it raises OSError, as pathlib did before Python 3.14.

Since Python 3.14, pathlib returns False instead. A state in an unreadable folder would then count as missing, and be
overwritten.
"""

import errno
import stat
from pathlib import Path
from typing import Final

__all__ = ["exists", "is_file", "is_folder"]

# The Windows errors that pathlib ignores too: device not ready, invalid name, unresolvable link.
_NOTHING_THERE: Final = frozenset({errno.ENOENT, errno.ENOTDIR, errno.EBADF, errno.ELOOP})
_NOTHING_THERE_ON_WINDOWS: Final = frozenset({21, 123, 1921})


def exists(path: Path) -> bool:
    """Whether there is anything; links are followed."""
    return _mode(path) is not None


def is_file(path: Path) -> bool:
    """Whether it is a regular file, or a link to one."""
    return stat.S_ISREG(_mode(path) or 0)


def is_folder(path: Path) -> bool:
    """Whether it is a folder, or a link to one."""
    return stat.S_ISDIR(_mode(path) or 0)


def _mode(path: Path) -> int | None:
    try:
        return path.stat().st_mode
    except OSError as error:
        if error.errno in _NOTHING_THERE or getattr(error, "winerror", None) in _NOTHING_THERE_ON_WINDOWS:
            return None
        raise
    except ValueError:  # a null character
        return None
