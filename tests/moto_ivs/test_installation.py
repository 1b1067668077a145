from __future__ import annotations

from typing import Any

import boto3
import moto.ivs.models
import moto.ivs.responses
import moto.ivs.urls
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.core.base_backend import BaseBackend
from moto.core.responses import BaseResponse
from moto.ivs.models import IVSBackend, ivs_backends
from moto.ivs.responses import IVSResponse
from moto.moto_server.werkzeug_app import DomainDispatcherApplication

import installed_botocore
import moto_ivs
from moto_ivs.models import STATE

pytestmark = pytest.mark.usefixtures("moto_without_extension")

REGION = "us-west-2"
CLASSES = (IVSBackend, IVSResponse, BaseBackend, BaseResponse, DomainDispatcherApplication)
MODULES = (moto.ivs.models, moto.ivs.responses, moto.ivs.urls)


def snapshot_of_moto() -> tuple[Any, ...]:
    """Return all attributes, in order, of the classes and modules that the extension patches or could patch."""
    attributes = {owner.__name__: list(vars(owner).items()) for owner in (*CLASSES, *MODULES)}
    for parts in attributes.values():
        parts[:] = [(name, value) for name, value in parts if name != "__builtins__"]
    backends = [(account, region, type(backend)) for account, region, backend in ivs_backends.iter_backends()]
    return attributes, list(moto.ivs.urls.url_paths.items()), ivs_backends.backend, backends


def client() -> Any:
    return boto3.client("ivs", region_name=REGION)


def is_installed() -> bool:
    return hasattr(IVSBackend, "create_stream_key")


def test_uninstalling_restores_moto() -> None:
    before = snapshot_of_moto()
    moto_ivs.install()
    during = snapshot_of_moto()
    moto_ivs.uninstall()
    assert snapshot_of_moto() == before
    assert during != before


@installed_botocore.needs("ListFailoverSlateConfigurations")
def test_uninstalling_after_use_restores_backends_and_channels() -> None:
    with mock_aws():
        moto_ivs.install()
        channel = client().create_channel(name="studio")
        moto_ivs.go_live(channel["channel"]["arn"])
        client().list_recording_configurations()
        client().list_playback_key_pairs()
        client().list_playback_restriction_policies()
        client().list_ad_configurations()
        client().list_failover_slate_configurations()
        backend = ivs_backends["123456789012"][REGION]
        assert vars(backend).keys() >= set(STATE)
        moto_ivs.uninstall()
        assert vars(backend).keys() == vars(IVSBackend(REGION, "123456789012")).keys()
        assert client().get_channel(arn=channel["channel"]["arn"])["channel"] == channel["channel"]
        with pytest.raises(ClientError, match=r"Not yet implemented|404"):
            client().get_stream_key(arn=channel["streamKey"]["arn"])


def test_installing_twice_equals_installing_once() -> None:
    before = snapshot_of_moto()
    moto_ivs.install()
    once = snapshot_of_moto()
    moto_ivs.install()
    assert snapshot_of_moto() == once
    moto_ivs.uninstall()
    assert snapshot_of_moto() == before


def test_uninstalling_without_an_installation_does_nothing() -> None:
    before = snapshot_of_moto()
    moto_ivs.uninstall()
    assert snapshot_of_moto() == before


def test_nested_blocks_are_counted() -> None:
    with moto_ivs.stream_keys():
        with moto_ivs.stream_keys():
            assert is_installed()
        assert is_installed()
    assert not is_installed()


def test_a_failed_block_is_uninstalled() -> None:
    before = snapshot_of_moto()
    with pytest.raises(LookupError), moto_ivs.stream_keys():
        raise LookupError
    assert snapshot_of_moto() == before


def test_a_block_does_not_uninstall_an_explicit_installation() -> None:
    moto_ivs.install()
    with moto_ivs.stream_keys():
        pass
    assert is_installed()


def test_a_block_outlasts_uninstall() -> None:
    with moto_ivs.stream_keys():
        moto_ivs.install()
        moto_ivs.uninstall()
        assert is_installed()
    assert not is_installed()


def test_the_extension_can_be_installed_again() -> None:
    for _ in range(2):
        with moto_ivs.stream_keys(), mock_aws():
            key = client().create_channel(name="studio")["streamKey"]
            assert client().get_stream_key(arn=key["arn"])["streamKey"]["arn"] == key["arn"]


def test_an_existing_backend_accepts_stream_keys() -> None:
    with mock_aws():
        old = client().create_channel(name="from-before")["channel"]["arn"]
        with moto_ivs.stream_keys():
            assert client().list_stream_keys(channelArn=old)["streamKeys"] == []
            key = client().create_stream_key(channelArn=old)["streamKey"]
            assert client().get_stream_key(arn=key["arn"])["streamKey"]["channelArn"] == old


@pytest.mark.slow("a new client of boto3 in a new moto")
def test_an_existing_client_can_call_the_new_operations() -> None:
    with mock_aws():
        old = client()
        old.list_channels()
        with moto_ivs.stream_keys():
            key = old.create_channel(name="studio")["streamKey"]
            assert old.get_stream_key(arn=key["arn"])["streamKey"]["arn"] == key["arn"]


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (IVSBackend, "update_channel"),
        (IVSResponse, "create_channel"),
        (moto.ivs.models, "ResourceNotFoundException"),
        (DomainDispatcherApplication, "infer_service_region_host"),
    ],
)
def test_an_incompatible_moto_is_refused_and_not_modified(
    monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    monkeypatch.delattr(owner, name)
    before = snapshot_of_moto()
    with pytest.raises(moto_ivs.IncompatibleMoto, match=name):
        moto_ivs.install()
    assert snapshot_of_moto() == before


@pytest.mark.parametrize("owner", [IVSBackend, IVSResponse])
def test_a_moto_with_native_stream_keys_is_refused_and_not_modified(
    monkeypatch: pytest.MonkeyPatch, owner: Any
) -> None:
    monkeypatch.setattr(owner, "create_stream_key", lambda _: None, raising=False)
    before = snapshot_of_moto()
    with pytest.raises(moto_ivs.IncompatibleMoto, match="create_stream_key already"):
        moto_ivs.install()
    assert snapshot_of_moto() == before


def test_a_refused_installation_can_be_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.delattr(IVSBackend, "update_channel")
        with pytest.raises(moto_ivs.IncompatibleMoto), moto_ivs.stream_keys():
            pytest.fail("the block was entered")
    with moto_ivs.stream_keys():
        assert is_installed()
    assert not is_installed()
