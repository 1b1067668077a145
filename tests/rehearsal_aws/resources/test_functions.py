from __future__ import annotations

from typing import Any

import botocore.loaders
import pulumi
import pulumi_aws as aws
import pytest

from rehearsal.provider import ProviderError
from rehearsal_aws.regions import is_region
from rehearsal_aws.resources.connection import Connection
from rehearsal_aws.resources.functions import Partition, Region, StreamKey


@pytest.fixture
def run_program(lifecycle: Any) -> Any:
    """Return a function that runs a program, which returns its outputs; return them, or the errors of the up."""

    def run(function: Any, **config: str) -> Any:
        def make() -> None:
            for name, value in function().items():
                pulumi.export(name, value)

        report = lifecycle(make, **config).stack.up()
        return report.outputs if report.ok else report.errors

    return run


def test_the_caller_is_the_embedded_account(run_program: Any) -> None:
    def ask() -> dict[str, Any]:
        caller = aws.get_caller_identity()
        return {"account": caller.account_id, "arn": caller.arn, "id": caller.id}

    outputs = run_program(ask)
    assert (outputs["account"], outputs["id"]) == ("123456789012", "123456789012")
    assert outputs["arn"].startswith("arn:aws:")


def test_the_region_is_the_providers(run_program: Any) -> None:
    def ask() -> dict[str, Any]:
        region = aws.get_region()
        return {"region": region.region, "description": region.description, "endpoint": region.endpoint}

    assert run_program(ask, region="eu-west-1") == {
        "region": "eu-west-1",
        "description": "Europe (Ireland)",
        "endpoint": "ec2.eu-west-1.amazonaws.com",
    }


def test_get_region_finds_a_region_by_its_endpoint(run_program: Any) -> None:
    outputs = run_program(lambda: {"region": aws.get_region(endpoint="ec2.us-west-2.amazonaws.com").region})
    assert outputs == {"region": "us-west-2"}


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"region": "moon-1"}, "expected a region such as us-east-1, got 'moon-1'"),
        ({"endpoint": "ec2.moon-1.amazonaws.com"}, "expected an endpoint of EC2's"),
        ({"endpoint": "ec2.us-west-2.amazonaws.com", "region": "eu-west-1"}, "is not one of eu-west-1"),
    ],
)
def test_an_invalid_region_is_refused(run_program: Any, given: dict[str, str], reason: str) -> None:
    assert any(reason in error for error in run_program(lambda: {"region": aws.get_region(**given).region}))


def test_get_stream_key_returns_the_channels_key(run_program: Any, client: Any) -> None:
    made = client("ivs", "eu-west-1").create_channel(name="live")

    def ask() -> dict[str, Any]:
        key = aws.ivs.get_stream_key(channel_arn=made["channel"]["arn"])
        return {"arn": key.arn, "value": pulumi.Output.secret(key.value), "tags": key.tags, "channel": key.channel_arn}

    outputs = run_program(ask)
    assert outputs["value"].value == made["streamKey"]["value"]
    assert (outputs["arn"], outputs["channel"]) == (made["streamKey"]["arn"], made["channel"]["arn"])


@pytest.mark.slow("creates, changes, refreshes and deletes a resource")
def test_a_missing_stream_key_is_an_error(run_program: Any, client: Any) -> None:
    made = client("ivs").create_channel(name="live")
    client("ivs").delete_stream_key(arn=made["streamKey"]["arn"])
    arn = made["channel"]["arn"]
    assert any("the channel has none" in error for error in run_program(lambda: {"k": aws.ivs.get_stream_key(arn).arn}))
    client("ivs").delete_channel(arn=arn)
    errors = run_program(lambda: {"k": aws.ivs.get_stream_key(arn).arn})
    assert any("ListStreamKeys: ResourceNotFoundException" in error for error in errors)


def regions() -> list[str]:
    partitions = botocore.loaders.Loader().load_data("partitions")["partitions"]
    return [r for p in partitions for r in p["regions"] if is_region(r)]


@pytest.mark.parametrize("function", [Partition(), Region()], ids=["partition", "region"])
def test_each_region_that_the_provider_accepts_is_known(function: Partition | Region) -> None:
    for region in regions():
        function.connection = Connection({"region": region})
        assert function.result({})["id"]


# From AWS's documentation of partitions, and Terraform's of the data source aws_partition.
@pytest.mark.parametrize(
    ("region", "name", "suffix", "prefix"),
    [
        ("eu-west-1", "aws", "amazonaws.com", "com.amazonaws"),
        ("us-east-9", "aws", "amazonaws.com", "com.amazonaws"),
        ("cn-north-1", "aws-cn", "amazonaws.com.cn", "cn.com.amazonaws"),
        ("us-gov-west-1", "aws-us-gov", "amazonaws.com", "com.amazonaws"),
    ],
)
def test_the_partition_is_that_of_the_providers_region(
    monkeypatch: pytest.MonkeyPatch, region: str, name: str, suffix: str, prefix: str
) -> None:
    monkeypatch.setenv("MOTO_ALLOW_NONEXISTENT_REGION", "true")
    function = Partition()
    function.configure({"region": region})
    assert function.invoke("aws:index/getPartition:getPartition", {}).outputs == {
        "id": name,
        "partition": name,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": prefix,
    }


def test_an_unknown_region_has_no_partition(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_ALLOW_NONEXISTENT_REGION", "true")
    function = Partition()
    function.configure({"region": "moon-1"})
    with pytest.raises(ProviderError, match="expected a region such as us-east-1, got 'moon-1'"):
        function.invoke("aws:index/getPartition:getPartition", {})


def test_unknown_and_missing_arguments_of_a_function_are_named() -> None:
    token = "aws:ivs/getStreamKey:getStreamKey"
    result = StreamKey().invoke(token, {"chanelArn": "arn:", "tags": None})
    assert [(failure.property, failure.reason) for failure in result.failures] == [
        ("chanelArn", f"{token} has no such argument; expected one of channelArn, region, tags"),
        ("channelArn", f"{token} needs this argument"),
    ]
    assert result.outputs == {}
