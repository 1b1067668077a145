from __future__ import annotations

import pickle
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import dill
import pytest
from moto import mock_aws
from moto.ivs.models import ivs_backends
from moto.ssm.models import ssm_backends

import moto_ivs
from rehearsal.errors import StateError
from rehearsal_aws import memory

ACCOUNT, REGION = "123456789012", "us-east-1"


@pytest.fixture(autouse=True)
def _cloud() -> Iterator[None]:
    with mock_aws(), moto_ivs.stream_keys():
        yield


def client(service: str, region: str = REGION) -> Any:
    return boto3.client(service, region_name=region, aws_access_key_id="a", aws_secret_access_key="b")


def test_what_is_saved_comes_back_as_it_was(tmp_path: Path) -> None:
    made = client("ivs").create_channel(name="live", tags={"a": "1"})
    client("ivs", "eu-west-1").create_channel(name="there")
    client("ssm").put_parameter(Name="p", Value="v", Type="SecureString")
    client("s3").create_bucket(Bucket="recordings")
    client("secretsmanager").create_secret(Name="s", SecretString="v")
    assert memory.save(tmp_path / "cloud") == []
    memory.forget()
    assert client("ivs").list_channels()["channels"] == []

    memory.load(tmp_path / "cloud")
    assert client("ivs").get_channel(arn=made["channel"]["arn"])["channel"] == made["channel"]
    is_the_same = client("ivs").get_stream_key(arn=made["streamKey"]["arn"])["streamKey"] == made["streamKey"]
    assert is_the_same
    assert [c["name"] for c in client("ivs", "eu-west-1").list_channels()["channels"]] == ["there"]
    assert client("ssm").get_parameter(Name="p", WithDecryption=True)["Parameter"]["Value"] == "v"
    assert [b["Name"] for b in client("s3").list_buckets()["Buckets"]] == ["recordings"]
    assert client("secretsmanager").get_secret_value(SecretId="s")["SecretString"] == "v"


def test_a_restored_backend_goes_on(tmp_path: Path) -> None:
    made = client("ivs").create_channel(name="live")
    memory.save(tmp_path / "cloud")
    memory.forget()
    memory.load(tmp_path / "cloud")
    client("ivs").delete_stream_key(arn=made["streamKey"]["arn"])
    client("ivs").create_stream_key(channelArn=made["channel"]["arn"])
    assert len(client("ivs").list_stream_keys(channelArn=made["channel"]["arn"])["streamKeys"]) == 1


def test_the_file_is_its_owners_alone_and_none_is_left_half_written(tmp_path: Path) -> None:
    memory.save(tmp_path / "folder" / "cloud")
    memory.save(tmp_path / "folder" / "cloud")
    (file,) = (tmp_path / "folder").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_no_file_is_an_empty_cloud(tmp_path: Path) -> None:
    memory.load(tmp_path / "cloud")
    assert client("ivs").list_channels()["channels"] == []


@pytest.mark.parametrize("content", [b"", b"garbage", dill.dumps({"moto": "1.0"}), dill.dumps({"backends": [("x",)]})])
def test_a_file_that_can_not_be_read_is_an_error_that_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "cloud").write_bytes(content)
    with pytest.raises(StateError, match=r"cloud can't be read \(.*delete it, and the stack's state beside it"):
        memory.load(tmp_path / "cloud")


def test_services_that_can_not_be_written_are_told_and_the_others_kept(tmp_path: Path) -> None:
    client("ivs").create_channel(name="live")
    client("ssm").describe_parameters()
    ssm_backends[ACCOUNT][REGION].unwritable = (number for number in ())
    assert memory.save(tmp_path / "cloud") == ["ssm"]
    memory.forget()
    memory.load(tmp_path / "cloud")
    assert len(ivs_backends[ACCOUNT][REGION].channels) == 1


def test_forgetting_leaves_nothing_in_any_account_or_region() -> None:
    client("ivs", "eu-west-1").create_channel(name="live")
    memory.forget()
    assert client("ivs", "eu-west-1").list_channels()["channels"] == []


def test_what_pulumi_does_to_pickle_does_not_reach_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unusable(*_: object) -> None:
        raise RecursionError

    client("ivs").create_channel(name="live", tags={"a": "1"})
    monkeypatch.setattr(pickle._Pickler, "_batch_setitems", unusable)
    assert memory.save(tmp_path / "cloud") == []
