from __future__ import annotations

from typing import Any

import pulumi_aws as aws
import pytest


@pytest.fixture
def channel(lifecycle: Any) -> Any:
    return lifecycle(lambda **given: aws.ivs.Channel("live", **given))


def test_a_channel_completes_its_lifecycle(channel: Any, client: Any) -> None:
    assert channel.up(latency_mode="NORMAL", tags={"team": "video"}) == ["create"]
    assert channel.up(latency_mode="LOW", type="BASIC", tags={"team": "live", "shift": "night"}) == ["update"]
    (summary,) = client("ivs").list_channels()["channels"]
    found = client("ivs").get_channel(arn=summary["arn"])["channel"]
    assert (found["latencyMode"], found["type"]) == ("LOW", "BASIC")
    assert found["tags"] == {"team": "live", "shift": "night"}
    assert channel.up(name="studio", tags={"shift": "night"}) == ["update"]
    assert channel.outputs["latencyMode"] == "LOW"
    channel.destroy()
    assert client("ivs").list_channels()["channels"] == []


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_the_id_is_the_arn_and_the_name_is_the_resource_name_with_a_suffix(channel: Any) -> None:
    channel.up()
    assert channel.state["id"] == channel.outputs["arn"]
    assert channel.outputs["arn"].startswith("arn:aws:ivs:us-east-1:123456789012:channel/")
    name, _, tail = channel.outputs["name"].rpartition("-")
    assert (name, len(tail)) == ("live", 7)
    before = channel.outputs["name"]
    assert channel.up(type="BASIC") == ["update"]
    assert channel.outputs["name"] == before


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_omitted_arguments_get_the_services_defaults(channel: Any) -> None:
    channel.up()
    assert {n: channel.outputs[n] for n in ("authorized", "latencyMode", "type", "recordingConfigurationArn")} == {
        "authorized": False,
        "latencyMode": "LOW",
        "type": "STANDARD",
        "recordingConfigurationArn": "",
    }


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_drift_is_found_and_repaired(channel: Any, client: Any) -> None:
    channel.up(latency_mode="NORMAL", tags={"team": "video"})
    arn = channel.state["id"]
    client("ivs").update_channel(arn=arn, latencyMode="LOW")
    client("ivs").tag_resource(resourceArn=arn, tags={"team": "other", "extra": "1"})
    assert channel.drift() == ["update"]
    found = client("ivs").get_channel(arn=arn)["channel"]
    assert (found["latencyMode"], found["tags"]) == ("NORMAL", {"team": "video"})


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_deleted_resource_is_recreated(channel: Any, client: Any) -> None:
    channel.up()
    client("ivs").delete_channel(arn=channel.state["id"])
    assert channel.drift() == ["create"]


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_deleted_resource_can_be_destroyed(channel: Any, client: Any) -> None:
    channel.up()
    client("ivs").delete_channel(arn=channel.state["id"])
    channel.destroy()


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_another_region_replaces_the_channel(channel: Any, client: Any) -> None:
    channel.up()
    assert channel.up(region="eu-west-1") == ["create-replacement", "replace", "delete-replaced"]
    assert client("ivs").list_channels()["channels"] == []
    assert len(client("ivs", "eu-west-1").list_channels()["channels"]) == 1


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"latency_mode": "FAST"}, "property latencyMode value {FAST} has a problem: expected one of NORMAL, LOW"),
        ({"type": "GRAND"}, "expected one of BASIC, STANDARD"),
        ({"name": "two words"}, "property name value {two words} has a problem: expected at most 128 letters"),
        ({"recording_configuration_arn": "bucket"}, "expected an ARN"),
    ],
)
def test_invalid_arguments_are_refused_in_a_preview(channel: Any, given: dict[str, Any], reason: str) -> None:
    assert reason in channel.errors_of(**given)
