from __future__ import annotations

import re
from typing import Any

import pytest

REGION = "us-west-2"
NOWHERE = f"arn:aws:ivs:{REGION}:123456789012:playback-restriction-policy/nowhere"
GIVEN = {
    "allowedCountries": ["AT", "DE"],
    "allowedOrigins": ["https://example.com", "http://localhost:8080"],
    "enableStrictOriginEnforcement": True,
    "name": "at-home",
}


@pytest.fixture
def policy(ivs: Any) -> dict[str, Any]:
    made: dict[str, Any] = ivs.create_playback_restriction_policy(**GIVEN, tags={"team": "video"})
    return made["playbackRestrictionPolicy"]


def test_given_members_are_stored(ivs: Any, policy: dict[str, Any]) -> None:
    assert re.fullmatch(
        rf"arn:aws:ivs:{REGION}:123456789012:playback-restriction-policy/[A-Za-z0-9]{{12}}", policy["arn"]
    )
    assert policy == {"arn": policy["arn"], "tags": {"team": "video"}, **GIVEN}
    assert ivs.get_playback_restriction_policy(arn=policy["arn"])["playbackRestrictionPolicy"] == policy


def test_omitted_members_have_the_documented_defaults(ivs: Any) -> None:
    policy = ivs.create_playback_restriction_policy()["playbackRestrictionPolicy"]
    del policy["arn"]
    assert policy == {
        "allowedCountries": [],
        "allowedOrigins": [],
        "enableStrictOriginEnforcement": False,
        "name": "",
        "tags": {},
    }


def test_an_update_changes_only_given_members(ivs: Any, policy: dict[str, Any]) -> None:
    changes = {"allowedCountries": [], "enableStrictOriginEnforcement": False}
    changed = ivs.update_playback_restriction_policy(arn=policy["arn"], **changes)["playbackRestrictionPolicy"]
    assert changed == policy | changes
    assert ivs.get_playback_restriction_policy(arn=policy["arn"])["playbackRestrictionPolicy"] == changed


def test_a_paginated_list_has_every_policy(ivs: Any, policy: dict[str, Any]) -> None:
    other = ivs.create_playback_restriction_policy()["playbackRestrictionPolicy"]
    first = ivs.list_playback_restriction_policies()
    second = ivs.list_playback_restriction_policies(nextToken=first["nextToken"])
    assert "nextToken" not in second
    listed = first["playbackRestrictionPolicies"] + second["playbackRestrictionPolicies"]
    assert sorted(listed, key=lambda one: one["arn"]) == sorted((policy, other), key=lambda one: one["arn"])


def test_a_deleted_policy_is_not_found(ivs: Any, policy: dict[str, Any]) -> None:
    ivs.delete_playback_restriction_policy(arn=policy["arn"])
    for operation in (
        ivs.get_playback_restriction_policy,
        ivs.update_playback_restriction_policy,
        ivs.delete_playback_restriction_policy,
    ):
        with pytest.raises(ivs.exceptions.ResourceNotFoundException, match=policy["arn"]):
            operation(arn=policy["arn"])
    assert ivs.list_playback_restriction_policies()["playbackRestrictionPolicies"] == []


def test_a_policy_can_be_tagged(ivs: Any, policy: dict[str, Any]) -> None:
    ivs.tag_resource(resourceArn=policy["arn"], tags={"cost": "7"})
    ivs.untag_resource(resourceArn=policy["arn"], tagKeys=["team"])
    assert ivs.get_playback_restriction_policy(arn=policy["arn"])["playbackRestrictionPolicy"]["tags"] == {"cost": "7"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"allowedCountries": ["AUT"]}, "equal to 2"),
        ({"allowedCountries": ["at"]}, "country code"),
        ({"allowedOrigins": ["example.com"]}, "an origin"),
        ({"allowedOrigins": ["https://example.com/path"]}, "an origin"),
        ({"allowedOrigins": [f"https://{'x' * 128}.com"]}, "equal to 128"),
        ({"name": "two words"}, "pattern"),
    ],
)
def test_invalid_countries_origins_and_names_are_refused(
    cloud: Any, policy: dict[str, Any], given: dict[str, Any], message: str
) -> None:
    ivs = cloud.client(checks_parameters=False)
    with pytest.raises(ivs.exceptions.ValidationException, match=message):
        ivs.create_playback_restriction_policy(**given)
    with pytest.raises(ivs.exceptions.ValidationException, match=message):
        ivs.update_playback_restriction_policy(arn=policy["arn"], **given)
    assert ivs.list_playback_restriction_policies()["playbackRestrictionPolicies"] == [policy]
