from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.backends import get_backend
from moto.core.base_backend import BackendDict
from moto.ivs.models import ivs_backends

import moto_ivs
from rehearsal_aws.cloud import memory
from rehearsal_aws.cloud.encoding import NotData

ACCOUNT, REGION = "123456789012", "us-east-1"


@pytest.fixture(autouse=True)
def _cloud() -> Iterator[None]:
    with mock_aws(), moto_ivs.stream_keys():
        yield


def client(service: str, region: str = REGION) -> Any:
    return boto3.client(service, region_name=region, aws_access_key_id="a", aws_secret_access_key="b")


def save_and_restore() -> None:
    text = json.dumps(memory.captured())
    memory.forget()
    assert client("ivs").list_channels()["channels"] == []
    memory.forget()
    memory.restore(json.loads(text))


def test_captured_state_is_restored() -> None:
    made = client("ivs").create_channel(name="live", tags={"a": "1"})
    client("ivs", "eu-west-1").create_channel(name="there")
    client("ssm").put_parameter(Name="p", Value="v", Type="SecureString", Tags=[{"Key": "a", "Value": "b"}])
    client("s3").create_bucket(Bucket="recordings")
    client("secretsmanager").create_secret(Name="s", SecretString="v")
    save_and_restore()

    assert client("ivs").get_channel(arn=made["channel"]["arn"])["channel"] == made["channel"]
    is_same_key = client("ivs").get_stream_key(arn=made["streamKey"]["arn"])["streamKey"] == made["streamKey"]
    assert is_same_key
    assert [c["name"] for c in client("ivs", "eu-west-1").list_channels()["channels"]] == ["there"]
    assert client("ssm").get_parameter(Name="p", WithDecryption=True)["Parameter"]["Value"] == "v"
    tags = client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId="p")["TagList"]
    assert tags == [{"Key": "a", "Value": "b"}]
    assert [b["Name"] for b in client("s3").list_buckets()["Buckets"]] == ["recordings"]
    assert client("secretsmanager").get_secret_value(SecretId="s")["SecretString"] == "v"


@pytest.mark.slow("writes moto's backends to a file, and restores them")
def test_a_restored_backend_works() -> None:
    made = client("ivs").create_channel(name="live")
    client("ssm").put_parameter(Name="p", Value="v", Type="String")
    save_and_restore()
    client("ivs").delete_stream_key(arn=made["streamKey"]["arn"])
    client("ivs").create_stream_key(channelArn=made["channel"]["arn"])
    assert len(client("ivs").list_stream_keys(channelArn=made["channel"]["arn"])["streamKeys"]) == 1
    tags = [{"Key": "a", "Value": "b"}]
    client("ssm").add_tags_to_resource(ResourceType="Parameter", ResourceId="p", Tags=tags)
    client("ssm").put_parameter(Name="new", Value="v", Type="String")
    assert client("ssm").list_tags_for_resource(ResourceType="Parameter", ResourceId="p")["TagList"] == tags


@pytest.mark.slow("writes moto's backends to a file, and restores them")
def test_bucket_names_stay_unique_across_accounts() -> None:
    where = {"CreateBucketConfiguration": {"LocationConstraint": "eu-west-1"}}
    client("s3", "eu-west-1").create_bucket(Bucket="recordings", **where)
    save_and_restore()
    with pytest.raises(ClientError, match="BucketAlready"):
        client("s3", "eu-west-1").create_bucket(Bucket="recordings", **where)
    client("s3", "eu-west-1").delete_bucket(Bucket="recordings")
    client("s3", "eu-west-1").create_bucket(Bucket="recordings", **where)


@pytest.mark.slow("writes moto's backends to a file, and restores them")
def test_public_parameters_are_not_captured_and_exist_again() -> None:
    name = "/aws/service/global-infrastructure/regions/eu-west-1/longName"
    before = client("ssm").get_parameter(Name=name)["Parameter"]["Value"]
    assert "global-infrastructure" not in json.dumps(memory.captured())
    save_and_restore()
    assert client("ssm").get_parameter(Name=name)["Parameter"]["Value"] == before


@pytest.mark.slow("writes moto's backends to a file, and restores them")
def test_unknown_types_are_named() -> None:
    client("ivs").create_channel(name="live")
    client("ssm").describe_parameters()
    get_backend("ssm")[ACCOUNT][REGION].unknown = (number for number in ())
    with pytest.raises(NotData, match="generator"):
        memory.captured()
    del get_backend("ssm")[ACCOUNT][REGION].unknown
    client("sns").create_topic(Name="t")
    with pytest.raises(NotData, match="sns"):
        memory.captured()
    memory.forget_others()
    assert client("sns").list_topics()["Topics"] == []
    memory.forget_others()
    save_and_restore()
    assert len(ivs_backends[ACCOUNT][REGION].channels) == 1


def test_a_backend_of_another_service_is_not_restored() -> None:
    with pytest.raises(NotData, match="ec2"):
        memory.restore([["ec2", ACCOUNT, REGION, {}]])
    assert "ec2" not in [service.service_name for service in BackendDict._instances]


def test_a_reset_removes_everything_in_every_account_and_region() -> None:
    client("ivs", "eu-west-1").create_channel(name="live")
    memory.forget()
    assert client("ivs", "eu-west-1").list_channels()["channels"] == []
