"""Pages of a list, with a token that names the last returned item."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from typing import TypeVar

from moto_ivs.exceptions import ValidationException

__all__ = ["page"]

Item = TypeVar("Item")


def page(
    items: Iterable[Item], key: Callable[[Item], str], *, of: str, at_most: int, token: str | None
) -> tuple[list[Item], str | None]:
    """Return the items after those of the token's page, in the order of `key`, and the next page's token.

    `of` names the query (operation and filter): a token is valid only for the query that returned it. If items are
    added or removed between two pages, no other item is skipped or repeated. The returned token is None on the last
    page. An empty token asks for the first page, as in the AWS CLI's examples.

    Raises ValidationException for a token that did not come from this query.
    """
    after = _last_key(token, of) if token else None
    rest = sorted((item for item in items if after is None or key(item) > after), key=key)
    items_of_page = rest[:at_most]
    return items_of_page, _token(of, key(items_of_page[-1])) if len(rest) > at_most else None


def _token(of: str, after: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([of, after]).encode()).decode()


def _last_key(token: str, of: str) -> str:
    refusal = ValidationException("The nextToken is not one that this query returned")
    try:
        content = json.loads(base64.b64decode(token, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise refusal from None
    match content:
        case [query, str(after)] if query == of:
            return after
    raise refusal
