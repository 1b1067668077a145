from __future__ import annotations

from typing import Any

import pytest

from rehearsal.provider import UNKNOWN
from rehearsal_aws.resources.connection import Connection
from rehearsal_aws.resources.tags import all_tags, as_text, split, wanted_tags

CONNECTION = Connection(
    {"defaultTags": {"tags": {"stage": "dev", "owner": "us"}}, "ignoreTags": {"keys": ["owner", "audit"]}}
)


def test_tags_are_text_and_none_without_a_value_is_given() -> None:
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
def test_a_resource_without_tags_gets_those_of_the_provider(own: Any) -> None:
    assert wanted_tags(CONNECTION, own) == {"stage": "dev", "owner": "us"}


def test_a_resources_own_tags_come_first() -> None:
    assert wanted_tags(CONNECTION, {"stage": "prod", "team": "video"}) == {
        "stage": "prod",
        "owner": "us",
        "team": "video",
    }


def test_ignored_tags_are_not_among_all() -> None:
    assert all_tags(CONNECTION, {"team": "video", "audit": "x"}) == {"stage": "dev", "team": "video"}


@pytest.mark.parametrize("own", [UNKNOWN, {"a": UNKNOWN, "b": "1"}])
def test_one_that_is_not_known_leaves_all_unknown(own: Any) -> None:
    assert wanted_tags(CONNECTION, own) is UNKNOWN
    assert all_tags(CONNECTION, own) is UNKNOWN


def test_what_a_resource_has_is_split_into_its_own_and_all() -> None:
    found = {"stage": "dev", "team": "video", "audit": "x", "aws:stack": "y"}
    assert split(CONNECTION, found, {}) == ({"team": "video"}, {"stage": "dev", "team": "video"})


def test_a_tag_that_is_declared_is_its_own_though_it_is_there_by_default_or_ignored() -> None:
    found = {"stage": "dev", "audit": "x"}
    assert split(CONNECTION, found, {"stage": "dev", "audit": "x"}) == (
        {"stage": "dev", "audit": "x"},
        {"stage": "dev"},
    )


def test_a_tag_with_another_value_than_the_default_is_its_own() -> None:
    assert split(CONNECTION, {"stage": "prod"}, {}) == ({"stage": "prod"}, {"stage": "prod"})
