from __future__ import annotations

from typing import Any

import pytest

from rehearsal_aws import argument_rules
from rehearsal_aws.resources import names


@pytest.mark.parametrize(
    ("rule", "good", "bad", "expected"),
    [
        (argument_rules.one_of_enum("ivs", "ChannelLatencyMode"), ["LOW"], ["low", 1, None], "one of NORMAL, LOW"),
        (argument_rules.matching("[a-z]+", "small letters"), ["abc"], ["aBc", "abc\n", 5], "small letters"),
        (argument_rules.of_length(1, 3), ["a", "abc"], ["", "abcd", 12], "text of 1 to 3 characters"),
        (argument_rules.a_number(7, 30, 0), [7, 30, 0], [6, 31, True, "7", 7.5], "a whole number from 7 to 30 or 0"),
        (
            argument_rules.arn,
            ["arn:aws:s3:::bucket", "arn:aws:ivs:eu-west-1:123456789012:channel/a"],
            ["arn:aws", "x"],
            "an ARN",
        ),
        (
            argument_rules.a_time,
            ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00+02:00"],
            ["tomorrow", "2026-01-31T12:00:00", 5, None],
            "a time such as 2026-01-31T12:00:00Z",
        ),
        (
            argument_rules.an_ipv4_network,
            ["10.0.0.0/16", "0.0.0.0/0"],
            ["10.0.0.0/99", "10.0.0.1/16", "10.0.0.0", "x", 5],
            "the addresses of a network, such as 10.0.0.0/16",
        ),
        (argument_rules.json_text, ["{}", "[1]"], ["{", None], "JSON"),
        (argument_rules.base64_text, ["", "YWI=", "YWJj"], ["YWI", "a b=", 1], "text in base64"),
    ],
)
def test_a_rule_accepts_valid_values_and_describes_them(
    rule: argument_rules.Rule, good: list[Any], bad: list[Any], expected: str
) -> None:
    assert [rule(value) for value in good] == [None] * len(good)
    assert {rule(value) for value in bad} == {f"expected {expected}"}


def test_names_with_a_prefix_are_unique_and_sort_by_time() -> None:
    made = [names.from_prefix("live-") for _ in range(3)]
    assert made == sorted(set(made))
    assert {names.prefix_of(name) for name in made} == {"live-"}


@pytest.mark.parametrize("name", ["live", "live-0123456", "x" * 40])
def test_a_given_name_has_no_prefix(name: str) -> None:
    assert names.prefix_of(name) == ""
