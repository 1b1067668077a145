"""References to a resource in a test: its URN, its name, or its name preceded by types."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from rehearsal.display.formatting import short_type
from rehearsal.state.urns import ROOT_TYPE, name_of, qualified_type_of

__all__ = ["ambiguous", "labels", "matching", "only_match"]


def matching(reference: str, urns: Collection[str]) -> list[str]:
    """Return the URNs that match a reference.

    A reference is a URN, a name, or a name preceded by types, as in ``Channel::live``. Types are separated by ``$``,
    parents first (``Site$LiveChannel$Channel::live``), and each may be shortened to its end. For a resource without a
    parent, the first type may be ``Stack``.
    """
    if reference in urns:
        return [reference]
    return [urn for urn in dict.fromkeys(urns) if name_of(urn) == reference or _ends_in(urn, reference)]


def labels(urns: Collection[str]) -> Mapping[str, str]:
    """Return the shortest unambiguous reference with a type for each URN; if there is none, the URN."""
    known = dict.fromkeys(urns)
    return {urn: next((text for text in _references(urn) if len(matching(text, known)) == 1), urn) for urn in known}


def ambiguous(reference: str, found: Collection[str], urns: Collection[str]) -> str:
    """Return the error text for an ambiguous reference, with a reference for each match."""
    names = labels(urns)
    lines = [f"  {names[urn]}" if names[urn] == urn else f"  {names[urn]}  ({urn})" for urn in found]
    head = f"{reference!r} may be any of {len(found)} resources; name one by its URN, or by the types of its parents:"
    return "\n".join([head, *lines])


def only_match(reference: str, urns: Collection[str]) -> str:
    """Return the one URN that matches a reference.

    :raises LookupError: if none matches, or several do.
    """
    found = matching(reference, urns)
    if len(found) == 1:
        return found[0]
    if found:
        raise LookupError(ambiguous(reference, found, urns))
    raise LookupError(f"no resource {reference!r}; there is {', '.join(labels(urns).values()) or 'nothing'}")


def _ends_in(urn: str, reference: str) -> bool:
    types, separator, name = reference.partition("::")
    if not separator:
        return False
    if urn.endswith(reference) and urn[: -len(reference)][-1:] in {":", "$", "/"}:
        return True
    wanted, given = types.split("$"), _types(urn)
    return (
        name == name_of(urn)
        and len(wanted) <= len(given)
        and all(_is_type(text, token) for text, token in zip(reversed(wanted), reversed(given), strict=False))
    )


def _types(urn: str) -> list[str]:
    types = qualified_type_of(urn).split("$")
    return types if types == [ROOT_TYPE] else [ROOT_TYPE, *types]


def _is_type(text: str, token: str) -> bool:
    return any(text and f":{form}".endswith((f":{text}", f"/{text}")) for form in (token, _short(token)))


def _short(token: str) -> str:
    return short_type(f"::::{token}::")


def _references(urn: str) -> Iterator[str]:
    """Yield references to a resource, the shortest first: type and name, then with one more parent each time."""
    types = [_short(token).rpartition(":")[2] or token for token in _types(urn)]
    for first in range(len(types) - 1, -1, -1):
        yield f"{'$'.join(types[first:])}::{name_of(urn)}"
