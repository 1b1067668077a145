from __future__ import annotations

from typing import Any

import pytest
from moto.core.utils import get_service_model

from moto_ivs import validate
from moto_ivs.exceptions import ValidationException
from moto_ivs.validate import check_request, check_tags, operation_model, shape_for, violations

ARN = "arn:aws:ivs:us-west-2:123456789012:channel/abc"
KEY_ARN = "arn:aws:ivs:us-west-2:123456789012:stream-key/abc"


def error_message(operation: str, parameters: dict[str, Any]) -> str:
    with pytest.raises(ValidationException) as refused:
        check_request(operation_model(operation), parameters)
    return refused.value.message


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("CreateStreamKey", {"channelArn": ARN}),
        ("CreateStreamKey", {"channelArn": ARN, "tags": {}}),
        ("CreateStreamKey", {"channelArn": ARN, "tags": {"k" * 128: "v" * 256, "é ٣": "\u3000_.:/=+-@"}}),
        ("CreateChannel", {"recordingConfigurationArn": "", "name": "", "authorized": False, "latencyMode": "LOW"}),
        ("ListStreamKeys", {"channelArn": ARN, "maxResults": 50}),
        ("TagResource", {"resourceArn": KEY_ARN, "tags": {f"k{n}": "" for n in range(50)}}),
        ("BatchGetStreamKey", {"arns": [KEY_ARN] * 50}),
    ],
)
def test_a_valid_request_passes(operation: str, parameters: dict[str, Any]) -> None:
    check_request(operation_model(operation), parameters)


@pytest.mark.parametrize(
    ("operation", "parameters", "member", "rule"),
    [
        ("CreateStreamKey", {}, "channelArn", "must not be null"),
        ("CreateStreamKey", {"channelArn": None}, "channelArn", "must not be null"),
        ("CreateStreamKey", {"channelArn": 7}, "channelArn", "must be a string"),
        ("CreateStreamKey", {"channelArn": KEY_ARN}, "channelArn", "must satisfy regular expression pattern"),
        ("CreateStreamKey", {"channelArn": f"{ARN}\n"}, "channelArn", "must satisfy regular expression pattern"),
        ("CreateStreamKey", {"channelArn": f"{ARN}{'x' * 128}"}, "channelArn", "length less than or equal to 128"),
        ("CreateStreamKey", {"channelArn": ARN, "tags": []}, "tags", "must be a map"),
        (
            "CreateStreamKey",
            {"channelArn": ARN, "tags": {"k": "v" * 257}},
            "tags.k.member",
            "less than or equal to 256",
        ),
        ("CreateStreamKey", {"channelArn": ARN, "tags": {"k": 1}}, "tags.k.member", "must be a string"),
        ("CreateStreamKey", {"channelArn": ARN, "tags": {"k": "a\tb"}}, "tags.k.member", "regular expression"),
        ("CreateStreamKey", {"channelArn": ARN, "tags": {"k!": "v"}}, "tags.key", "regular expression"),
        ("CreateStreamKey", {"channelArn": ARN, "tags": {"Aws:k": "v"}}, "tags", "reserved"),
        ("CreateStreamKey", {"channelArn": ARN, "tags": {"k": "aws:v"}}, "tags", "reserved"),
        (
            "TagResource",
            {"resourceArn": ARN, "tags": {f"k{n}": "" for n in range(51)}},
            "tags",
            "less than or equal to 50",
        ),
        ("TagResource", {"resourceArn": "channel/abc", "tags": {}}, "resourceArn", "regular expression"),
        ("UntagResource", {"resourceArn": ARN, "tagKeys": ["a", "b!"]}, "tagKeys.2.member", "regular expression"),
        ("BatchGetStreamKey", {"arns": []}, "arns", "length greater than or equal to 1"),
        ("BatchGetStreamKey", {"arns": [KEY_ARN] * 51}, "arns", "length less than or equal to 50"),
        ("BatchGetStreamKey", {"arns": [KEY_ARN, ARN]}, "arns.2.member", "regular expression"),
        ("BatchGetStreamKey", {"arns": KEY_ARN}, "arns", "must be a list"),
        ("ListStreamKeys", {"channelArn": ARN, "maxResults": 0}, "maxResults", "greater than or equal to 1"),
        ("ListStreamKeys", {"channelArn": ARN, "maxResults": 51}, "maxResults", "less than or equal to 50"),
        ("ListStreamKeys", {"channelArn": ARN, "maxResults": True}, "maxResults", "must be a whole number"),
        ("ListStreamKeys", {"channelArn": ARN, "nextToken": "%"}, "nextToken", "regular expression"),
        ("ListStreams", {"filterBy": {"health": "WELL"}}, "filterBy.health", "[HEALTHY, STARVING, UNKNOWN]"),
        ("ListStreams", {"filterBy": "HEALTHY"}, "filterBy", "must be a structure"),
        ("CreateChannel", {"authorized": "no"}, "authorized", "must be true or false"),
    ],
)
def test_an_invalid_request_is_refused_with_member_and_rule(
    operation: str, parameters: dict[str, Any], member: str, rule: str
) -> None:
    message = error_message(operation, parameters)
    assert message.startswith("1 validation error detected: ")
    assert f"at '{member}' failed to satisfy constraint: " in message
    assert rule in message


def test_all_violations_are_reported_at_once() -> None:
    message = error_message("TagResource", {"tags": {"": "v", "k!": "v", "aws:k": "v"}})
    assert message.startswith("5 validation errors detected: ")
    assert [found.split("'")[3] if "Value '" in found else "null" for found in message.split("; ")] == [
        "null",
        "tags.key",
        "tags.key",
        "tags.key",
        "tags",
    ]
    assert "length greater than or equal to 1" in message


def test_unknown_members_are_ignored() -> None:
    check_request(operation_model("GetStreamKey"), {"arn": KEY_ARN, "colour": "red"})


def test_a_sensitive_value_is_not_quoted() -> None:
    (violation,) = violations(shape_for("StreamKeyValue"), ["hidden"])
    assert "(withheld)" in violation
    assert "hidden" not in violation


def test_tags_are_counted_in_total() -> None:
    check_tags({f"k{number}": "" for number in range(50)})
    with pytest.raises(ValidationException, match="less than or equal to 50"):
        check_tags({f"k{number}": "" for number in range(51)})


def test_every_type_in_the_service_model_is_checked() -> None:
    types = {get_service_model("ivs").shape_for(name).type_name for name in get_service_model("ivs").shape_names}
    assert types <= validate._CHECKS.keys()


def test_the_model_still_has_the_pattern_that_matches_no_arn() -> None:
    pattern = shape_for("ResourceArn").metadata["pattern"]
    assert pattern in validate._FIXED_PATTERNS, "botocore has fixed the pattern of ResourceArn: drop _FIXED_PATTERNS"
    assert not validate._matches(pattern, ARN)
