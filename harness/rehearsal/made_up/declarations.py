"""Reads the declaration of a resource type or function from an installed SDK: outputs, their types and documentation.

Pulumi's generated SDKs register a class for each type, whose getters have the types of the outputs. Only the docstrings
say which properties force a replacement, and have an example of an id.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import importlib
import re
import threading
import typing
from collections.abc import Mapping
from types import NoneType
from typing import Any, Final

from pulumi import _types
from pulumi.runtime import rpc

__all__ = ["Declaration", "Member", "function_declaration", "members_of", "resource_declaration"]

_FORCES: Final = re.compile(
    r"\bforc\w+ (?:terraform to |the |a |an |your )*(?:create |creation of )?(?:a |the )?"
    r"(?:new (?:resource|cluster|tenant)|(?:resource )?(?:replacement|re-?creation)|instance to be replaced)"
    r"|\bforces new for\b",
    re.IGNORECASE,
)
_IMPORT: Final = re.compile(r"^\s*\$ pulumi import (\S+) \S+ (.+?)\s*$", re.MULTILINE)
_DEFAULT: Final = re.compile(
    r"\b(?:[Dd]efaults? (?:value )?(?:is|to|of)|[Dd]efault value is|[Dd]efault:)\s+(?:set to\s+)?`\"?([^`\"]+)\"?`"
)
_CHOICES: Final = re.compile(
    r"\b(?:[Vv]alid (?:values?|options?|types?)|[Aa]llowed values?|[Pp]ossible values?|[Oo]ne of|either)\b"
    r"[^`.]{0,60}`\"?([^`\"]+)\"?`"
)


# Only one thread at a time imports an SDK, because its modules have circular imports.
_importing: Final = threading.RLock()


@dataclasses.dataclass(frozen=True, slots=True)
class Member:
    """An output property: its type, whether it may be missing, and its documentation."""

    type: Any
    optional: bool
    doc: str = dataclasses.field(default="", repr=False)

    @property
    def default(self) -> str:
        """The default that the documentation names; empty if it names none."""
        found = _DEFAULT.search(self.doc)
        return found[1] if found else ""

    @property
    def choice(self) -> str:
        """The first of the allowed values in the documentation; empty if it lists none."""
        found = _CHOICES.search(self.doc)
        return found[1] if found else ""

    @property
    def forces_replacement(self) -> bool:
        """Whether the documentation says that a change forces a new resource."""
        return _FORCES.search(self.doc) is not None


@dataclasses.dataclass(frozen=True, slots=True)
class Declaration:
    """The outputs of a resource type or function, by their names in the protocol, and an example of an id."""

    members: Mapping[str, Member]
    example: str = ""


def resource_declaration(token: str) -> Declaration | None:
    """Return the declaration of a resource type; None if no installed SDK has it."""
    with _importing:
        cls = _resource_class(token)
        return None if cls is None else _resource(cls, token)


def function_declaration(token: str) -> Declaration | None:
    """Return the declaration of a function's result; None if no installed SDK has it."""
    with _importing:
        cls = _result_class(token)
        return None if cls is None else Declaration(members_of(cls))


@functools.cache
def members_of(cls: type) -> Mapping[str, Member]:
    """Return the properties of a class of outputs, or of a resource."""
    types = _types.resource_types(cls)
    found = {}
    for _, name, getter in _types._py_properties(cls):  # noqa: SLF001 - the SDK has no public name for it
        if name in types and getter.fget is not None:
            doc = getter.fget.__doc__ or ""
            found[name] = Member(types[name], _is_optional(getter.fget.__annotations__.get("return")), doc)
    return found


@functools.cache
def _resource(cls: type, token: str) -> Declaration:
    members = {name: member for name, member in members_of(cls).items() if name not in {"id", "urn"}}
    docs = [overload.__doc__ or "" for overload in typing.get_overloads(vars(cls).get("__init__", cls))] + [
        cls.__doc__ or ""
    ]
    examples = [found[2] for doc in docs for found in _IMPORT.finditer(doc) if found[1] == token]
    arguments = _argument_docs("\n".join(docs))
    documented = {
        name: dataclasses.replace(member, doc=f"{member.doc}\n{arguments.get(name, '')}")
        for name, member in members.items()
    }
    return Declaration(documented, examples[0].strip("'\"") if examples else "")


def _argument_docs(doc: str) -> dict[str, str]:
    found = re.findall(r"^\s*:param \S.*?\] (\w+): (.*)$", doc, re.MULTILINE)
    return {_camel(name): text for name, text in found}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)


def _is_optional(annotation: Any) -> bool:
    """Whether an annotation is ``Output[Optional[…]]``. It may contain unresolved names."""
    if typing.get_origin(annotation) is not typing.Union:
        inner = typing.get_args(annotation)
        annotation = inner[0] if len(inner) == 1 else annotation
    return NoneType in typing.get_args(annotation)


@functools.cache
def _load(package: str) -> None:
    """Import the SDK of a package, which registers its types."""
    with contextlib.suppress(ImportError):
        importlib.import_module(f"pulumi_{package.replace('-', '_')}")


def _modules(package: str, module: str) -> list[Any]:
    key = f"{package}:{module}"
    if key not in rpc._RESOURCE_MODULES:  # noqa: SLF001 - the SDK reads it, and offers no reading
        _load(package)
    return list(rpc._RESOURCE_MODULES.get(key, ()))  # noqa: SLF001


def _resource_class(token: str) -> type | None:
    package, module, _ = _split_token(token)
    for registered in _modules(package, module):
        info = getattr(registered, "mod_info", {})
        name = info.get("classes", {}).get(token)
        if name is not None:
            return typing.cast(type, getattr(importlib.import_module(info["fqn"]), name))
    return None


def _result_class(token: str) -> type | None:
    package, module, name = _split_token(token)
    _load(package)
    home = module.partition("/")[0]
    for place in _module_names(package, home):
        with contextlib.suppress(ImportError, AttributeError):
            return typing.cast(type, getattr(importlib.import_module(place), f"{name[:1].upper()}{name[1:]}Result"))
    return None


def _module_names(package: str, home: str) -> list[str]:
    """Return the names of the Python modules that may contain the functions of a token's module."""
    found = {
        module.mod_info["fqn"]: None
        for key, registered in list(rpc._RESOURCE_MODULES.items())  # noqa: SLF001
        if key.partition(":")[0] == package and key.partition(":")[2].partition("/")[0] == home
        for module in registered
        if hasattr(module, "mod_info")
    }
    root = f"pulumi_{package.replace('-', '_')}"
    return [*found, f"{root}.{home}", root]


def _split_token(token: str) -> tuple[str, str, str]:
    package, _, rest = token.partition(":")
    module, _, name = rest.rpartition(":")
    return package, module, name
