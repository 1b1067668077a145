from __future__ import annotations

import base64
import re

import pytest

from moto_ivs.exceptions import ValidationException
from moto_ivs.paging import page
from moto_ivs.validate import shape_for

LETTERS = ["d", "a", "c", "b"]


def get_page(items: list[str], token: str, *, of: str = "letters", at_most: int = 2) -> tuple[list[str], str | None]:
    return page(items, str, of=of, at_most=at_most, token=token)


def test_pages_are_in_order_and_the_last_has_no_token() -> None:
    first, token = get_page(LETTERS, None)
    second, end = get_page(LETTERS, token)
    assert (first, second, end) == (["a", "b"], ["c", "d"], None)


def test_a_complete_page_has_no_token() -> None:
    assert get_page(LETTERS, None, at_most=4) == (["a", "b", "c", "d"], None)


def test_an_empty_list_is_one_empty_page() -> None:
    assert get_page([], None) == ([], None)


def test_items_deleted_between_two_pages_skip_nothing() -> None:
    _, token = get_page(LETTERS, None)
    assert get_page(["c", "d"], token) == (["c", "d"], None)


def test_items_added_between_two_pages_repeat_nothing() -> None:
    _, token = get_page(LETTERS, None)
    assert get_page([*LETTERS, "aa", "bb"], token, at_most=3) == (["bb", "c", "d"], None)


def test_a_token_matches_the_pattern_of_the_model() -> None:
    _, token = get_page(["é?>", "~~~"], None, of="q" * 200, at_most=1)
    shape = shape_for("PaginationToken")
    assert re.fullmatch(shape.metadata["pattern"], token)
    assert len(token) <= shape.metadata["max"]


@pytest.mark.parametrize(
    "token",
    ["#", "abc", *(base64.urlsafe_b64encode(text).decode() for text in (b"\xff", b"{}", b'["letters", 1]', b"[]"))],
)
def test_an_unknown_token_is_refused(token: str) -> None:
    with pytest.raises(ValidationException):
        get_page(LETTERS, token)


def test_an_empty_token_asks_for_the_first_page() -> None:
    assert get_page(LETTERS, "") == get_page(LETTERS, None)


def test_a_modified_token_is_refused() -> None:
    _, token = get_page(LETTERS, None)
    assert token is not None
    with pytest.raises(ValidationException):
        get_page(LETTERS, f"{token[:4]}#{token[4:]}")


def test_a_token_of_another_query_is_refused() -> None:
    _, token = get_page(LETTERS, None, of="digits")
    with pytest.raises(ValidationException):
        get_page(LETTERS, token)
