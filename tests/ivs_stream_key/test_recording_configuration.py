"""RecordingConfiguration's provider: what it asks of IVS, and what it waits for."""

import boto3
import pytest

from ivs_stream_key import errors
from ivs_stream_key.recording_configuration import RecordingConfigurationProvider

GIVEN = {"bucket_name": "recordings", "region": "us-west-2", "reconnect_window_seconds": 9.0}


@pytest.fixture
def provider(cloud):
    boto3.client("s3", region_name="us-west-2").create_bucket(
        Bucket="recordings", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    cloud.forget()
    return RecordingConfigurationProvider()


@pytest.mark.slow("buckets and configurations in moto's S3 and IVS")
def test_a_life_from_creation_over_a_change_of_tags_to_nothing(cloud, provider):
    made = provider.create({**GIVEN, "tags": {"a": "1"}})
    found = cloud.client.get_recording_configuration(arn=made.id)["recordingConfiguration"]
    assert found["recordingReconnectWindowSeconds"] == 9
    assert provider.diff(made.id, made.outs, {**GIVEN, "tags": {"a": "1"}}).changes is False
    assert provider.diff(made.id, made.outs, {**GIVEN, "reconnect_window_seconds": 3.0}).replaces == [
        "reconnect_window_seconds"
    ]
    cloud.forget()
    outs = provider.update(made.id, made.outs, {**GIVEN, "tags": {"b": "2"}}).outs
    assert cloud.calls == ["UntagResource", "TagResource"]
    read = provider.read(made.id, outs)
    assert read.inputs == {**GIVEN, "tags": {"b": "2"}}
    provider.delete(made.id, outs)
    assert provider.read(made.id, outs).id == ""
    provider.delete(made.id, outs)


def test_it_waits_until_ivs_has_set_it_up(provider, monkeypatch):
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
def test_one_that_cannot_be_set_up_is_deleted_again_and_said_with_what_to_do(cloud, provider):
    with pytest.raises(errors.ServiceFailed, match="CREATE_FAILED") as failed:
        provider.create({**GIVEN, "bucket_name": "nowhere"})
    assert "check that the bucket exists" in str(failed.value)
    assert cloud.client.list_recording_configurations()["recordingConfigurations"] == []


@pytest.mark.slow("buckets and configurations in moto's S3 and IVS")
def test_one_that_a_channel_has_is_not_deleted(cloud, provider):
    made = provider.create(GIVEN)
    cloud.client.create_channel(recordingConfigurationArn=made.id)
    with pytest.raises(errors.Conflict, match="is in use"):
        provider.delete(made.id, made.outs)
