from __future__ import annotations

from typing import Any

import pytest

from rehearsal.provider import UNKNOWN
from rehearsal_aws.resources.connection import Connection
from rehearsal_aws.resources.tags import all_tags, as_text, split, wanted_tags

CONNECTION = Connection(
    {"defaultTags": {"tags": {"stage": "dev", "owner": "us"}}, "ignoreTags": {"keys": ["owner", "audit"]}}
)


def test_tags_are_strings_and_empty_ones_are_dropped() -> None:
    given = {"number": 1, "ratio": 2.5, "whole": 3.0, "flag": True, "text": "x", "none": None, "later": UNKNOWN}
    assert as_text(given) == {
        "number": "1",
        "ratio": "2.5",
        "whole": "3",
        "flag": "true",
        "text": "x",
        "later": UNKNOWN,
    }


@pytest.mark.parametrize("own", [None, {}])
def test_a_resource_without_tags_gets_default_tags(own: Any) -> None:
    assert wanted_tags(CONNECTION, own) == {"stage": "dev", "owner": "us"}


def test_a_resources_own_tags_win() -> None:
    assert wanted_tags(CONNECTION, {"stage": "prod", "team": "video"}) == {
        "stage": "prod",
        "owner": "us",
        "team": "video",
    }


def test_ignored_tags_are_not_in_tags_all() -> None:
    assert all_tags(CONNECTION, {"team": "video", "audit": "x"}) == {"stage": "dev", "team": "video"}


@pytest.mark.parametrize("own", [UNKNOWN, {"a": UNKNOWN, "b": "1"}])
def test_an_unknown_tag_makes_tags_all_unknown(own: Any) -> None:
    assert wanted_tags(CONNECTION, own) is UNKNOWN
    assert all_tags(CONNECTION, own) is UNKNOWN


def test_existing_tags_are_split_into_tags_and_tags_all() -> None:
    found = {"stage": "dev", "team": "video", "audit": "x", "aws:stack": "y"}
    assert split(CONNECTION, found, {}) == ({"team": "video"}, {"stage": "dev", "team": "video"})


def test_a_declared_tag_is_its_own_even_if_default_or_ignored() -> None:
    found = {"stage": "dev", "audit": "x"}
    assert split(CONNECTION, found, {"stage": "dev", "audit": "x"}) == (
        {"stage": "dev", "audit": "x"},
        {"stage": "dev"},
    )


def test_a_tag_with_another_value_than_the_default_is_its_own() -> None:
    assert split(CONNECTION, {"stage": "prod"}, {}) == ({"stage": "prod"}, {"stage": "prod"})
