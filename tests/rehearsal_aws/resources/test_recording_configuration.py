from __future__ import annotations

from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from rehearsal import ProviderError
from rehearsal_aws.resources import recording_configuration
from rehearsal_aws.resources.recording_configuration import RecordingConfiguration

# Importing pulumi_aws.s3 causes deprecation warnings about its older types.
pytestmark = pytest.mark.filterwarnings("ignore:.*has been deprecated in favor of:DeprecationWarning")

REPLACED = ["create-replacement", "replace", "delete-replaced"]
DESTINATION = {"s3": {"bucket_name": "recordings"}}


@pytest.fixture
def buckets(client: Any) -> None:
    for name in ("recordings", "elsewhere"):
        client("s3").create_bucket(Bucket=name)


@pytest.fixture
def recording(lifecycle: Any, buckets: None) -> Any:
    return lifecycle(lambda **given: aws.ivs.RecordingConfiguration("vod", **given))


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_recording_configuration_completes_its_lifecycle(recording: Any, client: Any) -> None:
    assert recording.up(destination_configuration=DESTINATION) == ["create"]
    assert recording.outputs["state"] == "ACTIVE"
    assert recording.outputs["destinationConfiguration"] == {"s3": {"bucketName": "recordings"}}
    assert recording.outputs["thumbnailConfiguration"] == {"recordingMode": "INTERVAL", "targetIntervalSeconds": 60}
    assert recording.up(destination_configuration=DESTINATION, recording_reconnect_window_seconds=30) == REPLACED
    (summary,) = client("ivs").list_recording_configurations()["recordingConfigurations"]
    assert summary["arn"] == recording.state["id"]
    recording.destroy()
    assert client("ivs").list_recording_configurations()["recordingConfigurations"] == []


@pytest.mark.slow("a lifecycle for each property")
@pytest.mark.parametrize(
    "change",
    [
        {"destination_configuration": {"s3": {"bucket_name": "elsewhere"}}},
        {"name": "another"},
        {"tags": {"team": "video"}},
        {"thumbnail_configuration": {"recording_mode": "DISABLED"}},
        {"thumbnail_configuration": {"target_interval_seconds": 30}},
    ],
)
def test_every_change_replaces_the_configuration(recording: Any, change: dict[str, Any]) -> None:
    recording.up(destination_configuration=DESTINATION)
    assert recording.up(**{"destination_configuration": DESTINATION, **change}) == REPLACED


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_thumbnail_defaults_of_the_service_are_no_change(recording: Any) -> None:
    recording.up(destination_configuration=DESTINATION)
    assert recording.up(
        destination_configuration=DESTINATION, thumbnail_configuration={"recording_mode": "INTERVAL"}
    ) == ["same"]


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_default_tags_change_in_place(lifecycle: Any, client: Any, buckets: None) -> None:
    recording = lifecycle(
        lambda **given: aws.ivs.RecordingConfiguration("vod", **given),
        defaultTags='{"tags": {"team": "video"}}',
    )
    recording.up(destination_configuration=DESTINATION)
    recording.stack.config["aws:defaultTags"] = '{"tags": {"team": "live"}}'
    assert recording.up(destination_configuration=DESTINATION) == ["update"]
    arn = recording.state["id"]
    tags = client("ivs").get_recording_configuration(arn=arn)["recordingConfiguration"]["tags"]
    assert tags == {"team": "live"}


def test_a_configuration_for_a_missing_bucket_fails_and_leaves_nothing(recording: Any, client: Any) -> None:
    recording.given = {"destination_configuration": {"s3": {"bucket_name": "nowhere"}}}
    report = recording.stack.up()
    assert not report.ok
    assert "its state is CREATE_FAILED; the bucket has to exist, in the same region" in report.errors[0]
    assert client("ivs").list_recording_configurations()["recordingConfigurations"] == []


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_deleted_resource_is_recreated(recording: Any, client: Any) -> None:
    recording.up(destination_configuration=DESTINATION)
    client("ivs").delete_recording_configuration(arn=recording.state["id"])
    assert recording.drift() == ["create"]


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_channel_can_use_the_recording_configuration(lifecycle: Any, client: Any) -> None:
    def make() -> None:
        bucket = aws.s3.Bucket("recordings")
        to = {"s3": {"bucket_name": bucket.bucket}}
        recording = aws.ivs.RecordingConfiguration("vod", destination_configuration=to)
        pulumi.export("channel", aws.ivs.Channel("live", recording_configuration_arn=recording.arn).arn)

    stack = lifecycle(make)
    assert stack.up() == ["create"] * 3
    (channel,) = client("ivs").list_channels()["channels"]
    (recording,) = client("ivs").list_recording_configurations()["recordingConfigurations"]
    assert channel["recordingConfigurationArn"] == recording["arn"]
    (bucket,) = client("s3").list_buckets()["Buckets"]
    assert recording["destinationConfiguration"]["s3"]["bucketName"] == bucket["Name"]
    stack.destroy()
    assert client("s3").list_buckets()["Buckets"] == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"destination_configuration": {"s3": {"bucket_name": "UPPER"}}}, "expected 3 to 63 lower-case letters"),
        ({"destination_configuration": {}}, "expected a bucket under s3.bucketName"),
        ({"recording_reconnect_window_seconds": 301}, "expected a whole number from 0 to 300"),
        ({"thumbnail_configuration": {"recording_mode": "SOME"}}, "expected one of DISABLED, INTERVAL"),
        ({"thumbnail_configuration": {"target_interval_seconds": 4}}, "expected a whole number from 5 to 60"),
        (
            {"thumbnail_configuration": {"recording_mode": "DISABLED", "target_interval_seconds": 5}},
            "can't be given where recordingMode is DISABLED",
        ),
    ],
)
def test_invalid_arguments_are_refused_in_a_preview(recording: Any, given: dict[str, Any], reason: str) -> None:
    assert reason in recording.errors_of(**{"destination_configuration": DESTINATION, **given})


class FakeIvs:
    """A fake IVS client whose recording configuration has these states, one in each response."""

    def __init__(self, *states: str) -> None:
        self.states = list(states)

    def get_recording_configuration(self, *, arn: str) -> dict[str, Any]:
        return {"recordingConfiguration": {"arn": arn, "state": self.states.pop(0)}}


def test_a_configuration_in_creation_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording_configuration, "_POLL_SECONDS", 0)
    found = RecordingConfiguration().find(FakeIvs("CREATING", "CREATING", "ACTIVE"), "arn", {})
    assert found["state"] == "ACTIVE"


def test_a_failed_configuration_is_an_error_with_its_reason() -> None:
    with pytest.raises(ProviderError, match=r"CREATE_FAILED; the bucket has to exist, in the same region"):
        RecordingConfiguration().find(FakeIvs("CREATE_FAILED"), "arn", {})
