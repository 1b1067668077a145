from __future__ import annotations

import threading
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

import moto_ivs

pytestmark = pytest.mark.usefixtures("moto_without_extension")


@pytest.fixture
def ivs(server_url: str) -> Any:
    """Return a client of a server that has responded to a call of IVS before."""
    client = boto3.client(
        "ivs",
        region_name="us-west-2",
        endpoint_url=server_url,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    client.list_channels()
    return client


def paths(dispatcher: Any) -> list[str]:
    return sorted(rule.rule for rule in dispatcher.app_instances["ivs"].url_map.iter_rules())


def application_for(dispatcher: Any, path: str = "/ListChannels") -> Any:
    """Return the dispatcher's application for a signed IVS request."""
    scope = "testing/20200101/us-west-2/ivs/aws4_request"
    return dispatcher.get_application(
        {"PATH_INFO": path, "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host"}
    )


def test_a_running_server_gets_the_routes_and_loses_them_again(ivs: Any) -> None:
    channel = ivs.create_channel(name="from-before")["channel"]["arn"]
    with moto_ivs.stream_keys():
        key = ivs.create_stream_key(channelArn=channel)["streamKey"]["arn"]
        ivs.tag_resource(resourceArn=key, tags={"a": "1"})
        assert ivs.list_tags_for_resource(resourceArn=key)["tags"] == {"a": "1"}
    with pytest.raises(ClientError) as refused:
        ivs.create_stream_key(channelArn=channel)
    assert refused.value.response["Error"]["Code"] == "404"
    assert ivs.get_channel(arn=channel)["channel"]["name"] == "from-before"


def test_the_routes_of_a_dispatcher_are_restored() -> None:
    dispatcher = DomainDispatcherApplication(create_backend_app)
    application_for(dispatcher)
    before = paths(dispatcher)
    with moto_ivs.stream_keys():
        application_for(dispatcher)
        assert set(paths(dispatcher)) > set(before)
    application_for(dispatcher)
    assert paths(dispatcher) == before


def test_the_application_of_another_service_is_kept(ivs: Any, server_url: str) -> None:
    dispatcher = DomainDispatcherApplication(create_backend_app)
    other = dispatcher.app_instances["sts"] = create_backend_app("sts")
    with moto_ivs.stream_keys():
        application_for(dispatcher)
    assert dispatcher.app_instances["sts"] is other


def test_the_application_is_created_once_per_installation() -> None:
    dispatcher = DomainDispatcherApplication(create_backend_app)
    with moto_ivs.stream_keys():
        assert application_for(dispatcher) is application_for(dispatcher, "/CreateStreamKey")


def test_a_dispatcher_can_be_garbage_collected() -> None:
    deleted = []

    class Watched(DomainDispatcherApplication):
        def __del__(self) -> None:
            deleted.append("gone")

    with moto_ivs.stream_keys():
        dispatcher = Watched(lambda _: object())
        application_for(dispatcher)
        del dispatcher
        assert deleted == ["gone"]


def test_unsigned_requests_to_the_extensions_paths_are_routed_to_ivs() -> None:
    dispatcher = DomainDispatcherApplication(lambda service: service)
    own, other = {"PATH_INFO": "/moto-ivs/go-live"}, {"PATH_INFO": "/moto-ivs-bucket/go-live"}
    with moto_ivs.stream_keys():
        assert dispatcher.get_application(own) == "ivs"
        assert dispatcher.get_application(other) == "s3"
    assert DomainDispatcherApplication(lambda service: service).get_application(own) == "s3"


@pytest.mark.slow("installs the extension again and again while a thread sends requests")
def test_installing_during_requests_breaks_none(ivs: Any) -> None:
    stop, failures = threading.Event(), []

    def serve() -> None:
        while not stop.is_set():
            try:
                ivs.list_channels()
            except ClientError as error:
                failures.append(error)

    thread = threading.Thread(target=serve)
    thread.start()
    for _ in range(5):
        with moto_ivs.stream_keys():
            ivs.list_streams()
    stop.set()
    thread.join()
    assert failures == []
