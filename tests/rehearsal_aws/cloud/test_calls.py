"""HTTP requests are recognized as calls of the AWS API."""

from __future__ import annotations

import contextlib
import io

import boto3
import pytest
from botocore.config import Config

from rehearsal_aws.cloud.calls import Call, call_of, is_by_test

SCOPE = "AWS4-HMAC-SHA256 Credential=AKIAEMBEDDEDAWS00000/20260101/eu-west-1/{}/aws4_request, SignedHeaders=host"


@pytest.mark.parametrize(
    ("service", "call", "arguments", "operation"),
    [
        ("ivs", "create_stream_key", {"channelArn": "arn:aws:ivs:us-east-1:123456789012:channel/x"}, "CreateStreamKey"),
        ("ivs", "list_channels", {}, "ListChannels"),
        ("ssm", "get_parameter", {"Name": "x"}, "GetParameter"),
        ("secretsmanager", "create_secret", {"Name": "x"}, "CreateSecret"),
        ("s3", "create_bucket", {"Bucket": "bucket"}, "CreateBucket"),
        ("s3", "head_bucket", {"Bucket": "nothing"}, "HeadBucket"),
        ("sts", "get_caller_identity", {}, "GetCallerIdentity"),
    ],
)
def test_an_operation_is_recognized_by_its_name(embedded, shared_cloud, service, call, arguments, operation):
    before = len(embedded.calls)
    config = Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    client = boto3.client(service, region_name="us-east-1", config=config)
    with contextlib.suppress(client.exceptions.ClientError):
        getattr(client, call)(**arguments)
    assert [(c.service, c.operation, c.region) for c in embedded.calls[before:]] == [(service, operation, "us-east-1")]


def test_an_unsigned_request_is_no_call():
    assert call_of({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}) is None


def test_the_body_of_a_query_request_can_still_be_read():
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    environ = {
        "HTTP_AUTHORIZATION": SCOPE.format("sts"),
        "CONTENT_TYPE": "application/x-www-form-urlencoded; charset=utf-8",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    assert call_of(environ) == Call("sts", "GetCallerIdentity", "eu-west-1")
    assert environ["wsgi.input"].read() == body


def test_the_target_header_names_the_operation():
    environ = {"HTTP_AUTHORIZATION": SCOPE.format("ssm"), "HTTP_X_AMZ_TARGET": "AmazonSSM.PutParameter"}
    assert call_of(environ) == Call("ssm", "PutParameter", "eu-west-1")


@pytest.mark.parametrize(
    ("operation", "reads"),
    [
        ("GetChannel", True),
        ("BatchGetChannel", True),
        ("ListStreamKeys", True),
        ("DescribeParameters", True),
        ("HeadBucket", True),
        ("CreateChannel", False),
        ("Listen", False),
        ("", False),
    ],
)
def test_reads_change_nothing(operation, reads):
    assert Call("ivs", operation, "us-east-1").reads is reads


def test_a_tests_own_client_is_recognized():
    assert is_by_test({"HTTP_USER_AGENT": "Boto3/1.40 embedded-aws-test"})
    assert not is_by_test({"HTTP_USER_AGENT": "Boto3/1.40"})
    assert not is_by_test({})
