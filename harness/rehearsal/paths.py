"""What is at a path: an OSError if that can't be found out, as with pathlib before Python 3.14.

Since then, pathlib's answer is False: a state in an unreadable folder would be no state, and be written anew.
"""

import errno
import stat
from pathlib import Path
from typing import Final

__all__ = ["exists", "is_file", "is_folder"]

# As pathlib has them: the device is not ready, the name is invalid, a link can't be resolved.
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
