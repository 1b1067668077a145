"""Stream sessions, and metadata in a stream."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from moto.ivs.models import ivs_backends

NOWHERE = "arn:aws:ivs:us-west-2:123456789012:channel/nowhere"


def names(session: dict[str, Any]) -> list[str]:
    return [event["name"] for event in session["truncatedEvents"]]


def test_a_session_lasts_as_long_as_the_stream_and_lists_its_latest_events_first(
    cloud: Any, ivs: Any, channel: dict[str, Any]
) -> None:
    arn = channel["channel"]["arn"]
    earliest = dt.datetime.now(dt.UTC).replace(microsecond=0)
    cloud.go_live(arn)
    stream = ivs.get_stream(channelArn=arn)["stream"]
    session = ivs.get_stream_session(channelArn=arn)["streamSession"]
    assert session["streamId"] == stream["streamId"]
    assert session["startTime"] == stream["startTime"]
    assert "endTime" not in session
    assert names(session) == ["Stream Start", "Session Created"]

    ivs.stop_stream(channelArn=arn)
    ended = ivs.get_stream_session(channelArn=arn, streamId=stream["streamId"])["streamSession"]
    assert earliest <= ended["startTime"] <= ended["endTime"] <= dt.datetime.now(dt.UTC)
    assert names(ended) == ["Session Ended", "Stream End", "Stream Start", "Session Created"]
    assert {event["type"] for event in ended["truncatedEvents"]} == {"IVS Stream State Change"}
    assert all(ended["startTime"] <= event["eventTime"] <= ended["endTime"] for event in ended["truncatedEvents"])


def test_starvation_start_and_end_are_events(cloud: Any, ivs: Any, channel: dict[str, Any]) -> None:
    arn = channel["channel"]["arn"]
    for health in ("STARVING", "STARVING", "UNKNOWN", "HEALTHY"):
        cloud.go_live(arn, health=health)
    events = ivs.get_stream_session(channelArn=arn)["streamSession"]["truncatedEvents"]
    assert [(event["name"], event["type"]) for event in events[:2]] == [
        ("Starvation End", "IVS Stream Health Change"),
        ("Starvation Start", "IVS Stream Health Change"),
    ]
    assert len(events) == 4


@pytest.mark.slow("600 changes of a broadcast")
def test_events_are_limited_to_the_models_maximum(cloud: Any, ivs: Any, channel: dict[str, Any]) -> None:
    arn = channel["channel"]["arn"]
    cloud.go_live(arn)
    backend = ivs_backends["123456789012"]["us-west-2"]
    for number in range(600):
        backend.start_broadcast(arn, health=("STARVING", "HEALTHY")[number % 2], viewer_count=0)
    events = ivs.get_stream_session(channelArn=arn)["streamSession"]["truncatedEvents"]
    assert len(events) == 500
    assert events[0]["name"] == "Starvation End"


def test_a_session_has_the_channel_and_recording_of_its_start(cloud: Any, ivs: Any) -> None:
    bucket = {"s3": {"bucketName": cloud.bucket("recordings")}}
    recording = ivs.create_recording_configuration(destinationConfiguration=bucket)["recordingConfiguration"]
    channel = ivs.create_channel(name="studio", recordingConfigurationArn=recording["arn"])["channel"]
    cloud.go_live(channel["arn"])
    cloud.go_offline(channel["arn"])
    ivs.update_channel(arn=channel["arn"], name="renamed", recordingConfigurationArn="")
    ivs.delete_recording_configuration(arn=recording["arn"])
    session = ivs.get_stream_session(channelArn=channel["arn"])["streamSession"]
    is_unchanged = session["channel"] == channel
    assert is_unchanged
    assert session["recordingConfiguration"] == recording


def test_sessions_are_paginated_latest_first(cloud: Any, ivs: Any, channel: dict[str, Any]) -> None:
    arn = channel["channel"]["arn"]
    ids = []
    for _ in range(12):
        cloud.go_live(arn)
        ids.append(ivs.get_stream(channelArn=arn)["stream"]["streamId"])
        cloud.go_offline(arn)
    cloud.go_live(arn)
    ids.append(ivs.get_stream(channelArn=arn)["stream"]["streamId"])
    listed = ivs.list_stream_sessions(channelArn=arn)["streamSessions"]
    assert [session["streamId"] for session in listed] == ids[::-1]
    assert [session["hasErrorEvent"] for session in listed] == [False] * 13
    assert ["endTime" in session for session in listed] == [False] + [True] * 12
    assert ivs.get_stream_session(channelArn=arn)["streamSession"]["streamId"] == ids[-1]

    first = ivs.list_stream_sessions(channelArn=arn, maxResults=7)
    rest = ivs.list_stream_sessions(channelArn=arn, maxResults=7, nextToken=first["nextToken"])
    assert first["streamSessions"] + rest["streamSessions"] == listed
    assert "nextToken" not in rest


def test_a_session_belongs_to_one_channel_and_is_deleted_with_it(cloud: Any, ivs: Any, channel: dict[str, Any]) -> None:
    first, other = channel["channel"]["arn"], ivs.create_channel(name="other")["channel"]["arn"]
    for arn in (first, other):
        cloud.go_live(arn)
        cloud.go_offline(arn)
    session_of_other = ivs.get_stream_session(channelArn=other)["streamSession"]["streamId"]
    with pytest.raises(ivs.exceptions.ResourceNotFoundException, match=session_of_other):
        ivs.get_stream_session(channelArn=first, streamId=session_of_other)
    ivs.delete_channel(arn=other)
    assert list(ivs_backends["123456789012"]["us-west-2"].stream_sessions) == [
        session["streamId"] for session in ivs.list_stream_sessions(channelArn=first)["streamSessions"]
    ]


def test_a_never_live_channel_has_no_session(ivs: Any, channel: dict[str, Any]) -> None:
    assert ivs.list_stream_sessions(channelArn=channel["channel"]["arn"])["streamSessions"] == []
    with pytest.raises(ivs.exceptions.ResourceNotFoundException, match="no stream session"):
        ivs.get_stream_session(channelArn=channel["channel"]["arn"])


def test_the_sessions_of_a_missing_channel_are_not_found(ivs: Any) -> None:
    for operation in (ivs.list_stream_sessions, ivs.get_stream_session):
        with pytest.raises(ivs.exceptions.ResourceNotFoundException, match=NOWHERE):
            operation(channelArn=NOWHERE)


def test_metadata_needs_a_live_channel(cloud: Any, ivs: Any, channel: dict[str, Any]) -> None:
    arn = channel["channel"]["arn"]
    with pytest.raises(ivs.exceptions.ResourceNotFoundException, match=NOWHERE):
        ivs.put_metadata(channelArn=NOWHERE, metadata="goal")
    with pytest.raises(ivs.exceptions.ChannelNotBroadcasting, match=arn):
        ivs.put_metadata(channelArn=arn, metadata="goal")
    cloud.go_live(arn)
    ivs.put_metadata(channelArn=arn, metadata="goal")


def test_metadata_has_1_to_1024_bytes_and_is_not_quoted_in_errors(cloud: Any, channel: dict[str, Any]) -> None:
    ivs, arn = cloud.client(checks_parameters=False), channel["channel"]["arn"]
    cloud.go_live(arn)
    ivs.put_metadata(channelArn=arn, metadata="ü" * 512)
    for metadata in ("", "ü" * 512 + "x"):
        with pytest.raises(ivs.exceptions.ValidationException, match=r"'metadata' failed to satisfy") as caught:
            ivs.put_metadata(channelArn=arn, metadata=metadata)
        assert "üü" not in str(caught.value)
