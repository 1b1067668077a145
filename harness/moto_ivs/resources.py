"""Functions for all resource types: find a resource by its ARN, and list resources in pages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from moto_ivs.exceptions import ResourceNotFoundException
from moto_ivs.paging import page

__all__ = ["page_of_summaries", "resource_by_arn"]


def resource_by_arn(resources: Mapping[str, dict[str, Any]], arn: str) -> dict[str, Any]:
    """Return the resource with the ARN. Raises ResourceNotFoundException."""
    try:
        return resources[arn]
    except KeyError:
        raise ResourceNotFoundException(f"Resource: {arn} not found") from None


def page_of_summaries(
    resources: Iterable[Mapping[str, Any]],
    members: Collection[str],
    *,
    of: str,
    at_most: int,
    token: str | None,
) -> tuple[list[dict[str, Any]], str | None]:
    """Return a page of the resources, each with those of the `members` that it has, and the next page's token.

    `of` as for `page`. Raises ValidationException for a token of another query.
    """
    items, next_token = page(resources, lambda resource: resource["arn"], of=of, at_most=at_most, token=token)
    return [{name: resource[name] for name in members if name in resource} for resource in items], next_token
