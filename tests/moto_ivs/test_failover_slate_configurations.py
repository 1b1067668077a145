from __future__ import annotations

import re
from typing import Any

import pytest

import installed_botocore

pytestmark = installed_botocore.needs("CreateFailoverSlateConfiguration")

REGION = "us-west-2"
GIVEN = {
    "activationThresholdSeconds": 5,
    "maxSlateDisplaySeconds": 120,
    "minSlateDisplaySeconds": 10,
    "name": "back-soon",
}


@pytest.fixture
def slate(ivs: Any) -> dict[str, Any]:
    made: dict[str, Any] = ivs.create_failover_slate_configuration(**GIVEN, tags={"team": "video"})
    return made["failoverSlateConfiguration"]


def test_given_members_are_stored_and_the_configuration_is_created(ivs: Any, slate: dict[str, Any]) -> None:
    assert re.fullmatch(
        rf"arn:aws:ivs:{REGION}:123456789012:failover-slate-configuration/[A-Za-z0-9]{{12}}", slate["arn"]
    )
    assert slate == {"arn": slate["arn"], "state": "CREATED", "tags": {"team": "video"}, **GIVEN}
    assert ivs.get_failover_slate_configuration(arn=slate["arn"])["failoverSlateConfiguration"] == slate


def test_omitted_members_have_the_documented_defaults(ivs: Any) -> None:
    slate = ivs.create_failover_slate_configuration()["failoverSlateConfiguration"]
    del slate["arn"]
    assert slate == {
        "activationThresholdSeconds": 3,
        "maxSlateDisplaySeconds": 60,
        "minSlateDisplaySeconds": 3,
        "name": "",
        "state": "CREATED",
        "tags": {},
    }


def test_an_update_changes_only_given_members(ivs: Any, slate: dict[str, Any]) -> None:
    changed = ivs.update_failover_slate_configuration(arn=slate["arn"], maxSlateDisplaySeconds=180)
    assert changed["failoverSlateConfiguration"] == slate | {"maxSlateDisplaySeconds": 180}
    found = ivs.get_failover_slate_configuration(arn=slate["arn"])["failoverSlateConfiguration"]
    assert found == changed["failoverSlateConfiguration"]


def test_a_paginated_list_has_every_configuration(ivs: Any, slate: dict[str, Any]) -> None:
    other = ivs.create_failover_slate_configuration()["failoverSlateConfiguration"]
    first = ivs.list_failover_slate_configurations(maxResults=1)
    second = ivs.list_failover_slate_configurations(maxResults=1, nextToken=first["nextToken"])
    listed = first["failoverSlateConfigurations"] + second["failoverSlateConfigurations"]
    assert sorted(listed, key=lambda one: one["arn"]) == sorted((slate, other), key=lambda one: one["arn"])
    assert ivs.list_failover_slate_configurations()["failoverSlateConfigurations"] == listed


def test_a_deleted_configuration_is_not_found(ivs: Any, slate: dict[str, Any]) -> None:
    ivs.delete_failover_slate_configuration(arn=slate["arn"])
    for operation in (
        ivs.get_failover_slate_configuration,
        ivs.update_failover_slate_configuration,
        ivs.delete_failover_slate_configuration,
    ):
        with pytest.raises(ivs.exceptions.ResourceNotFoundException, match=slate["arn"]):
            operation(arn=slate["arn"])


def test_a_session_has_its_channels_configuration(cloud: Any, ivs: Any, slate: dict[str, Any]) -> None:
    channel = ivs.create_channel(failoverSlateConfigurationArn=slate["arn"])["channel"]["arn"]
    cloud.go_live(channel)
    assert ivs.get_stream_session(channelArn=channel)["streamSession"]["failoverSlateConfiguration"] == slate


@pytest.mark.parametrize(
    "given",
    [{"activationThresholdSeconds": 2}, {"maxSlateDisplaySeconds": 59}, {"minSlateDisplaySeconds": 11}],
    ids=lambda given: next(iter(given)),
)
def test_requests_that_violate_the_model_are_refused(cloud: Any, given: dict[str, Any]) -> None:
    ivs = cloud.client(checks_parameters=False)
    with pytest.raises(ivs.exceptions.ValidationException, match=next(iter(given))):
        ivs.create_failover_slate_configuration(**given)
    assert ivs.list_failover_slate_configurations()["failoverSlateConfigurations"] == []
