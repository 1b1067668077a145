"""The embedded AWS through the interface that tests use."""

from __future__ import annotations

import sys
import threading

import pytest
from botocore.exceptions import ClientError

import moto_ivs
from rehearsal.provider import UNKNOWN, ObservableCloud
from rehearsal_aws import EmbeddedAws


@pytest.fixture
def cloud():
    """An embedded AWS for this test."""
    made = EmbeddedAws(config={"aws:region": "eu-west-1"})
    yield made
    made.close()


def test_the_cloud_can_be_inspected_with_clients(cloud):
    assert isinstance(cloud, ObservableCloud)


def test_an_unused_cloud_is_empty_and_does_not_start(cloud):
    assert cloud.remaining() == []
    assert cloud.secrets() == set()
    assert cloud.calls == []


def test_the_tests_client_is_in_the_stacks_region(cloud):
    assert cloud.boto3("ivs").create_channel()["channel"]["arn"].startswith("arn:aws:ivs:eu-west-1:")
    arn = cloud.boto3("ivs", "us-west-2").create_channel()["channel"]["arn"]
    assert arn.startswith("arn:aws:ivs:us-west-2:")


@pytest.mark.slow("creates resources of several services, in several regions")
def test_remaining_resources_are_named_by_arn_in_every_region(cloud):
    ivs = cloud.boto3("ivs")
    channel = ivs.create_channel()["channel"]["arn"]
    key = ivs.list_stream_keys(channelArn=channel)["streamKeys"][0]["arn"]
    cloud.boto3("ssm", "us-east-1").put_parameter(Name="/live/key", Value="x", Type="String")
    cloud.boto3("ssm").put_parameter(Name="flat", Value="x", Type="String")
    cloud.boto3("s3").create_bucket(Bucket="recordings", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    policy = ivs.create_playback_restriction_policy()["playbackRestrictionPolicy"]["arn"]
    secret = cloud.boto3("secretsmanager").create_secret(Name="key", SecretString="abc")["ARN"]
    recording = ivs.create_recording_configuration(destinationConfiguration={"s3": {"bucketName": "recordings"}})[
        "recordingConfiguration"
    ]["arn"]
    assert cloud.remaining() == sorted(
        [
            channel,
            key,
            policy,
            recording,
            secret,
            "arn:aws:s3:::recordings",
            "arn:aws:ssm:us-east-1:123456789012:parameter/live/key",
            "arn:aws:ssm:eu-west-1:123456789012:parameter/flat",
        ]
    )
    ivs.delete_channel(arn=channel)
    ivs.delete_recording_configuration(arn=recording)
    ivs.delete_playback_restriction_policy(arn=policy)
    cloud.boto3("ssm", "us-east-1").delete_parameter(Name="/live/key")
    cloud.boto3("ssm").delete_parameter(Name="flat")
    cloud.boto3("s3").delete_bucket(Bucket="recordings")
    cloud.boto3("secretsmanager").delete_secret(SecretId="key")
    assert cloud.remaining() == []


@pytest.mark.slow("loads AWS's public parameters of SSM")
def test_public_parameters_are_not_remaining_resources(cloud):
    cloud.boto3("ssm").get_parameters_by_path(Path="/aws/service/global-infrastructure/regions")
    assert cloud.remaining() == []


def test_the_cloud_knows_its_secrets(cloud):
    ivs = cloud.boto3("ivs")
    made = ivs.create_channel()
    key, passphrase = made["streamKey"]["value"], made["channel"]["srt"]["passphrase"]
    cloud.boto3("ssm").put_parameter(Name="a", Value="in the clear", Type="String")
    cloud.boto3("ssm").put_parameter(Name="b", Value="secure one", Type="SecureString")
    cloud.boto3("ssm").put_parameter(Name="b", Value="secure two", Type="SecureString", Overwrite=True)
    cloud.boto3("secretsmanager").create_secret(Name="c", SecretString="secret one")
    cloud.boto3("secretsmanager").put_secret_value(SecretId="c", SecretString="secret two")
    assert cloud.secrets() == {key, passphrase, "secure one", "secure two", "secret one", "secret two"}


def test_only_one_cloud_runs_at_a_time(cloud):
    cloud.boto3("ivs").list_channels()
    other = EmbeddedAws()
    try:
        with pytest.raises(Exception, match="another embedded AWS is in use in this process"):
            other.boto3("ivs").list_channels()
    finally:
        other.close()


def test_a_server_that_cannot_start_reports_why_and_blocks_no_client(monkeypatch):
    monkeypatch.setattr(moto_ivs, "stream_keys", lambda: 1 / 0)
    made = EmbeddedAws()
    try:
        with pytest.raises(ClientError, match=r"(?s)did not start: .*ZeroDivisionError"):
            made.boto3("ivs").list_channels()
    finally:
        made.close()


def test_closing_removes_everything_and_leaves_no_thread(cloud):
    before = set(threading.enumerate())
    first = EmbeddedAws()
    first.close()
    assert set(threading.enumerate()) <= before
    cloud.boto3("ivs").create_channel()
    cloud.close()
    cloud.close()
    assert cloud.remaining() == []
    again = EmbeddedAws()
    try:
        assert again.boto3("ivs").list_channels()["channels"] == []
    finally:
        again.close()


def test_state_in_a_folder_is_restored(tmp_path):
    first = EmbeddedAws(tmp_path)
    arn = first.boto3("ivs").create_channel()["channel"]["arn"]
    first.close()
    again = EmbeddedAws(tmp_path)
    try:
        assert [channel["arn"] for channel in again.boto3("ivs").list_channels()["channels"]] == [arn]
        assert arn in again.remaining()
    finally:
        again.close()


def test_the_account_is_the_first_allowed_one():
    cloud = EmbeddedAws(config={"aws:allowedAccountIds": '["111122223333"]'})
    try:
        assert cloud.boto3("sts").get_caller_identity()["Account"] == "111122223333"
    finally:
        cloud.close()


@pytest.mark.slow("starts processes")
def test_importing_it_loads_neither_moto_nor_boto3():
    import subprocess

    script = "import sys, rehearsal_aws; print(*{'moto', 'boto3', 'werkzeug'} & set(sys.modules), end='')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("type", "kind", "names"),
    [
        ("aws:ssm/parameter:Parameter", "String", ["insecureValue", "value"]),
        ("aws:ssm/parameter:Parameter", "StringList", ["insecureValue", "value"]),
        ("aws:ssm/parameter:Parameter", "SecureString", []),
        ("aws:ssm/parameter:Parameter", UNKNOWN, []),
        ("aws:secretsmanager/secretVersion:SecretVersion", "String", []),
    ],
)
def test_plaintext_values_are_reported_even_if_pulumi_aws_marks_them_secret(cloud, type, kind, names):
    assert sorted(cloud.in_the_open(type, {"type": kind, "value": "v"})) == names
