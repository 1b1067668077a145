"""A fleet's channels from a YAML or JSON file, with errors that name the file, the line and the field."""

import difflib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from ivs_stream_key.messages.descriptions import kind_of

__all__ = ["FleetFile", "read"]

_SECTIONS: Final = ("channels", "defaults")


class FleetFile(NamedTuple):
    """The content of a file: `channels`, each with its arguments, and `defaults` for all."""

    channels: Mapping[str, Mapping[str, Any]]
    defaults: Mapping[str, Any]


def read(file: str | Path, arguments: Collection[str]) -> FleetFile:
    """Read a file with ``channels`` (a mapping by name) and optional ``defaults``; JSON is YAML too.

    ValueError, ``FILE:LINE: FIELD: …``, for invalid YAML, for fields other than `arguments`, and for duplicates. No
    value is quoted.
    """
    path = Path(file)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise ValueError(f"{path}: the file of channels cannot be read: {reason}.") from None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise ValueError(f"{path}{line}: expected YAML or JSON, got neither: {_problem(error)}.") from None
    reader = _Reader(path, arguments)
    return reader.file(root)


def _problem(error: yaml.YAMLError) -> str:
    # Its problem quotes a character or a kind of token at most; its context may quote more.
    return str(getattr(error, "problem", None) or "it can't be read")


class _Reader:
    def __init__(self, path: Path, arguments: Collection[str]) -> None:
        self._path = path
        self._arguments = arguments

    def file(self, root: yaml.Node | None) -> FleetFile:
        if root is None:
            raise ValueError(f"{self._path}:1: channels: expected a mapping by name, got an empty file.")
        sections = self._mapping(root, "the file")
        for name, (key, _) in sections.items():
            if name not in _SECTIONS:
                raise self._bad(key, name, f"there is no such field{self._meant(name, _SECTIONS)}")
        if "channels" not in sections:
            raise self._bad(root, "channels", "expected a mapping by name, got nothing")
        channels = self._mapping(sections["channels"][1], "channels")
        found = {name: self._given(value, f"channels.{name}") for name, (_, value) in channels.items()}
        defaults = self._given(sections["defaults"][1], "defaults") if "defaults" in sections else {}
        return FleetFile(found, defaults)

    def _given(self, node: yaml.Node, field: str) -> dict[str, Any]:
        if isinstance(node, yaml.ScalarNode) and self._value(node) is None:
            return {}
        given = {}
        for name, (key, value) in self._mapping(node, field).items():
            if name not in self._arguments:
                raise self._bad(
                    key, f"{field}.{name}", f"there is no such argument{self._meant(name, self._arguments)}"
                )
            given[name] = self._value(value)
        return given

    def _mapping(self, node: yaml.Node, field: str) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        if not isinstance(node, yaml.MappingNode):
            raise self._bad(node, field, f"expected a mapping, got {kind_of(self._value(node))}")
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = self._value(key)
            if not isinstance(name, str) or not name:
                raise self._bad(key, field, f"expected names that are text, got {kind_of(name)}: put it in quotes")
            if name in found:
                first = found[name][0].start_mark.line + 1
                raise self._bad(key, f"{field}.{name}", f"it is there twice, first in line {first}: take one out")
            found[name] = (key, value)
        return found

    def _value(self, node: yaml.Node) -> Any:
        loader = yaml.SafeLoader("")
        try:
            return loader.construct_document(node)
        except (yaml.YAMLError, ValueError, OverflowError):
            raise self._bad(node, "the value", "it is no value that YAML's safe types have") from None
        finally:
            loader.dispose()

    def _bad(self, node: yaml.Node, field: str, reason: str) -> ValueError:
        return ValueError(f"{self._path}:{node.start_mark.line + 1}: {field}: {reason}.")

    @staticmethod
    def _meant(name: str, known: Collection[str]) -> str:
        close = difflib.get_close_matches(name, list(known), n=1)
        return f": did you mean {close[0]}?" if close else f"; there are {', '.join(sorted(known))}"
