"""A fleet's channels from a YAML or JSON file, with errors that name the file, the line and the field."""

import dataclasses
import datetime as dt
import difflib
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

from ivs_channel.arguments import ARGUMENTS
from ivs_channel.recording import Recording
from ivs_stream_key import Connection
from ivs_stream_key.messages.descriptions import kind_of, printable, slip_of
from ivs_stream_key.messages.formatting import may_be_content
from ivs_stream_key.messages.nesting import TOO_DEEP, is_too_deep
from ivs_stream_key.messages.redaction import redacted

__all__ = ["FleetFile", "read"]

_SECTIONS: Final = ("channels", "defaults")
# A few lines with nested aliases can expand to billions of values.
_MOST_VALUES: Final = 1_000_000
_MERGE: Final = "tag:yaml.org,2002:merge"
# Messages may quote the names in these fields. Names elsewhere may be secrets: in YAML, {secret_key:x} is a name.
_NAMED_BY_USERS: Final = ("tags", "rotation_triggers")
# Quoted text in PyYAML's errors, such as a password that begins with * or ! and has no quotes. Single characters stay.
_QUOTED: Final = re.compile(r"""\s*(?:'.{2,}'|".{2,}")""", re.DOTALL)


class FleetFile(NamedTuple):
    """The content of a file: `channels` with the arguments of each, and `defaults` for all.

    `lines` maps each field, such as ``("channels", "north", "publish_to", "ssm")``, to its line. The repr hides values.
    """

    channels: Mapping[str, Mapping[str, Any]]
    defaults: Mapping[str, Any]
    path: Path
    lines: Mapping[tuple[str, ...], int]

    def __repr__(self) -> str:
        return f"<FleetFile {self.path} of {len(self.channels)} channels>"

    def at(self, field: tuple[str, ...], message: str, channel: str | None = None) -> str | None:
        """Return the message with the file, line and field before it; None if the field is not in the file.

        `message` may begin with the names of nested fields, each with a colon. If `field` is a default, `channel` is
        the channel for which it is invalid.
        """
        if field not in self.lines:
            return None
        inner, _, rest = message.partition(": ")
        while rest and (*field, inner) in self.lines:
            field, message = (*field, inner), rest
            inner, _, rest = message.partition(": ")
        of = "" if channel is None else f", in channels.{channel}"
        return printable(redacted(f"{self.path}:{self.lines[field]}: {'.'.join(field)}{of}: {message}"))


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
        name = "channels" if may_be_content(str(path)) else path
        raise ValueError(f"{name}: the file of channels cannot be read: {reason}.") from None
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except RecursionError:
        raise ValueError(f"{path}: {TOO_DEEP}") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        raise ValueError(f"{path}{line}: expected YAML or JSON, got neither: {_problem(error)}.") from None
    try:
        if root is not None and _size(root, {}) > _MOST_VALUES:
            raise ValueError(f"{path}: expected at most {_MOST_VALUES} values with its aliases written out, got more.")
        return _Reader(path, arguments).file(root)
    except RecursionError:
        raise ValueError(f"{path}: {TOO_DEEP}") from None


