"""Faults of the embedded AWS, as clients experience them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError

from rehearsal_aws import EmbeddedAws
from rehearsal_aws.cloud.faults import Exchange

Clients = Callable[..., Any]


@pytest.fixture
def cloud(embedded: EmbeddedAws, shared_cloud: object) -> Iterator[EmbeddedAws]:
    """The embedded AWS without resources, and without faults before and after the test."""
    yield embedded
    embedded.faults.clear()
    embedded.faults.crash = lambda: False


@pytest.fixture
def clients(cloud: EmbeddedAws) -> Clients:
    """Return a function that makes clients like those of a program, with a maximum number of attempts."""
    session = boto3.Session(region_name="us-east-1")

    def make(service: str = "ivs", attempts: int = 1) -> Any:
        config = Config(retries={"total_max_attempts": attempts, "mode": "standard"}, s3={"addressing_style": "path"})
        return session.client(service, config=config)

    return make


def error_code_and_status(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as error:
        call(**arguments)
    return error.value.response["Error"]["Code"], error.value.response["ResponseMetadata"]["HTTPStatusCode"]


@pytest.mark.slow("calls of new clients to an embedded cloud")
def test_throttling_refuses_the_given_number_of_calls(cloud, clients):
    fault = cloud.faults.throttle("CreateChannel", times=2)
    ivs = clients()
    assert error_code_and_status(ivs.create_channel) == ("ThrottlingException", 429)
    assert error_code_and_status(ivs.create_channel) == ("ThrottlingException", 429)
    assert ivs.create_channel()["channel"]["arn"]
    assert len(cloud.remaining()) == 2, "one channel and its key: the throttled calls created nothing"
    assert fault.fired == 2


def test_a_retrying_client_succeeds_despite_throttling(cloud, clients):
    cloud.faults.throttle("ListChannels", times=1)
    assert clients(attempts=2).list_channels()["channels"] == []
    assert cloud.faults.unfired() == []


@pytest.mark.slow("calls of new clients to an embedded cloud")
def test_calls_before_the_nth_and_of_other_operations_pass(cloud, clients):
    cloud.faults.error("ListChannels", "InternalServerException", after=1)
    ivs = clients()
    ivs.list_stream_keys(channelArn=ivs.create_channel()["channel"]["arn"])
    ivs.list_channels()
    assert error_code_and_status(ivs.list_channels) == ("InternalServerException", 500)
    ivs.list_channels()


def test_an_error_has_the_status_of_the_services_model(cloud, clients):
    cloud.faults.error("CreateChannel", "ServiceQuotaExceededException", "no more")
    with pytest.raises(clients().exceptions.ServiceQuotaExceededException, match="no more"):
        clients().create_channel()
    cloud.faults.error("CreateChannel", "PendingVerification")
    assert error_code_and_status(clients().create_channel) == ("PendingVerification", 403)
    cloud.faults.error("CreateChannel", "MadeUp", status=418)
    assert error_code_and_status(clients().create_channel) == ("MadeUp", 418)


@pytest.mark.slow("calls of new clients to an embedded cloud")
@pytest.mark.parametrize(
    ("service", "operation", "call", "arguments"),
    [
        ("ssm", "GetParameter", "get_parameter", {"Name": "x"}),
        ("s3", "CreateBucket", "create_bucket", {"Bucket": "bucket"}),
        ("sts", "GetCallerIdentity", "get_caller_identity", {}),
        ("secretsmanager", "ListSecrets", "list_secrets", {}),
        ("cloudwatch", "ListMetrics", "list_metrics", {}),
    ],
)
def test_an_error_has_the_services_protocol(cloud, clients, service, operation, call, arguments):
    cloud.faults.error(operation, "AccessDenied", "not <you>", status=403)
    with pytest.raises(ClientError, match=r"\(AccessDenied\).*: not <you>$"):
        getattr(clients(service), call)(**arguments)


def test_a_call_with_a_lost_response_was_carried_out(cloud, clients):
    cloud.faults.lose_response("CreateChannel")
    with pytest.raises(ConnectionClosedError):
        clients().create_channel(name="lost")
    assert [channel["name"] for channel in clients().list_channels()["channels"]] == ["lost"]


def test_retrying_a_lost_call_carries_it_out_twice(cloud, clients):
    cloud.faults.lose_response("CreateChannel")
    clients(attempts=2).create_channel(name="twice")
    assert len(clients().list_channels()["channels"]) == 2


def test_a_crash_happens_between_call_and_response(cloud, clients):
    seen: list[int] = []

    def crash() -> bool:
        seen.append(len(cloud.remaining()))
        return True

    cloud.faults.crash = crash
    cloud.faults.crash_after("CreateChannel")
    with pytest.raises(ConnectionClosedError):
        clients().create_channel()
    assert seen == [2]
    assert cloud.faults.unfired() == []


def test_a_crash_without_a_dynamic_provider_is_a_usage_error(cloud, clients):
    cloud.faults.crash_after("CreateChannel")
    with pytest.raises(ConnectionClosedError):
        clients().create_channel()
    (message,) = cloud.faults.unfired()
    assert message.startswith("crash_after('CreateChannel'): no dynamic provider was at work when CreateChannel was")


def test_latency_delays_every_call(cloud, clients):
    cloud.faults.latency("ListChannels", 0.05)
    ivs = clients()
    for _ in range(2):
        started = time.perf_counter()
        ivs.list_channels()
        assert time.perf_counter() - started >= 0.05


def test_a_quota_applies_per_operation_and_refills(cloud, clients, monkeypatch):
    now = 1000.0
    monkeypatch.setattr("rehearsal_aws.cloud.faults.time.monotonic", lambda: now)
    cloud.faults.quota(2)
    ivs = clients()
    ivs.list_channels()
    ivs.list_channels()
    assert error_code_and_status(ivs.list_channels) == ("ThrottlingException", 429)
    ivs.list_recording_configurations()
    now += 0.5
    ivs.list_channels()
    assert error_code_and_status(ivs.list_channels) == ("ThrottlingException", 429)


@pytest.mark.slow("calls of new clients to an embedded cloud")
def test_a_quota_that_was_never_exceeded_can_be_a_failure(cloud, clients):
    cloud.faults.quota(100)
    clients().list_channels()
    assert cloud.faults.unfired() == []
    cloud.faults.quota(100, "ListChannels", must_fire=True)
    clients().list_channels()
    assert len(cloud.faults.unfired()) == 1


def test_faults_apply_in_declaration_order(cloud, clients):
    cloud.faults.throttle("CreateChannel")
    lost = cloud.faults.lose_response("CreateChannel")
    assert error_code_and_status(clients().create_channel) == ("ThrottlingException", 429)
    assert lost.fired == 0, "the throttled call did not reach this fault"
    with pytest.raises(ConnectionClosedError):
        clients().create_channel()


def test_an_operation_can_be_prefixed_with_its_service(cloud, clients):
    cloud.faults.throttle("ivs:TagResource")
    clients("secretsmanager").create_secret(Name="x")
    clients("secretsmanager").tag_resource(SecretId="x", Tags=[])
    (line,) = cloud.faults.unfired()
    assert "ivs:TagResource" in line


def test_an_unused_fault_is_reported_with_the_calls_made(cloud, clients):
    cloud.faults.throttle("CreateChanel")
    cloud.faults.error("ListChannels", "ConflictException", after=7)
    cloud.faults.throttle("DeleteChannel", must_fire=False)
    ivs = clients()
    ivs.create_channel()
    ivs.list_channels()
    assert cloud.faults.unfired() == [
        "the fault throttle('CreateChanel') never happened: CreateChanel was not called; CreateChannel was",
        "the fault error('ListChannels') never happened: only 1 calls of ListChannels were made, and it waits for 7",
    ]
    cloud.faults.clear()
    assert cloud.faults.unfired() == []


def test_the_tests_own_client_is_not_affected_or_recorded(cloud, clients):
    cloud.faults.throttle("ListChannels", times=None, must_fire=False)
    before = len(cloud.calls)
    cloud.boto3("ivs").list_channels()
    assert len(cloud.calls) == before
    error_code_and_status(clients().list_channels)
    assert [call.operation for call in cloud.calls[before:]] == ["ListChannels"]


@pytest.mark.parametrize("operation", ["create_channel", "IVS:CreateChannel", "Create Channel"])
def test_an_invalid_operation_is_refused(cloud, operation):
    with pytest.raises(ValueError, match=r"^operation: expected its name in AWS's API, as in CreateStreamKey or"):
        cloud.faults.throttle(operation)


def test_invalid_numbers_are_refused(cloud):
    with pytest.raises(ValueError, match=r"^throttle: expected times of 1 or more and after of 0 or more, got 0 and 0"):
        cloud.faults.throttle("CreateChannel", times=0)
    with pytest.raises(ValueError, match=r"^tps: expected calls a second, more than 0, got 0"):
        cloud.faults.quota(0)


def test_a_request_is_in_no_repr():
    assert "hunter2" not in repr(Exchange(None, {"HTTP_X_AMZ_SECURITY_TOKEN": "hunter2"}, print))
