"""Reads the file of a persistent embedded AWS: a copy of its contents, followed by the calls that changed them later.

Each line is a checksum and a JSON text. The first line is the head, which names the version of the writing program and
holds the contents. Each further line is the record of one call. If a process was killed, the last line may be
incomplete.
"""

from __future__ import annotations

import dataclasses
import json
import zlib
from pathlib import Path
from typing import Any, Final

from rehearsal.errors import StateError
from rehearsal.state.private_files import why

__all__ = ["FORMAT", "VERSION", "Journal", "line_of", "read_journal", "remedy"]

FORMAT: Final = "rehearsal embedded AWS"
VERSION: Final = 1
_CHECKSUM: Final = 8


@dataclasses.dataclass(frozen=True, slots=True)
class Journal:
    """The contents of a journal file: JSON texts, which hold secrets and are in no repr, and their size in bytes."""

    head: str = dataclasses.field(repr=False)
    records: list[str] = dataclasses.field(repr=False)
    size: int


def line_of(data: Any) -> bytes:
    """Return the line for JSON data."""
    text = json.dumps(data, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def read_journal(path: Path, moto: str) -> Journal | None:
    """Read the journal at a path; None if it does not exist.

    :raises StateError: if it is another kind of file, or this version of rehearsal or of moto can't read it.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StateError(f"{path} can't be read: {why(error)}; see to it that this user can read it") from None
    *lines, rest = data.split(b"\n")
    texts = [_text(line) for line in lines]
    if not texts or texts[0] is None:
        raise StateError(f"{path} is not a file of the embedded cloud, or its beginning is damaged; {remedy(path)}")
    if None in texts:
        damaged = f"{path} is damaged in line {texts.index(None) + 1}"
        raise StateError(f"{damaged}, so that the embedded cloud's contents are unknown; {remedy(path)}")
    head, *records = [text for text in texts if text is not None]
    _check_head(path, head, moto)
    return Journal(head, records, len(data) - len(rest))


def _text(line: bytes) -> str | None:
    checksum, _, text = line.partition(b" ")
    if len(checksum) != _CHECKSUM or checksum != b"%08x" % zlib.crc32(text):
        return None
    try:
        return text.decode()
    except UnicodeDecodeError:
        return None


def _check_head(path: Path, text: str, moto: str) -> None:
    try:
        head = json.loads(text)
        written = (head["format"], head["version"], head["moto"])
        is_one = isinstance(head["id"], str) and type(head["calls"]) is int
    except (ValueError, KeyError, TypeError, RecursionError):
        is_one = False
    if not is_one:
        raise StateError(f"{path} is not a file of the embedded cloud; {remedy(path)}")
    if written[:2] != (FORMAT, VERSION):
        raise StateError(f"{path} is of another version of rehearsal ({written[0]} {written[1]}); {remedy(path)}")
    if written[2] != moto:
        raise StateError(
            f"{path} was written with moto {written[2]}, and moto {moto} is installed; install moto=={written[2]}, or "
            f"{remedy(path)}"
        )


def remedy(path: Path) -> str:
    """Return what to do about a file that can't be read, for messages."""
    return (
        f"delete {path.name}, and the stack's state with it, to start from nothing; or delete it alone, and "
        "`rehearse export | rehearse import -` puts into a new cloud what the state says is there"
    )
