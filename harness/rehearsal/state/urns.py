"""URNs: the names of resources, ``urn:pulumi:STACK::PROJECT::PARENT_TYPES$TYPE::NAME``."""

from __future__ import annotations

from typing import Final

__all__ = [
    "PROVIDER_PREFIX",
    "ROOT_TYPE",
    "is_provider_type",
    "is_urn",
    "make_urn",
    "name_of",
    "package_of",
    "qualified_type_of",
    "renamed_under",
    "type_of",
]

ROOT_TYPE: Final = "pulumi:pulumi:Stack"
_PARTS: Final = 4  # stack, project, types, name
PROVIDER_PREFIX: Final = "pulumi:providers:"


def make_urn(stack: str, project: str, parent: str, type_token: str, name: str) -> str:
    """Return the URN of a resource. Its qualified type begins with its parents' types, without the stack's."""
    parents = qualified_type_of(parent) if parent else ROOT_TYPE
    qualified = type_token if parents == ROOT_TYPE else f"{parents}${type_token}"
    return f"urn:pulumi:{stack}::{project}::{qualified}::{name}"


def is_urn(text: str) -> bool:
    """Whether a text is a URN."""
    parts = text.split("::", 3)
    return len(parts) == _PARTS and parts[0].startswith("urn:pulumi:")


def renamed_under(urn: str, parent: str) -> str:
    """Return the URN of a resource after its parent was renamed."""
    stack, project, _, name = urn.split("::", 3)
    return f"{stack}::{project}::{qualified_type_of(parent)}${type_of(urn)}::{name}"


def qualified_type_of(urn: str) -> str:
    """Return the qualified type in a URN: the types of the parents and its own, joined by ``$``."""
    return urn.split("::", 3)[2]


def type_of(urn: str) -> str:
    """Return the resource's own type token, without its parents' types."""
    return qualified_type_of(urn).rpartition("$")[2]


def name_of(urn: str) -> str:
    """Return the resource's name, which may contain anything, including ``::``."""
    return urn.split("::", 3)[3]


def package_of(type_token: str) -> str:
    """Return the package that provides a type: ``aws`` for ``aws:ivs/channel:Channel``."""
    return type_token.partition(":")[0]


def is_provider_type(type_token: str) -> bool:
    """Whether resources of this type are providers themselves."""
    return type_token.startswith(PROVIDER_PREFIX)
