from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from moto import mock_aws

import moto_ivs
from moto_ivs import BroadcastError

ARN = "arn:aws:ivs:us-west-2:123456789012:channel/nowhere"


def send_unsigned(url: str, path: str, body: str, method: str = "POST") -> tuple[int, dict[str, str]]:
    """Send an unsigned request; return the status and the parsed JSON."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request(method, path, body=body)
    response = connection.getresponse()
    status, text = response.status, response.read()
    connection.close()
    return status, json.loads(text)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"channel_arn": ARN}, "nowhere not found"),
        ({"channel_arn": "studio"}, "channelArn.*pattern"),
        ({"channel_arn": ARN.replace("us-west-2", "mars-1")}, "no IVS in mars-1"),
        ({"channel_arn": ARN, "health": "WELL"}, "health.*HEALTHY, STARVING, UNKNOWN"),
        ({"channel_arn": ARN, "viewer_count": -2}, "from -1, not -2"),
        ({"channel_arn": ARN, "viewer_count": "many"}, "from -1, not 'many'"),
    ],
)
def test_an_invalid_go_live_request_is_refused_with_the_reason(
    cloud: Any, arguments: dict[str, Any], message: str
) -> None:
    with pytest.raises(BroadcastError, match=message):
        cloud.go_live(**arguments)


@pytest.mark.parametrize(("arn", "message"), [(ARN, "nowhere not found"), ("studio", "channelArn.*pattern")])
def test_an_invalid_go_offline_request_is_refused_with_the_reason(cloud: Any, arn: str, message: str) -> None:
    with pytest.raises(BroadcastError, match=message):
        cloud.go_offline(arn)


def test_the_channels_region_and_account_are_those_of_its_arn(cloud: Any) -> None:
    other_account = cloud.client("eu-west-1", account="111111111111")
    arn = other_account.create_channel(name="studio")["channel"]["arn"]
    cloud.go_live(arn)
    assert other_account.get_stream(channelArn=arn)["stream"]["state"] == "LIVE"
    cloud.go_offline(arn)
    assert other_account.list_streams()["streams"] == []


@pytest.mark.usefixtures("moto_without_extension")
def test_a_moto_without_the_extension_is_reported(server_url: str) -> None:
    with pytest.raises(BroadcastError, match=r"install\(\)"):
        moto_ivs.go_live(ARN)
    with pytest.raises(BroadcastError, match="has that server moto_ivs installed"):
        moto_ivs.go_live(ARN, endpoint_url=server_url)


def test_an_unreachable_endpoint_is_reported_by_name() -> None:
    with pytest.raises(BroadcastError, match=r"No answer from http://127\.0\.0\.1:1"):
        moto_ivs.go_live(ARN, endpoint_url="http://127.0.0.1:1")


@pytest.mark.parametrize(
    "url", ["127.0.0.1:5000", "ftp://127.0.0.1", "", "http://", "http://127.0.0.1:port", "http://[::1"]
)
def test_an_invalid_endpoint_is_refused(url: str) -> None:
    with pytest.raises(BroadcastError, match="no endpoint URL"):
        moto_ivs.go_offline(ARN, endpoint_url=url)


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"channelArn": "a", "colour": "red"}', "nonsense"])
def test_an_unexpected_body_is_refused_with_the_expected_one(server_url: str, body: str) -> None:
    with moto_ivs.stream_keys():
        status, content = send_unsigned(server_url, "/moto-ivs/go-live", body)
    assert status == 400
    assert content["message"].endswith("channelArn, health, viewerCount")


def test_get_requests_are_refused(server_url: str) -> None:
    with moto_ivs.stream_keys():
        assert send_unsigned(server_url, "/moto-ivs/go-offline", None, method="GET")[0] == 405


@mock_aws
def test_in_process_the_path_is_served_under_the_services_host() -> None:
    with moto_ivs.stream_keys():
        ivs = boto3.client("ivs", region_name="us-west-2")
        arn = ivs.create_channel(name="studio")["channel"]["arn"]
        moto_ivs.go_live(arn)

        def redirect(request: Any, **_: Any) -> None:
            request.url = f"{request.url.rpartition('/')[0]}/moto-ivs/go-offline"
            request.data = json.dumps({"channelArn": arn}).encode()

        ivs.meta.events.register("before-sign.ivs.StopStream", redirect)
        ivs.stop_stream(channelArn=arn)
        assert ivs.list_streams()["streams"] == []


SERVER = """
import sys, moto_ivs
from moto.server import ThreadedMotoServer
moto_ivs.install()
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


@pytest.mark.slow("a server in a process of its own")
def test_a_server_in_another_process_is_reached_over_http() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "AWS_DEFAULT_REGION": "us-west-2"},
    ) as process:
        url = f"http://127.0.0.1:{int(process.stdout.readline())}"
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        ivs = boto3.client("ivs", region_name="us-west-2", endpoint_url=url, **keys)
        arn = ivs.create_channel(name="studio")["channel"]["arn"]
        moto_ivs.go_live(arn, viewer_count=2, endpoint_url=url)
        assert ivs.get_stream(channelArn=arn)["stream"]["viewerCount"] == 2
        moto_ivs.go_offline(arn, endpoint_url=url)
        assert ivs.list_streams()["streams"] == []
        process.stdin.close()
        assert process.wait(timeout=30) == 0
