"""RecordingConfiguration's provider: its calls, and its waiting for IVS."""

import boto3
import pytest
from pulumi.output import Unknown

from ivs_stream_key import errors
from ivs_stream_key.recording_configuration import RecordingConfigurationProvider, _failures

GIVEN = {"bucket_name": "recordings", "region": "us-west-2", "reconnect_window_seconds": 9.0}


@pytest.fixture
def provider(cloud):
    boto3.client("s3", region_name="us-west-2").create_bucket(
        Bucket="recordings", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    cloud.clear_calls()
    return RecordingConfigurationProvider()


@pytest.mark.slow("buckets and configurations in moto's S3 and IVS")
def test_a_lifecycle_of_create_tag_change_and_destroy(cloud, provider):
    made = provider.create({**GIVEN, "tags": {"a": "1"}})
    found = cloud.client.get_recording_configuration(arn=made.id)["recordingConfiguration"]
    assert found["recordingReconnectWindowSeconds"] == 9
    assert provider.diff(made.id, made.outs, {**GIVEN, "tags": {"a": "1"}}).changes is False
    assert provider.diff(made.id, made.outs, {**GIVEN, "reconnect_window_seconds": 3.0}).replaces == [
        "reconnect_window_seconds"
    ]
    cloud.clear_calls()
    outs = provider.update(made.id, made.outs, {**GIVEN, "tags": {"b": "2"}}).outs
    assert cloud.calls == ["UntagResource", "TagResource"]
    read = provider.read(made.id, outs)
    assert read.inputs == {**GIVEN, "tags": {"b": "2"}}
    provider.delete(made.id, outs)
    assert provider.read(made.id, outs).id == ""
    provider.delete(made.id, outs)


def test_create_waits_until_the_configuration_is_active(provider, monkeypatch):
    waits, calls = [], provider.clients({}).recording_configurations("us-west-2")
    monkeypatch.setattr(type(calls), "get", lambda *_: {"state": "CREATING" if len(waits) < 3 else "ACTIVE"})
    monkeypatch.setattr(
        calls._client,
        "create_recording_configuration",
        lambda **_: {"recordingConfiguration": {"arn": "arn:x", "state": "CREATING"}},
    )
    assert calls.create({}, {}, waits.append) == "arn:x"
    assert waits == [1.0] * 3


@pytest.mark.slow("buckets and configurations in moto's S3 and IVS")
def test_a_failed_configuration_is_deleted_and_reported_with_a_remedy(cloud, provider):
    with pytest.raises(errors.ServiceFailed, match="CREATE_FAILED") as failed:
        provider.create({**GIVEN, "bucket_name": "nowhere"})
    assert "check that the bucket exists" in str(failed.value)
    assert cloud.client.list_recording_configurations()["recordingConfigurations"] == []


@pytest.mark.slow("buckets and configurations in moto's S3 and IVS")
def test_a_configuration_in_use_is_not_deleted(cloud, provider):
    made = provider.create(GIVEN)
    cloud.client.create_channel(recordingConfigurationArn=made.id)
    with pytest.raises(errors.Conflict, match="is in use"):
        provider.delete(made.id, made.outs)


def failure_reasons(**given):
    return [failure.reason for failure in _failures({"bucket_name": "recordings", **given})]


@pytest.mark.parametrize(
    "given",
    [
        {"thumbnails": Unknown(), "renditions": Unknown(), "reconnect_window_seconds": Unknown()},
        {"thumbnails": {"recording_mode": "INTERVAL", "target_interval_seconds": 60.0, "storage": ["LATEST"]}},
        {"thumbnails": {"recording_mode": "DISABLED", "storage": Unknown()}, "reconnect_window_seconds": 300.0},
        {"renditions": {"rendition_selection": "CUSTOM", "renditions": ["HD", "LOWEST_RESOLUTION"]}},
        {"renditions": {"rendition_selection": "CUSTOM", "renditions": [Unknown()]}},
        {"renditions": {"rendition_selection": Unknown(), "renditions": ["HD"]}},
        {"renditions": {"rendition_selection": "ALL", "renditions": Unknown()}},
        {"renditions": {"rendition_selection": "NONE", "renditions": []}},
    ],
)
def test_valid_and_unknown_arguments_pass(given):
    assert failure_reasons(**given) == []


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"thumbnails": ["LATEST"]}, "thumbnails: expected a mapping, got a list. Leave it out for none."),
        (
            {"thumbnails": {"recording_mode": "OFF"}},
            (
                "thumbnails.recording_mode: expected 'DISABLED' or 'INTERVAL', got a string of 3 characters. "
                "INTERVAL makes them."
            ),
        ),
        *(
            (
                {"thumbnails": {"target_interval_seconds": interval}},
                f"thumbnails.target_interval_seconds: expected a whole number, 1 to 60, got {got}. Correct it.",
            )
            for interval, got in [
                (0.0, "a number"),
                (1.5, "a number"),
                (61.0, "a number"),
                (float("nan"), "a number"),
                (float("inf"), "a number"),
                (True, "a boolean"),
                ("5", "a string of 1 character"),
            ]
        ),
        (
            {"thumbnails": {"recording_mode": "DISABLED", "target_interval_seconds": 5.0}},
            (
                "thumbnails: expected no target_interval_seconds where they are DISABLED, got one. Leave it out, or "
                "set recording_mode to INTERVAL."
            ),
        ),
        (
            {"thumbnails": {"storage": "LATEST"}},
            "thumbnails.storage: expected a list of SEQUENTIAL, LATEST, got a string of 6 characters. Write a list.",
        ),
        (
            {"thumbnails": {"storage": ["LATEST", "LAST"]}},
            (
                "thumbnails.storage[1]: expected 'SEQUENTIAL' or 'LATEST', got a string of 4 characters that is close "
                "to 'LATEST'. Leave the list out for IVS's default."
            ),
        ),
        ({"renditions": "ALL"}, "renditions: expected a mapping, got a string of 3 characters. Leave it out for all."),
        (
            {"renditions": {"rendition_selection": "SOME"}},
            (
                "renditions.rendition_selection: expected 'ALL', 'NONE' or 'CUSTOM', got a string of 4 characters. "
                "CUSTOM names some."
            ),
        ),
        (
            {"renditions": {"rendition_selection": "CUSTOM", "renditions": ["4K"]}},
            (
                "renditions.renditions[0]: expected 'SD', 'HD', 'FULL_HD' or 'LOWEST_RESOLUTION', got a string of 2 "
                "characters. Leave the list out for IVS's default."
            ),
        ),
        *(
            (
                {"renditions": {"rendition_selection": "CUSTOM", **without}},
                (
                    "renditions: expected renditions where rendition_selection is CUSTOM, got none. List some, or "
                    "leave the selection out for all."
                ),
            )
            for without in ({}, {"renditions": []})
        ),
        *(
            (
                {"renditions": {**other, "renditions": ["HD"]}},
                (
                    "renditions: expected no renditions where rendition_selection is not CUSTOM, got some. Leave them "
                    "out, or set rendition_selection to CUSTOM."
                ),
            )
            for other in ({}, {"rendition_selection": "ALL"})
        ),
        (
            {"reconnect_window_seconds": float("inf")},
            "reconnect_window_seconds: expected a whole number, 0 to 300, got",
        ),
    ],
)
def test_invalid_arguments_are_refused_before_any_call(given, reason):
    (found,) = failure_reasons(**given)
    assert found.startswith(reason)
