"""The tags of a resource in pulumi-aws: ``tags`` are its own, ``tagsAll`` include the provider's default tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rehearsal.provider import UNKNOWN
from rehearsal_aws.resources.connection import Connection

__all__ = ["all_tags", "as_text", "split", "wanted_tags"]

_OF_AWS: Final = "aws:"


def as_text(tags: Mapping[str, Any]) -> dict[str, Any]:
    """Return tags as pulumi-aws sends them: numbers and booleans as text, without tags that have no value."""
    return {key: _text(value) for key, value in tags.items() if value is not None}


def _text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, int | float) else value


def wanted_tags(connection: Connection, own: Any) -> Any:
    """Return the tags for a new resource; UNKNOWN if any of its own tags is unknown."""
    if own is UNKNOWN or any(value is UNKNOWN for value in (own or {}).values()):
        return UNKNOWN
    return {**connection.default_tags, **(own or {})}


def all_tags(connection: Connection, own: Any) -> Any:
    """Return ``tagsAll``: own and default tags, without ignored ones."""
    wanted = wanted_tags(connection, own)
    return wanted if wanted is UNKNOWN else {k: v for k, v in wanted.items() if not connection.ignores_tag(k)}


def split(
    connection: Connection, found: Mapping[str, str], declared: Mapping[str, Any]
) -> tuple[dict[str, str], dict[str, str]]:
    """Return ``tags`` and ``tagsAll`` of a resource that has the tags `found`, and for which the program declares tags.

    A default tag is not one of its own tags, unless the program declares it as well.
    """
    defaults = connection.default_tags
    ours = {key: value for key, value in found.items() if not key.startswith(_OF_AWS)}
    everything = {key: value for key, value in ours.items() if not connection.ignores_tag(key)}
    own = {key: value for key, value in everything.items() if defaults.get(key) != value}
    return own | {key: ours[key] for key in declared if key in ours}, everything