def _size(node: yaml.Node, known: dict[int, int]) -> int:
    """Return the number of values in a node with its aliases expanded. A node that contains itself counts once."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        known[id(node)] = 1
        pairs = isinstance(node, yaml.MappingNode)
        inner = [part for pair in node.value for part in pair] if pairs else node.value
        known[id(node)] += sum([_size(part, known) for part in inner])
    return known[id(node)]


def _problem(error: yaml.YAMLError) -> str:
    # The error's context is left out, because it may quote any text.
    problem = str(getattr(error, "problem", None) or "it can't be read")
    text = _QUOTED.sub("", problem)
    return text if text == problem else f"{text}; text that begins with * or ! has to be in quotes"


class _Reader:
    def __init__(self, path: Path, arguments: Collection[str]) -> None:
        self._path = path
        self._arguments = arguments
        self._lines: dict[tuple[str, ...], int] = {}

    def file(self, root: yaml.Node | None) -> FleetFile:
        if root is None:
            raise ValueError(f"{self._path}:1: channels: expected a mapping by name, got an empty file.")
        sections = self._mapping(root, "the file", _SECTIONS)
        for name, (key, _) in sections.items():
            if name not in _SECTIONS:
                raise self._error(
                    key,
                    _name_for_message(name, _SECTIONS),
                    f"there is no such field{self._suggestion(name, _SECTIONS)}",
                )
        if "channels" not in sections:
            raise self._error(root, "channels", "expected a mapping by name, got nothing")
        channels = self._mapping(sections["channels"][1], "channels")
        found = {name: self._arguments_in(value, ("channels", name)) for name, (_, value) in channels.items()}
        defaults = self._arguments_in(sections["defaults"][1], ("defaults",)) if "defaults" in sections else {}
        return FleetFile(found, defaults, self._path, self._lines)

    def _arguments_in(self, node: yaml.Node, section: tuple[str, ...]) -> dict[str, Any]:
        field = ".".join(section)
        if isinstance(node, yaml.ScalarNode) and self._value(node) is None:
            return {}
        given = {}
        for name, (key, value) in self._mapping(node, field, ARGUMENTS).items():
            if name not in self._arguments:
                # The name may be shown if it is one of all arguments, including those that a file may not have.
                shown = _name_for_message(name, ARGUMENTS)
                raise self._error(
                    key, f"{field}.{shown}", f"there is no such argument{self._suggestion(name, self._arguments)}"
                )
            given[name] = self._argument(value, f"{field}.{name}")
            self._record_lines(key, value, (*section, name), set())
        return given

    def _record_lines(self, key: yaml.Node, value: yaml.Node, field: tuple[str, ...], seen: set[int]) -> None:
        """Record the lines of a field and its nested fields. In a list, the first field with a name counts."""
        self._lines.setdefault(field, key.start_mark.line + 1)
        # A node with an anchor may occur in many places.
        if id(value) in seen:
            return
        seen.add(id(value))
        for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
            if isinstance(one, yaml.MappingNode):
                for inner, content in one.value:
                    self._record_lines(inner, content, (*field, str(inner.value)), seen)

    def _argument(self, node: yaml.Node, field: str) -> Any:
        """Return the value of a node; ValueError for types of YAML that Pulumi does not have, such as dates."""
        value = self._value(node)
        if is_too_deep(value):
            raise self._error(node, field, TOO_DEEP.removesuffix("."))
        self._check(node, value, field, set())
        return value

    def _check(self, node: yaml.Node, value: Any, field: str, seen: set[int]) -> None:
        # A node with an anchor may occur in many places.
        if id(node) in seen:
            return
        seen.add(id(node))
        if isinstance(value, dict):
            for name in value:
                if not isinstance(name, str):
                    raise self._error(
                        node, field, f"expected names that are text, got {kind_of(name)}: put it in quotes"
                    )
            if isinstance(node, yaml.MappingNode):
                are_shown = field.rpartition(".")[2] in _NAMED_BY_USERS
                for key, inner in node.value:
                    name = self._value(key)
                    shown = name if are_shown else _name_for_message(name, _NAMES)
                    self._check(inner, value.get(name), f"{field}.{shown}", seen)
        elif isinstance(value, list) and isinstance(node, yaml.SequenceNode):
            for at, inner in enumerate(node.value):
                self._check(inner, value[at], f"{field}[{at}]", seen)
        elif not isinstance(value, str | int | float | None):
            kind = "a date" if isinstance(value, dt.date) else kind_of(value)
            raise self._error(node, field, f"expected text, a number, True or False, got {kind}: put text in quotes")

    def _mapping(
        self, node: yaml.Node, field: str, known: Collection[str] | None = None
    ) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Return the key and value nodes of a mapping, by name; names in `known` may be quoted (None: all names)."""
        if not isinstance(node, yaml.MappingNode):
            raise self._error(node, field, f"expected a mapping, got {kind_of(self._value(node))}")
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        merged: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            if key.tag == _MERGE:
                # If several merged mappings have the same name, the first one wins.
                for one in reversed(value.value if isinstance(value, yaml.SequenceNode) else [value]):
                    merged |= self._mapping(one, f"{field}.<<", known)
                continue
            name = self._value(key)
            if not isinstance(name, str) or not name:
                raise self._error(key, field, f"expected names that are text, got {kind_of(name)}: put it in quotes")
            if name in found:
                first = found[name][0].start_mark.line + 1
                shown = name if known is None else _name_for_message(name, known)
                raise self._error(key, f"{field}.{shown}", f"it occurs twice, first in line {first}: remove one")
            found[name] = (key, value)
        return {**merged, **found}

    def _value(self, node: yaml.Node) -> Any:
        loader = yaml.SafeLoader("")
        try:
            return loader.construct_document(node)
        except RecursionError:
            raise
        except Exception:  # noqa: BLE001 - PyYAML's constructors raise anything for text that does not fit its tag
            raise self._error(node, "the value", "it is no value that YAML's safe types have") from None
        finally:
            loader.dispose()

    def _error(self, node: yaml.Node, field: str, reason: str) -> ValueError:
        return ValueError(printable(redacted(f"{self._path}:{node.start_mark.line + 1}: {field}: {reason}.")))

    @staticmethod
    def _suggestion(name: str, known: Collection[str]) -> str:
        close = difflib.get_close_matches(name, list(known), n=1)
        return f": did you mean {close[0]}?" if close else f"; there are {', '.join(sorted(known))}"


def _name_for_message(name: Any, known: Collection[str]) -> str:
    """Return a name for a message: quoted if it is a close misspelling of a known name, else only its kind."""
    return str(name) if slip_of(name, known) is not None else f"({kind_of(name)})"


_NAMES: Final = (*Connection.__annotations__, *(field.name for field in dataclasses.fields(Recording)))
