"""Merges several files of AWS config, or of credentials, into the one that botocore reads."""

import configparser
import contextlib
import io
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from ivs_stream_key.errors import BadSettings

__all__ = ["as_one_file"]

_PREFIX: Final = "pulumi-ivs-stream-key-"
_HAS_MEMORY_FILES: Final = hasattr(os, "memfd_create") and Path("/proc/self/fd").is_dir()
# Files older than this (seconds) were left by killed processes. Creating a client may have to fetch credentials.
_LONGEST_USE: Final = 600


@contextlib.contextmanager
def as_one_file(files: Sequence[str]) -> Iterator[str | None]:
    """Yield the path of a file with the merged content of `files`; None if there are none.

    As in pulumi-aws, a later file overrides an earlier one for the same profile, and a missing file is skipped. The
    merged file is readable by its owner only, and removed at the end of the block; botocore has read it by then. On
    Linux it is in memory only. Elsewhere the next run removes files of a process that was killed.
    """
    if len(files) < 2:  # noqa: PLR2004 - none, or one that is used directly
        yield files[0] if files else None
        return
    merged = io.StringIO()
    _merged(files).write(merged)
    with _in_memory(merged.getvalue()) if _HAS_MEMORY_FILES else _on_disk(merged.getvalue()) as path:
        yield path


@contextlib.contextmanager
def _in_memory(text: str) -> Iterator[str]:
    with os.fdopen(os.memfd_create(_PREFIX), "w", encoding="utf-8") as out:
        os.fchmod(out.fileno(), 0o600)
        out.write(text)
        out.flush()
        yield f"/proc/self/fd/{out.fileno()}"


@contextlib.contextmanager
def _on_disk(text: str) -> Iterator[str]:
    _remove_left()
    descriptor, path = tempfile.mkstemp(prefix=_PREFIX)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
        yield path
    finally:
        Path(path).unlink()


def _remove_left() -> None:
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # another user's, or gone
            if time.time() - path.stat().st_mtime > _LONGEST_USE:
                path.unlink()


def _merged(files: Sequence[str]) -> configparser.RawConfigParser:
    # As in botocore, [DEFAULT] is an ordinary profile.
    parser = configparser.RawConfigParser(default_section="")
    for file in files:
        path = os.path.expandvars(Path(file).expanduser())
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            # The parser's error may quote the file.
            raise BadSettings(
                f"The shared AWS file {file} cannot be read.",
                expected="profiles in brackets, with lines such as region = us-west-2",
                got="something else",
                remedy="correct it, or remove it from the settings sharedConfigFiles and sharedCredentialsFiles.",
            ) from None
    return parser
