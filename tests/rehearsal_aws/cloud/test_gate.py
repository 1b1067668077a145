"""Access control of the embedded AWS."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import boto3
import pytest

import moto_ivs
from rehearsal_aws import EmbeddedAws
from rehearsal_aws.cloud.gate import Gate


@pytest.fixture(scope="module")
def cloud():
    """An embedded AWS with a secret parameter."""
    made = EmbeddedAws()
    made.boto3("ssm").put_parameter(Name="/live/key", Value="hunter2", Type="SecureString")
    yield made
    made.close()


def send_request(cloud, path, method="GET", **headers):
    """Send an HTTP request without an AWS client; return status, headers and body of the response."""
    url = urlsplit(cloud.url)
    connection = http.client.HTTPConnection(url.hostname, url.port, timeout=30)
    try:
        connection.request(method, path, headers=headers)
        response = connection.getresponse()
        return response.status, dict(response.getheaders()), response.read().decode()
    finally:
        connection.close()


def path_with_secret(cloud, path):
    return urlsplit(cloud.url).path + path


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/moto-api/data.json"),
        ("POST", "/moto-api/reset"),
        ("POST", "/moto-api/recorder/start-recording"),
        ("POST", "/moto-ivs/go-offline"),
        ("GET", "/"),
        ("GET", "/wrong-secret/moto-api/data.json"),
        ("GET", "//moto-api/data.json"),
        ("GET", "/%2e%2e/moto-api/data.json"),
    ],
)
def test_requests_without_the_runs_secret_are_refused(cloud, method, path):
    status, headers, text = send_request(cloud, path, method)
    assert status == 403
    assert headers["x-amzn-ErrorType"] == "AccessDeniedException"
    assert json.loads(text)["message"].startswith("the request lacks the secret of this run")
    assert cloud.boto3("ssm").get_parameter(Name="/live/key", WithDecryption=True)["Parameter"]["Value"] == "hunter2"


def test_a_secret_with_a_suffix_is_refused(cloud):
    assert send_request(cloud, path_with_secret(cloud, "x/moto-api/data.json"))[0] == 403


def test_a_web_page_is_refused_even_with_the_secret(cloud):
    path = path_with_secret(cloud, "/moto-api/data.json")
    for origin in ("https://evil.test", "null", cloud.url):
        status, headers, text = send_request(cloud, path, Origin=origin)
        assert status == 403
        assert "hunter2" not in text
        assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin", ""])
def test_subresource_requests_without_origin_are_refused(cloud, site):
    status, _, text = send_request(cloud, path_with_secret(cloud, "/moto-api/data.json"), **{"Sec-Fetch-Site": site})
    assert status == 403
    assert "hunter2" not in text


def test_direct_navigation_in_a_browser_is_accepted(cloud):
    # Check only for 403: otherwise the response depends on the resources of other tests.
    statuses = [
        send_request(cloud, path_with_secret(cloud, "/moto-api/data.json"), **{"Sec-Fetch-Site": site})[0]
        for site in ("none", "same-site")
    ]
    assert [status == 403 for status in statuses] == [False, True]


def test_a_cors_preflight_is_refused(cloud):
    status, headers, _ = send_request(cloud, path_with_secret(cloud, "/"), "OPTIONS", Origin="https://evil.test")
    assert status == 403
    assert "Access-Control-Allow-Origin" not in headers


@pytest.mark.parametrize("host", ["evil.test", "evil.test:{port}", "127.0.0.1.evil.test:{port}", "127.0.0.1:1", ""])
def test_dns_rebinding_is_refused(cloud, host):
    port = urlsplit(cloud.url).port
    status, _, text = send_request(cloud, path_with_secret(cloud, "/moto-api/data.json"), Host=host.format(port=port))
    assert status == 403
    assert "hunter2" not in text


def test_declared_access_keys_and_those_issued_by_sts_and_iam_work(cloud):
    def client(service, **keys):
        return boto3.client(service, "us-east-1", endpoint_url=cloud.url, **keys)

    declared = {"aws_access_key_id": "AKIADECLARED", "aws_secret_access_key": "x"}
    user = client("iam", **declared).create_user(UserName="operator")["User"]["UserName"]
    issued = client("iam", **declared).create_access_key(UserName=user)["AccessKey"]
    role = client("iam", **declared).create_role(RoleName="operator", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    by_user = {"aws_access_key_id": issued["AccessKeyId"], "aws_secret_access_key": issued["SecretAccessKey"]}
    credentials = client("sts", **by_user).assume_role_with_web_identity(
        RoleArn=role, RoleSessionName="ci", WebIdentityToken="a.b.c"
    )["Credentials"]
    by_role = {
        "aws_access_key_id": credentials["AccessKeyId"],
        "aws_secret_access_key": credentials["SecretAccessKey"],
        "aws_session_token": credentials["SessionToken"],
    }
    assert client("sts", **by_role).get_caller_identity()["Arn"].endswith("assumed-role/operator/ci")
    assert client("ivs", **by_role).list_channels()["ResponseMetadata"]["HTTPStatusCode"] == 200


@pytest.mark.slow("objects in moto's S3")
def test_objects_keep_their_names_in_s3(cloud):
    s3 = cloud.boto3("s3")
    s3.create_bucket(Bucket="recordings")
    for name in ("a/b c.ts", "a//b", "é/%41+.ts", "moto-api/data.json"):
        s3.put_object(Bucket="recordings", Key=name, Body=name.encode())
    assert [found["Key"] for found in s3.list_objects_v2(Bucket="recordings")["Contents"]] == sorted(
        ("a/b c.ts", "a//b", "é/%41+.ts", "moto-api/data.json"), key=str.encode
    )
    for name in ("a/b c.ts", "a//b", "é/%41+.ts"):
        assert s3.get_object(Bucket="recordings", Key=name)["Body"].read() == name.encode()
        s3.delete_object(Bucket="recordings", Key=name)
    s3.delete_object(Bucket="recordings", Key="moto-api/data.json")
    s3.delete_bucket(Bucket="recordings")


def test_broadcasts_are_simulated_through_the_url(cloud):
    ivs = cloud.boto3("ivs")
    channel = ivs.create_channel()["channel"]["arn"]
    moto_ivs.go_live(channel, viewer_count=3, endpoint_url=cloud.url)
    assert ivs.get_stream(channelArn=channel)["stream"]["viewerCount"] == 3
    moto_ivs.go_offline(channel, endpoint_url=cloud.url)


def test_each_run_has_its_own_secret_which_is_in_no_repr():
    one, other = Gate(), Gate()
    assert one.prefix != other.prefix
    assert len(one.prefix) > 20
    assert one.prefix not in repr(one)


@pytest.mark.parametrize(
    ("sent", "received"),
    [("/a%2Fb?c=/d", "/a%2Fb?c=/d"), ("?list", "/?list"), ("", "/")],
)
@pytest.mark.parametrize("start", ["", "http://127.0.0.1:80"])
def test_the_path_reaches_the_cloud_unchanged(sent, received, start):
    gate, seen = Gate(), {}

    def application(environ, start_response):
        del start_response
        seen.update(environ)
        return [b""]

    gate.guard(application)(
        {
            "HTTP_HOST": "127.0.0.1:80",
            "SERVER_PORT": "80",
            "PATH_INFO": gate.prefix + ("/a/b" if "a" in sent else ""),
            "RAW_URI": f"{start}{gate.prefix}{sent}",
        },
        lambda *_: None,
    )
    assert seen["RAW_URI"] == received
    assert seen["PATH_INFO"] == ("/a/b" if "a" in sent else "/")
