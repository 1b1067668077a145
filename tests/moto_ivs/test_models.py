"""Stream keys and their channels."""

from __future__ import annotations

import pickle
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.core.base_backend import BackendDict
from moto.ivs.models import IVSBackend, ivs_backends
from moto.moto_api._internal import mock_random

import installed_botocore
from moto_ivs.models import STATE

REGION = "us-west-2"


def test_the_key_returned_by_create_channel_exists(ivs: Any, channel: Any) -> None:
    is_the_same = ivs.get_stream_key(arn=channel["streamKey"]["arn"])["streamKey"] == channel["streamKey"]
    assert is_the_same


def test_the_default_key_of_a_channel_has_no_tags(channel: Any) -> None:
    assert channel["channel"]["tags"] == {"team": "video"}
    assert channel["streamKey"]["tags"] == {}


def test_arns_and_values_have_the_formats_of_the_service(channel: Any) -> None:
    key = channel["streamKey"]
    assert re.fullmatch(rf"arn:aws:ivs:{REGION}:123456789012:stream-key/[A-Za-z0-9]{{12}}", key["arn"])
    has_the_format = re.fullmatch(rf"sk_{REGION}_[A-Za-z0-9]+_[A-Za-z0-9]+", key["value"]) is not None
    assert has_the_format
    assert key["channelArn"] == channel["channel"]["arn"]


def test_a_second_create_on_a_channel_is_refused(ivs: Any, channel: Any) -> None:
    with pytest.raises(ivs.exceptions.ServiceQuotaExceededException) as refusal:
        ivs.create_stream_key(channelArn=channel["channel"]["arn"])
    assert refusal.value.response["ResponseMetadata"]["HTTPStatusCode"] == 402
    assert len(ivs.list_stream_keys(channelArn=channel["channel"]["arn"])["streamKeys"]) == 1


