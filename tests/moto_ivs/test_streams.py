"""Streams: live broadcasts."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest


@pytest.fixture
def live_channels(cloud: Any, ivs: Any) -> list[str]:
    """Start broadcasts on five channels, two of them STARVING; return their ARNs in order."""
    arns = sorted(ivs.create_channel(name=f"studio-{number}")["channel"]["arn"] for number in range(5))
    for number, arn in enumerate(arns):
        cloud.go_live(arn, health="STARVING" if number in (1, 3) else "HEALTHY", viewer_count=number)
    return arns


def test_an_offline_channel_has_no_stream(ivs: Any, channel: Any) -> None:
    arn = channel["channel"]["arn"]
    for operation in (ivs.get_stream, ivs.stop_stream):
        with pytest.raises(ivs.exceptions.ChannelNotBroadcasting, match=arn):
            operation(channelArn=arn)
    assert ivs.list_streams()["streams"] == []


@pytest.mark.parametrize("operation", ["get_stream", "stop_stream"])
def test_the_stream_of_a_missing_channel_is_not_found(ivs: Any, operation: str) -> None:
    arn = "arn:aws:ivs:us-west-2:123456789012:channel/nowhere"
    with pytest.raises(ivs.exceptions.ResourceNotFoundException, match=arn):
        getattr(ivs, operation)(channelArn=arn)


def test_a_live_channel_has_a_stream(cloud: Any, ivs: Any, channel: Any) -> None:
    earliest = dt.datetime.now(dt.UTC).replace(microsecond=0)
    cloud.go_live(channel["channel"]["arn"], health="STARVING", viewer_count=12)
    stream = ivs.get_stream(channelArn=channel["channel"]["arn"])["stream"]

    assert earliest <= stream["startTime"] <= dt.datetime.now(dt.UTC)
    assert stream["streamId"].startswith("st-")
    assert stream | {"startTime": None, "streamId": None} == {
        "channelArn": channel["channel"]["arn"],
        "playbackUrl": channel["channel"]["playbackUrl"],
        "health": "STARVING",
        "viewerCount": 12,
        "state": "LIVE",
        "startTime": None,
        "streamId": None,
    }


def test_going_live_again_updates_the_same_stream(cloud: Any, ivs: Any, channel: Any) -> None:
    arn = channel["channel"]["arn"]
    cloud.go_live(arn)
    first = ivs.get_stream(channelArn=arn)["stream"]
    cloud.go_live(arn, health="UNKNOWN", viewer_count=3)
    assert ivs.get_stream(channelArn=arn)["stream"] == first | {"health": "UNKNOWN", "viewerCount": 3}


def test_a_stream_after_a_stop_is_a_new_one(cloud: Any, ivs: Any, channel: Any) -> None:
    arn = channel["channel"]["arn"]
    cloud.go_live(arn)
    first = ivs.get_stream(channelArn=arn)["stream"]["streamId"]
    ivs.stop_stream(channelArn=arn)
    cloud.go_live(arn)
    assert ivs.get_stream(channelArn=arn)["stream"]["streamId"] != first


def test_deleting_the_key_keeps_the_broadcast_and_prevents_the_next(cloud: Any, ivs: Any, channel: Any) -> None:
    arn = channel["channel"]["arn"]
    cloud.go_live(arn)
    ivs.delete_stream_key(arn=channel["streamKey"]["arn"])
    assert ivs.get_stream(channelArn=arn)["stream"]["state"] == "LIVE"

    ivs.stop_stream(channelArn=arn)
    with pytest.raises(RuntimeError, match="no stream key"):
        cloud.go_live(arn)
    with pytest.raises(ivs.exceptions.ChannelNotBroadcasting):
        ivs.get_stream(channelArn=arn)


def test_going_offline_ends_the_stream_and_is_idempotent(cloud: Any, ivs: Any, channel: Any) -> None:
    arn = channel["channel"]["arn"]
    cloud.go_live(arn)
    cloud.go_offline(arn)
    cloud.go_offline(arn)
    assert ivs.list_streams()["streams"] == []


def test_the_streams_of_an_account_and_region_are_listed(cloud: Any, ivs: Any, live_channels: Any) -> None:
    listed = ivs.list_streams()
    assert [stream["channelArn"] for stream in listed["streams"]] == live_channels
    assert "nextToken" not in listed
    assert "playbackUrl" not in listed["streams"][0]
    assert cloud.client("eu-west-1").list_streams()["streams"] == []
    assert cloud.client(account="111111111111").list_streams()["streams"] == []


def test_streams_are_listed_by_health(ivs: Any, live_channels: Any) -> None:
    listed = ivs.list_streams(filterBy={"health": "STARVING"})["streams"]
    assert [stream["channelArn"] for stream in listed] == [live_channels[1], live_channels[3]]


def test_a_paginated_list_has_every_stream_once(ivs: Any, live_channels: Any) -> None:
    pages, token = [], {}
    while True:
        response = ivs.list_streams(maxResults=2, **token)
        pages.append([stream["channelArn"] for stream in response["streams"]])
        if "nextToken" not in response:
            break
        token = {"nextToken": response["nextToken"]}
    assert pages == [live_channels[:2], live_channels[2:4], live_channels[4:]]


@pytest.mark.parametrize("query", [{}, {"filterBy": {"health": "HEALTHY"}}])
def test_a_token_of_another_query_is_refused(ivs: Any, live_channels: Any, query: Any) -> None:
    token = ivs.list_streams(maxResults=1, filterBy={"health": "STARVING"})["nextToken"]
    with pytest.raises(ivs.exceptions.ValidationException, match="nextToken"):
        ivs.list_streams(nextToken=token, **query)


@pytest.mark.parametrize("token", ["made-up", "e30=", "5"])
def test_an_unknown_token_is_refused(ivs: Any, channel: Any, token: str) -> None:
    for operation in (
        lambda: ivs.list_streams(nextToken=token),
        lambda: ivs.list_stream_keys(channelArn=channel["channel"]["arn"], nextToken=token),
        lambda: ivs.list_channels(nextToken=token),
    ):
        with pytest.raises(ivs.exceptions.ValidationException):
            operation()
