from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from rehearsal_aws import EmbeddedAws
from rehearsal_aws.cloud.calls import Call
from rehearsal_aws.cloud.moto_failures import answered

ONCE = Config(retries={"total_max_attempts": 1})


def error_of(service: str, operation: str, region: str = "us-east-1", **arguments: Any) -> dict[str, Any]:
    with pytest.raises(ClientError) as caught:
        getattr(boto3.client(service, region_name=region, config=ONCE), operation)(**arguments)
    return {**caught.value.response["Error"], "status": caught.value.response["ResponseMetadata"]["HTTPStatusCode"]}


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("ivs", "list_channels"),  # rest-json
        ("ssm", "describe_parameters"),  # json
        ("secretsmanager", "list_secrets"),
        ("sts", "get_caller_identity"),  # query
        ("s3", "list_buckets"),  # rest-xml
        ("ec2", "describe_regions"),  # ec2
    ],
)
def test_an_unknown_region_is_an_aws_error_in_each_protocol(shared_cloud: Any, service: str, operation: str) -> None:
    error = error_of(service, operation, "mars-1")
    assert (error["Code"], error["status"]) == ("InvalidRegion", 400)
    assert error["Message"].startswith("the region: expected a region of AWS such as us-east-1, got 'mars-1'")


def test_a_region_without_ivs_is_an_aws_error(shared_cloud: Any) -> None:
    error = error_of("ivs", "list_channels", "eu-north-1")
    assert error["Code"] == "InvalidRegion"
    assert error["Message"].startswith("the region: expected a region that has ivs (ap-northeast-1, ")


def test_an_operation_unsupported_by_moto_is_an_aws_error(shared_cloud: Any) -> None:
    error = error_of("ssm", "list_nodes")
    assert (error["Code"], error["status"]) == ("NotImplemented", 501)
    assert "list_nodes" in error["Message"]


def test_a_service_unsupported_by_moto_is_an_aws_error(shared_cloud: Any) -> None:
    error = error_of("apprunner", "list_services")
    assert (error["Code"], error["status"]) == ("InternalFailure", 501)
    assert error["Message"].startswith("moto failed at apprunner:ListServices: ")


@pytest.fixture
def responses() -> list[Any]:
    return []


def run_application(application: Callable[..., Any], call: Call | None, responses: list[Any]) -> bytes:
    return b"".join(answered(application, {}, lambda *response: responses.append(response), call))


def test_a_response_is_passed_on_unchanged(responses: list[Any]) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b"{}"]

    assert run_application(application, Call("ivs", "ListChannels", "us-east-1"), responses) == b"{}"
    assert responses == [("200 OK", [("Content-Type", "application/json")])]


def test_an_html_page_becomes_an_error(responses: list[Any]) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("404 NOT FOUND", [("Content-Type", "text/html; charset=utf-8")])
        return [b"<!doctype html>"]

    body = run_application(application, Call("ivs", "", "us-east-1"), responses)
    assert b"moto does not model ivs:an operation (HTTP status 404 NOT FOUND)" in body
    assert responses[0][0].startswith("501 ")


@pytest.mark.parametrize("call", [Call("ivs", "ListChannels", "us-east-1"), None])
def test_an_exception_of_moto_is_reported_without_its_traceback(call: Call | None, responses: list[Any]) -> None:
    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise KeyError("lost")

    body = run_application(application, call, responses)
    assert b"moto failed at " in body
    assert b"KeyError: 'lost'" in body
    assert responses[0][0].startswith("501 ")


def test_config_with_invalid_json_is_left_to_the_providers_check() -> None:
    EmbeddedAws(config={"aws:allowedAccountIds": "[1"}).close()
