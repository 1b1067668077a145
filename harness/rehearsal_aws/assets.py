"""Converts a program's assets and archives to the bytes that are sent to AWS."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from rehearsal.paths import is_file, is_folder
from rehearsal.provider import ProviderError

__all__ = ["content_of", "zipped"]

# A fixed time, so that the same files give the same archive.
_TIME: Final = (1980, 1, 1, 0, 0, 0)


def content_of(properties: Mapping[str, Any]) -> bytes:
    """Return the content of an S3 object: its `content`, `contentBase64` or `source`."""
    if properties.get("content") is not None:
        return str(properties["content"]).encode()
    if properties.get("contentBase64") is not None:
        return base64.b64decode(properties["contentBase64"])
    source = properties.get("source")
    if isinstance(source, dict):
        return zipped(source) if "assets" in source else _content(source)
    return _read(source) if isinstance(source, str) else b""


def zipped(archive: Any) -> bytes:
    """Return an archive as a zip file. A file that already is a zip file is returned unchanged."""
    if isinstance(archive, dict) and isinstance(archive.get("path"), str) and is_file(Path(archive["path"])):
        return _read(archive["path"])
    if isinstance(archive, str):
        return _read(archive)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in sorted(_entries("", archive)):
            file.writestr(zipfile.ZipInfo(name, _TIME), content)
    return made.getvalue()


def _entries(name: str, value: Any) -> Iterator[tuple[str, bytes]]:
    if not isinstance(value, dict):
        return
    if isinstance(value.get("assets"), dict):
        for inner, asset in value["assets"].items():
            yield from _entries(f"{name}/{inner}" if name else inner, asset)
        return
    path = value.get("path")
    if isinstance(path, str) and is_folder(Path(path)):
        for file in sorted(Path(path).rglob("*")):
            if file.is_file():
                inside = file.relative_to(path).as_posix()
                yield f"{name}/{inside}" if name else inside, file.read_bytes()
        return
    yield name or "content", _content(value)


def _content(asset: Mapping[str, Any]) -> bytes:
    if isinstance(asset.get("text"), str):
        return str(asset["text"]).encode()
    if isinstance(asset.get("path"), str):
        return _read(asset["path"])
    raise ProviderError("expected an asset with a text or a path: a rehearsal fetches nothing from the network")


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise ProviderError(f"{path} can't be read: {error.strerror}") from None
