"""ChannelSettings' provider: its calls, and its behaviour on a deleted or broadcasting channel."""

import pytest
from pulumi.output import UNKNOWN

import moto_ivs
from ivs_stream_key import errors
from ivs_stream_key.channel_settings import ChannelSettingsProvider


@pytest.fixture
def provider():
    return ChannelSettingsProvider()


def channel_of(cloud, arn):
    return cloud.client.get_channel(arn=arn)["channel"]


def test_a_create_updates_differing_settings_in_one_call_and_equal_ones_in_none(cloud, provider):
    arn = cloud.channel()
    given = {"channel_arn": arn, "insecure_ingest": True, "container_format": "TS"}
    made = provider.create(given)
    assert cloud.calls == ["GetChannel", "UpdateChannel"]
    assert made.id == arn
    assert made.outs["insecure_ingest"] is True
    assert made.outs["srt_passphrase"] == ""
    cloud.clear_calls()
    provider.create(given)
    assert cloud.calls == ["GetChannel"]


def test_a_broadcasting_channel_with_equal_settings_is_no_error(cloud, provider):
    arn = cloud.channel()
    moto_ivs.go_live(arn)
    assert provider.create({"channel_arn": arn, "container_format": "TS"}).id == arn
    with pytest.raises(errors.Conflict, match="forbids UpdateChannel"):
        provider.create({"channel_arn": arn, "insecure_ingest": True})


def test_an_update_restores_the_default_of_removed_settings(cloud, provider):
    arn = cloud.channel()
    olds = provider.create({"channel_arn": arn, "insecure_ingest": True, "container_format": "FRAGMENTED_MP4"}).outs
    outs = provider.update(arn, olds, {"channel_arn": arn, "container_format": "FRAGMENTED_MP4"}).outs
    assert "insecure_ingest" not in outs
    assert outs["srt_passphrase"] == channel_of(cloud, arn)["srt"]["passphrase"]
    assert channel_of(cloud, arn)["insecureIngest"] is False
    provider.delete(arn, outs)
    assert channel_of(cloud, arn)["containerFormat"] == "TS"


def test_a_deleted_channel_is_reported_by_read_and_no_error_of_delete(cloud, provider):
    arn = cloud.channel()
    outs = provider.create({"channel_arn": arn, "insecure_ingest": True}).outs
    cloud.client.delete_channel(arn=arn)
    assert provider.read(arn, outs).id == ""
    provider.delete(arn, outs)
    with pytest.raises(errors.NotFound, match="There is no channel"):
        provider.update(arn, outs, {"channel_arn": arn})


@pytest.mark.slow("creates and changes a channel in moto")
def test_a_read_finds_drift_only_in_declared_fields(cloud, provider):
    arn = cloud.channel()
    outs = provider.create({"channel_arn": arn, "insecure_ingest": True}).outs
    cloud.client.update_channel(arn=arn, insecureIngest=False, containerFormat="FRAGMENTED_MP4")
    read = provider.read(arn, outs)
    assert read.inputs == {"channel_arn": arn, "insecure_ingest": False}
    assert provider.diff(arn, read.outs, {"channel_arn": arn, "insecure_ingest": True}).changes is True


def test_another_channel_is_a_replacement_and_unknown_values_pass(provider):
    one, two = (f"arn:aws:ivs:us-west-2:123456789012:channel/{name}" for name in "ab")
    assert provider.diff(one, {"channel_arn": one}, {"channel_arn": two}).replaces == ["channel_arn"]
    assert provider.diff(one, {"channel_arn": one}, {"channel_arn": one}).changes is False
    unknown = dict.fromkeys(("channel_arn", "channel_type", "preset", "multitrack_input_configuration"), UNKNOWN)
    assert provider.check({}, unknown).failures == []


def test_a_bad_connection_is_reported_with_the_rest(provider):
    failures = provider.check({}, {"channel_arn": "x", "connection": {"regoin": "y"}}).failures
    assert [failure.property for failure in failures] == ["", ""]
    assert failures[0].reason.startswith("connection: ")
