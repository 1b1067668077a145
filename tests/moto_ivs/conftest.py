"""A cloud to test on, in this process and behind a server. Every response is compared with botocore's model."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.model import OperationModel, Shape
from moto import mock_aws
from moto.core.base_backend import BackendDict
from moto.server import ThreadedMotoServer

import moto_ivs
from moto_ivs import installation
from moto_ivs.validate import violations

REGION = "us-west-2"

# "For other channel types (BASIC and STANDARD), preset is the empty string": the documentation of `preset`;
# its enumeration leaves that out.
_EMPTY_PRESET = re.compile(r"Value '' at '\S*\bpreset' failed")


@functools.cache
def _session() -> boto3.Session:
    return boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing")


def _unknown_members(shape: Shape, value: Any, at: str = "") -> Iterator[str]:
    if shape.type_name == "structure":
        for name, member in value.items():
            if name not in shape.members:
                yield f"{at}.{name} is no member of {shape.name}"
            else:
                yield from _unknown_members(shape.members[name], member, f"{at}.{name}")
    elif shape.type_name == "list":
        for item in value:
            yield from _unknown_members(shape.member, item, f"{at}[]")


def _response_problems(operation: OperationModel, status: int, headers: dict[str, str], body: bytes) -> list[str]:
    """Return how a response differs from botocore's model. The names of headers are in lower case."""
    if status >= 300:
        shape = {shape.name: shape for shape in operation.error_shapes}.get(headers.get("x-amzn-errortype", ""))
        if shape is None:
            return [f"{operation.name} has no error {headers.get('x-amzn-errortype')}"]
        error = json.loads(body)
        problems = [] if status == shape.metadata["error"]["httpStatusCode"] else [f"{shape.name} has status {status}"]
        return problems + ([] if error["message"] == error["exceptionMessage"] != "" else ["the messages differ"])
    problems = [] if status == operation.http["responseCode"] else [f"{operation.name} has status {status}"]
    shape = operation.output_shape
    if shape is None or not shape.members:
        return problems + ([] if body == b"" else [f"{operation.name} has no body"])
    response = json.loads(body)
    violated = [text for text in violations(shape, response) if _EMPTY_PRESET.match(text) is None]
    return problems + violated + list(_unknown_members(shape, response))


@dataclass(frozen=True)
class Cloud:
    endpoint_url: str | None
    checked_responses: set[tuple[str, int]]

    def client(self, region: str = REGION, *, account: str | None = None, checks_parameters: bool = True) -> Any:
        """Return an IVS client that fails on a response that violates botocore's model."""
        keys = {}
        if account is not None:
            role = {"RoleArn": f"arn:aws:iam::{account}:role/test", "RoleSessionName": "test"}
            given = _session().client("sts", region_name=region, endpoint_url=self.endpoint_url).assume_role(**role)
            keys = {
                "aws_access_key_id": given["Credentials"]["AccessKeyId"],
                "aws_secret_access_key": given["Credentials"]["SecretAccessKey"],
            }
        config = Config(parameter_validation=checks_parameters, retries={"total_max_attempts": 1})
        client = _session().client("ivs", region_name=region, endpoint_url=self.endpoint_url, config=config, **keys)
        client.meta.events.register("before-parse.ivs", self.check_response)
        return client

    def bucket(self, name: str, region: str = REGION) -> str:
        """Create an S3 bucket; return its name."""
        s3 = _session().client("s3", region_name=region, endpoint_url=self.endpoint_url)
        location = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=name, **location)
        return name

    def go_live(self, channel_arn: str, **options: Any) -> None:
        moto_ivs.go_live(channel_arn, endpoint_url=self.endpoint_url, **options)

    def go_offline(self, channel_arn: str) -> None:
        moto_ivs.go_offline(channel_arn, endpoint_url=self.endpoint_url)

    def check_response(self, operation_model: OperationModel, response_dict: dict[str, Any], **_: Any) -> None:
        headers = {name.lower(): value for name, value in response_dict["headers"].items()}
        problems = _response_problems(operation_model, response_dict["status_code"], headers, response_dict["body"])
        assert not problems
        self.checked_responses.add((operation_model.name, response_dict["status_code"]))


@pytest.fixture
def response_problems() -> Callable[..., list[str]]:
    return _response_problems


@pytest.fixture(autouse=True)
def _clean_aws_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_IVS", "AWS_PROFILE", "MOTO_ACCOUNT_ID"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Start one server for all tests. It runs before, during and after installations of the extension."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def moto_without_extension() -> Iterator[None]:
    """Uninstall the extension for the test, and install it again after it if it was installed."""
    installed = installation._installation._permanent
    moto_ivs.uninstall()
    BackendDict.reset()
    yield
    moto_ivs.uninstall()
    BackendDict.reset()
    if installed:
        moto_ivs.install()


@pytest.fixture(params=["in process", pytest.param("server", marks=pytest.mark.slow("the same behind a server"))])
def cloud(request: pytest.FixtureRequest) -> Iterator[Cloud]:
    with moto_ivs.stream_keys():
        if request.param == "in process":
            with mock_aws():
                yield Cloud(None, set())
        else:
            url = request.getfixturevalue("server_url")
            BackendDict.reset()
            yield Cloud(url, set())
            BackendDict.reset()


@functools.cache
def _shared_client(endpoint_url: str | None) -> Any:
    # Creating clients took a tenth of the time of these tests.
    config = Config(retries={"total_max_attempts": 1})
    return _session().client("ivs", region_name=REGION, endpoint_url=endpoint_url, config=config)


@pytest.fixture
def ivs(cloud: Cloud) -> Iterator[Any]:
    """Return a shared client with the checks of `cloud.client`. A test that adds event handlers creates its own."""
    client = _shared_client(cloud.endpoint_url)
    client.meta.events.register("before-parse.ivs", cloud.check_response)
    yield client
    client.meta.events.unregister("before-parse.ivs", cloud.check_response)


@pytest.fixture
def channel(ivs: Any) -> dict[str, Any]:
    """Create a channel; return the response of CreateChannel: `channel` and `streamKey`."""
    return ivs.create_channel(name="studio", tags={"team": "video"})