def test_one_of_two_concurrent_creates_is_refused(
    ivs: Any, channel: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    ivs.delete_stream_key(arn=channel["streamKey"]["arn"])
    look, both_have_looked = IVSBackend._keys_of, threading.Barrier(2, timeout=0.3)

    def look_and_wait(backend: Any, channel_arn: str) -> Any:
        found = look(backend, channel_arn)
        # Both threads pass the barrier only if the second looks before the first has created its key.
        with suppress(threading.BrokenBarrierError):
            both_have_looked.wait()
        return found

    def create(_: int) -> str:
        try:
            ivs.create_stream_key(channelArn=channel["channel"]["arn"])
        except ivs.exceptions.ServiceQuotaExceededException:
            return "refused"
        return "created"

    with monkeypatch.context() as patch, ThreadPoolExecutor(2) as pool:
        patch.setattr(IVSBackend, "_keys_of", look_and_wait)
        assert sorted(pool.map(create, range(2))) == ["created", "refused"]


def test_delete_and_create_give_a_new_arn_and_value(ivs: Any, channel: Any) -> None:
    old = channel["streamKey"]
    ivs.delete_stream_key(arn=old["arn"])
    new = ivs.create_stream_key(channelArn=channel["channel"]["arn"], tags={"shift": "night"})["streamKey"]

    assert new["arn"] != old["arn"]
    values_differ = new["value"] != old["value"]
    assert values_differ
    assert new["tags"] == {"shift": "night"}
    is_the_new_one = ivs.get_stream_key(arn=new["arn"])["streamKey"] == new
    assert is_the_new_one


@pytest.mark.parametrize("operation", ["get_stream_key", "delete_stream_key"])
def test_a_deleted_key_is_not_found(ivs: Any, channel: Any, operation: str) -> None:
    arn = channel["streamKey"]["arn"]
    ivs.delete_stream_key(arn=arn)
    with pytest.raises(ivs.exceptions.ResourceNotFoundException, match=arn):
        getattr(ivs, operation)(arn=arn)


@pytest.mark.parametrize("operation", ["create_stream_key", "list_stream_keys"])
def test_a_missing_channel_is_not_found(ivs: Any, operation: str) -> None:
    arn = f"arn:aws:ivs:{REGION}:123456789012:channel/nowhere"
    with pytest.raises(ivs.exceptions.ResourceNotFoundException, match=arn):
        getattr(ivs, operation)(channelArn=arn)


def test_a_list_has_the_keys_of_one_channel_without_values(ivs: Any, channel: Any) -> None:
    ivs.create_channel(name="other")
    listed = ivs.list_stream_keys(channelArn=channel["channel"]["arn"])["streamKeys"]
    key = channel["streamKey"]
    assert listed == [{"arn": key["arn"], "channelArn": key["channelArn"], "tags": {}}]
    backend = ivs_backends["123456789012"][REGION]
    (summary,), _ = backend.list_stream_keys(key["channelArn"], max_results=None, next_token=None)
    assert summary.keys() == listed[0].keys()


def test_a_list_without_keys_is_one_empty_page(ivs: Any, channel: Any) -> None:
    ivs.delete_stream_key(arn=channel["streamKey"]["arn"])
    response = ivs.list_stream_keys(channelArn=channel["channel"]["arn"], maxResults=50)
    assert response["streamKeys"] == []
    assert "nextToken" not in response


def test_a_batch_returns_the_keys_found_and_an_error_for_each_missing_one(ivs: Any, channel: Any) -> None:
    found, missing = channel["streamKey"], f"{channel['streamKey']['arn']}x"
    response = ivs.batch_get_stream_key(arns=[missing, found["arn"], found["arn"]])
    is_found = response["streamKeys"] == [found]
    assert is_found
    assert [(error["arn"], error["code"]) for error in response["errors"]] == [(missing, "ResourceNotFoundException")]


@pytest.mark.slow("creates and deletes channels in moto")
def test_deleting_a_channel_deletes_its_key_and_no_other(ivs: Any, channel: Any) -> None:
    other = ivs.create_channel(name="other")["streamKey"]
    ivs.delete_channel(arn=channel["channel"]["arn"])
    response = ivs.batch_get_stream_key(arns=[channel["streamKey"]["arn"], other["arn"]])
    assert [key["arn"] for key in response["streamKeys"]] == [other["arn"]]


def test_a_deleted_channel_cannot_be_deleted_again(ivs: Any, channel: Any) -> None:
    ivs.delete_channel(arn=channel["channel"]["arn"])
    with pytest.raises(ivs.exceptions.ResourceNotFoundException):
        ivs.delete_channel(arn=channel["channel"]["arn"])


def test_a_live_channel_can_be_neither_deleted_nor_updated(cloud: Any, ivs: Any, channel: Any) -> None:
    arn = channel["channel"]["arn"]
    cloud.go_live(arn)
    with pytest.raises(ivs.exceptions.ConflictException):
        ivs.delete_channel(arn=arn)
    with pytest.raises(ivs.exceptions.ConflictException):
        ivs.update_channel(arn=arn, name="renamed")
    assert ivs.get_channel(arn=arn)["channel"]["name"] == "studio"

    ivs.stop_stream(channelArn=arn)
    assert ivs.update_channel(arn=arn, name="renamed")["channel"]["name"] == "renamed"
    ivs.delete_channel(arn=arn)
    assert ivs.list_channels()["channels"] == []


def test_regions_are_isolated(cloud: Any, channel: Any) -> None:
    elsewhere = cloud.client("eu-west-1")
    with pytest.raises(elsewhere.exceptions.ResourceNotFoundException):
        elsewhere.get_stream_key(arn=channel["streamKey"]["arn"])
    with pytest.raises(elsewhere.exceptions.ResourceNotFoundException):
        elsewhere.create_stream_key(channelArn=channel["channel"]["arn"])
    assert elsewhere.create_channel(name="other")["streamKey"]["arn"].startswith("arn:aws:ivs:eu-west-1:")


def test_accounts_are_isolated(cloud: Any, channel: Any) -> None:
    other_account = cloud.client(account="111111111111")
    for operation in (
        lambda: other_account.get_stream_key(arn=channel["streamKey"]["arn"]),
        lambda: other_account.delete_stream_key(arn=channel["streamKey"]["arn"]),
        lambda: other_account.list_tags_for_resource(resourceArn=channel["streamKey"]["arn"]),
        lambda: other_account.get_stream(channelArn=channel["channel"]["arn"]),
    ):
        with pytest.raises(other_account.exceptions.ResourceNotFoundException):
            operation()
    assert other_account.create_channel(name="other")["streamKey"]["arn"].startswith(
        f"arn:aws:ivs:{REGION}:111111111111:"
    )


def test_the_same_seed_gives_the_same_key(ivs: Any) -> None:
    keys = []
    for _ in range(2):
        mock_random.seed(7)
        keys.append(ivs.create_channel(name="seeded")["streamKey"])
        BackendDict.reset()
    keys_are_equal = keys[0] == keys[1]
    assert keys_are_equal


def test_a_reset_removes_keys_and_streams(cloud: Any, ivs: Any, channel: Any) -> None:
    cloud.go_live(channel["channel"]["arn"])
    ivs_backends["123456789012"][REGION].reset()
    with pytest.raises(ivs.exceptions.ResourceNotFoundException):
        ivs.get_stream_key(arn=channel["streamKey"]["arn"])
    assert ivs.list_streams()["streams"] == []


@installed_botocore.needs("ListFailoverSlateConfigurations")
def test_the_state_can_be_pickled(cloud: Any, ivs: Any, channel: Any) -> None:
    cloud.go_live(channel["channel"]["arn"])
    ivs.create_recording_configuration(destinationConfiguration={"s3": {"bucketName": "recordings"}})
    ivs.list_playback_key_pairs()
    ivs.list_playback_restriction_policies()
    ivs.list_ad_configurations()
    ivs.list_failover_slate_configurations()
    saved = pickle.dumps(ivs_backends)
    restored = pickle.loads(saved)["123456789012"][REGION]  # noqa: S301 -- pickled two lines above
    state = {name: vars(restored)[name] for name in STATE}
    is_kept = state == {name: vars(ivs_backends["123456789012"][REGION])[name] for name in STATE}
    assert is_kept
    assert len(state["recording_configurations"]) == 1
    assert list(state["streams"]) == [channel["channel"]["arn"]]
    assert list(state["stream_keys"]) == [channel["streamKey"]["arn"]]


def test_a_restored_backend_responds_like_the_saved_one(ivs: Any, channel: Any) -> None:
    backends = ivs_backends["123456789012"]
    saved = pickle.dumps(backends[REGION])
    ivs.delete_channel(arn=channel["channel"]["arn"])
    backends[REGION] = pickle.loads(saved)  # noqa: S301 -- pickled two lines above
    assert ivs.get_stream_key(arn=channel["streamKey"]["arn"])["streamKey"]["arn"] == channel["streamKey"]["arn"]
    with pytest.raises(ClientError, match="ServiceQuotaExceededException"):
        ivs.create_stream_key(channelArn=channel["channel"]["arn"])
