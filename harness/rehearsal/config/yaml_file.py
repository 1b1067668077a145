"""Reads YAML files of a project as Pulumi does, with limits for files from untrusted sources."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from rehearsal.errors import ProjectError

__all__ = ["load", "mapping_in", "read_mapping", "text_in"]

# Aliases in a file of a few lines can expand to any number of values, and a recursive alias to infinitely many.
_MOST_VALUES: Final = 100_000
# Quoted text in PyYAML's errors, except single characters. It is the name of an alias, tag or anchor, which may be a
# password that begins with *, ! or & and has no quotes.
_QUOTED: Final = re.compile(r"""\s*(?:'.{2,}'|"(?!<unicode string>).{2,}")""", re.DOTALL)
_DEEPEST: Final = 100
_NOT_OF_ITS_TAG: Final = "a date, or what has a tag such as !!int, is none; put it in quotes if it is text"


class _Loader(yaml.SafeLoader):
    """A loader for YAML 1.1 with one rule of YAML 1.2, as in Go's YAML: `yes` and `on` are text."""


_BOOLEAN: Final = "tag:yaml.org,2002:bool"
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOLEAN]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_BOOLEAN, re.compile(r"true|True|TRUE|false|False|FALSE"), list("tTfF"))


def read_mapping(path: Path) -> dict[str, Any]:
    """Return the mapping in a file; an empty one for an empty file.

    :raises ProjectError: if it contains something else, or can't be read. The error does not quote the content.
    """
    try:
        data = _plain(load(path.read_text(encoding="utf-8"))) or {}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise ProjectError(f"{path} is not YAML: {_unquoted(error.problem or error.context or '')}{where}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise ProjectError(f"{path} can't be read: {error}") from None
        reason = "it is nested too deep" if isinstance(error, RecursionError) else _reason(error)
        raise ProjectError(f"{path} is not YAML: {reason}") from None
    except OSError as error:
        raise ProjectError(
            f"{path} can't be read: {error.strerror or error}; name a file that this user can read"
        ) from None
    if not isinstance(data, dict):
        raise ProjectError(f"{path}: expected a mapping, got {_kind(data)}")
    return data


def mapping_in(path: Path, data: Mapping[str, Any], key: str) -> dict[str, Any]:
    """Return the mapping under a key of a file's mapping; an empty one if the key is missing.

    :raises ProjectError: if it is something else, or one of its keys is no text.
    """
    value = data.get(key) or {}
    if not isinstance(value, dict):
        raise ProjectError(f"{path}: {key}: expected a mapping, got {_kind(value)}")
    for inner in value:
        if not isinstance(inner, str):
            raise ProjectError(f"{path}: {key}: expected keys of text, got {inner!r}; put it in quotes")
    return value


def text_in(path: Path, data: Mapping[str, Any], key: str, default: str) -> str:
    """Return the text under a key of a file's mapping, or the default.

    :raises ProjectError: if it is something else.
    """
    value = data.get(key)
    if value is None:
        return default
    if not isinstance(value, str) or "\0" in value:
        raise ProjectError(f"{path}: {key}: expected text, got {_kind(value)}")
    return value


def load(text: str) -> Any:
    """Parse YAML; the result may contain dates.

    :raises yaml.YAMLError, ValueError, RecursionError: if it is invalid, too deep, or too large with aliases expanded.
    """
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _count(node, {}, 0)
        try:
            return loader.construct_document(node)
        except (yaml.YAMLError, RecursionError):
            raise
        except Exception:  # noqa: BLE001 - PyYAML's constructors raise anything for text that does not fit its tag
            raise ValueError(_NOT_OF_ITS_TAG) from None
    finally:
        loader.dispose()


def _count(node: yaml.Node, known: dict[int, int], depth: int) -> int:
    """Return the number of values in a node with its aliases expanded."""
    if depth > _DEEPEST:
        raise ValueError(f"it is nested more than {_DEEPEST} levels deep")
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) not in known:
        pairs = isinstance(node, yaml.MappingNode)
        inner = [part for pair in node.value for part in pair] if pairs else node.value
        known[id(node)] = 1 + sum(_count(part, known, depth + 1) for part in inner)
        if known[id(node)] > _MOST_VALUES:
            raise ValueError(f"it is more than {_MOST_VALUES} values with its aliases written out")
    return known[id(node)]


def _plain(value: Any) -> Any:
    """Return a value with JSON types only; dates and times as the text that Go writes."""
    match value:
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list():
            return [_plain(inner) for inner in value]
        case dt.datetime():
            return f"{value:%Y-%m-%d %H:%M:%S} +0000 UTC"
        case dt.date():
            return f"{value:%Y-%m-%d} 00:00:00 +0000 UTC"
        case None | bool() | int() | float() | str():
            return value
        case _:
            raise ValueError(
                f"expected text, numbers, booleans, lists and mappings, got a value of type {_kind(value)}"
            )


def _kind(value: Any) -> str:
    return type(value).__name__


def _unquoted(problem: str) -> str:
    text = " ".join(_QUOTED.sub("", problem).split())
    return text if text == problem else f"{text}; text that begins with *, ! or & has to be in quotes"


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())
