from __future__ import annotations

import pytest

from moto_ivs.exceptions import ResourceNotFoundException
from moto_ivs.resources import page_of_summaries, resource_by_arn


def test_an_unknown_arn_is_not_found() -> None:
    resources = {"arn:a": {"arn": "arn:a"}}
    assert resource_by_arn(resources, "arn:a") is resources["arn:a"]
    with pytest.raises(ResourceNotFoundException, match="arn:b"):
        resource_by_arn(resources, "arn:b")


def test_a_summary_has_the_set_members_of_the_resource() -> None:
    resources = [{"arn": f"arn:{n}", "name": "x", "value": "secret"} for n in range(3)]
    first, token = page_of_summaries(resources, ("arn", "name", "state"), of="List", at_most=2, token=None)
    assert first == [{"arn": "arn:0", "name": "x"}, {"arn": "arn:1", "name": "x"}]
    rest, following = page_of_summaries(resources, ("arn",), of="List", at_most=2, token=token)
    assert rest == [{"arn": "arn:2"}]
    assert following is None
