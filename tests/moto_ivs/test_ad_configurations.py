from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest

import installed_botocore

pytestmark = installed_botocore.needs("UpdateAdConfiguration")

REGION = "us-west-2"
TAILOR = f"arn:aws:mediatailor:{REGION}:123456789012:playbackConfiguration/abc"
TAILORS = [{"playbackConfigurationArn": TAILOR}]


@pytest.fixture
def ads(ivs: Any) -> dict[str, Any]:
    made: dict[str, Any] = ivs.create_ad_configuration(
        mediaTailorPlaybackConfigurations=TAILORS, name="ads", tags={"team": "video"}
    )
    return made["adConfiguration"]


@pytest.fixture
def live(cloud: Any, ivs: Any, ads: dict[str, Any]) -> str:
    arn: str = ivs.create_channel(adConfigurationArn=ads["arn"])["channel"]["arn"]
    cloud.go_live(arn)
    return arn


def test_omitted_members_have_the_documented_defaults(ivs: Any, ads: dict[str, Any]) -> None:
    assert re.fullmatch(rf"arn:aws:ivs:{REGION}:123456789012:ad-configuration/[A-Za-z0-9]{{12}}", ads["arn"])
    assert ads == {
        "arn": ads["arn"],
        "mediaTailorPlaybackConfigurations": TAILORS,
        "name": "ads",
        "postRollConfiguration": {"durationSeconds": 15, "enabled": False},
        "tags": {"team": "video"},
    }
    assert ivs.get_ad_configuration(arn=ads["arn"])["adConfiguration"] == ads


def test_an_update_changes_only_given_members(ivs: Any, ads: dict[str, Any]) -> None:
    post_roll = {"durationSeconds": 30, "enabled": True}
    changed = ivs.update_ad_configuration(arn=ads["arn"], postRollConfiguration=post_roll)["adConfiguration"]
    assert changed == ads | {"postRollConfiguration": post_roll}
    assert ivs.get_ad_configuration(arn=ads["arn"])["adConfiguration"] == changed


def test_a_paginated_list_has_every_configuration(ivs: Any, ads: dict[str, Any]) -> None:
    other = ivs.create_ad_configuration(mediaTailorPlaybackConfigurations=TAILORS)["adConfiguration"]
    first = ivs.list_ad_configurations(maxResults=1)
    second = ivs.list_ad_configurations(maxResults=1, nextToken=first["nextToken"])
    listed = first["adConfigurations"] + second["adConfigurations"]
    assert sorted(listed, key=lambda one: one["arn"]) == sorted((ads, other), key=lambda one: one["arn"])


def test_a_deleted_configuration_is_not_found(ivs: Any, ads: dict[str, Any]) -> None:
    ivs.delete_ad_configuration(arn=ads["arn"])
    for operation in (ivs.get_ad_configuration, ivs.update_ad_configuration, ivs.delete_ad_configuration):
        with pytest.raises(ivs.exceptions.ResourceNotFoundException, match=ads["arn"]):
            operation(arn=ads["arn"])
    assert ivs.list_ad_configurations()["adConfigurations"] == []


@pytest.mark.parametrize(
    ("tailors", "message"),
    [
        ([], "greater than or equal to 1"),
        (TAILORS * 4, "less than or equal to 3"),
        ([{"playbackConfigurationArn": TAILOR.replace(REGION, "eu-west-1")}], "of this account and region"),
        ([{"playbackConfigurationArn": TAILOR.replace("123456789012", "1")}], "of this account and region"),
        ([{}], "of this account and region"),
    ],
)
def test_a_playback_configuration_of_another_account_or_region_is_refused(
    cloud: Any, ads: dict[str, Any], tailors: list[dict[str, str]], message: str
) -> None:
    ivs = cloud.client(checks_parameters=False)
    with pytest.raises(ivs.exceptions.ValidationException, match=message):
        ivs.create_ad_configuration(mediaTailorPlaybackConfigurations=tailors)
    with pytest.raises(ivs.exceptions.ValidationException, match=message):
        ivs.update_ad_configuration(arn=ads["arn"], mediaTailorPlaybackConfigurations=tailors)
    assert ivs.list_ad_configurations()["adConfigurations"] == [ads]


def test_a_break_gets_a_new_id_and_starts_now(ivs: Any, live: str) -> None:
    earliest = dt.datetime.now(dt.UTC).replace(microsecond=0)
    first, second = (ivs.insert_ad_break(channelArn=live, durationSeconds=30) for _ in range(2))
    assert first["adBreakId"] != second["adBreakId"]
    assert earliest <= first["targetStartAt"] <= dt.datetime.now(dt.UTC)


def test_a_break_has_the_given_id_and_time_and_the_id_is_unique(ivs: Any, live: str) -> None:
    at = dt.datetime.now(dt.UTC).replace(microsecond=0) + dt.timedelta(hours=1)
    given = {"adBreakId": "abcdefABCDEF", "targetStartAt": at}
    response = ivs.insert_ad_break(channelArn=live, durationSeconds=30, **given)
    assert {name: response[name] for name in given} == given
    with pytest.raises(ivs.exceptions.ConflictException, match="abcdefABCDEF"):
        ivs.insert_ad_break(channelArn=live, durationSeconds=30, **given)


def test_a_break_cannot_start_in_the_past(ivs: Any, live: str) -> None:
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    with pytest.raises(ivs.exceptions.ValidationException, match="in the past"):
        ivs.insert_ad_break(channelArn=live, durationSeconds=30, targetStartAt=yesterday)


def test_a_break_needs_a_live_channel_with_ads(cloud: Any, ivs: Any, live: str, channel: dict[str, Any]) -> None:
    without = channel["channel"]["arn"]
    cloud.go_live(without)
    with pytest.raises(ivs.exceptions.ConflictException, match="no ad configuration"):
        ivs.insert_ad_break(channelArn=without, durationSeconds=30)
    cloud.go_offline(live)
    with pytest.raises(ivs.exceptions.ChannelNotBroadcasting, match=live):
        ivs.insert_ad_break(channelArn=live, durationSeconds=30)
    with pytest.raises(ivs.exceptions.ResourceNotFoundException, match="nowhere"):
        ivs.insert_ad_break(channelArn=f"{live}nowhere", durationSeconds=30)
    with pytest.raises(ivs.exceptions.ValidationException, match="durationSeconds"):
        cloud.client(checks_parameters=False).insert_ad_break(channelArn=without, durationSeconds=301)


def test_breaks_are_not_members_of_the_stream(ivs: Any, live: str) -> None:
    before = ivs.get_stream(channelArn=live)["stream"]
    ivs.insert_ad_break(channelArn=live, durationSeconds=30)
    assert ivs.get_stream(channelArn=live)["stream"] == before
