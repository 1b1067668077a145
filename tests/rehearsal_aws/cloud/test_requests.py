import io
import json

import pytest

from rehearsal_aws.cloud.calls import Call
from rehearsal_aws.cloud.requests import Answer, ask, changes, environ_of, request_of


def environ(body=b"", **fields):
    return {
        "REQUEST_METHOD": "PUT",
        "PATH_INFO": "/a",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "HTTP_AUTHORIZATION": "x",
        "HTTP_AMZ_SDK_INVOCATION_ID": "y",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "werkzeug.socket": object(),
        **fields,
    }


@pytest.mark.parametrize("body", [b"", "ü".encode(), b"\xff\x00"])
def test_a_request_can_be_serialized_and_repeated(body):
    original = environ(body)
    request = json.loads(json.dumps(request_of(original)))
    again = environ_of(request)
    assert original["wsgi.input"].read() == again["wsgi.input"].read() == body
    assert again["CONTENT_LENGTH"] == str(len(body))
    assert (again["HTTP_AUTHORIZATION"], again["REQUEST_METHOD"], again["PATH_INFO"]) == ("x", "PUT", "/a")
    assert "HTTP_AMZ_SDK_INVOCATION_ID" not in again


def test_a_chunked_body_is_read_completely():
    original = environ(b"pieces", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH="")
    original["wsgi.input_terminated"] = True
    again = environ_of(request_of(original))
    assert again["wsgi.input"].read() == b"pieces"
    assert original["CONTENT_LENGTH"] == "6"
    assert "HTTP_TRANSFER_ENCODING" not in original


def test_responses_that_differ_have_different_digests():
    def response_of(status, headers, *body):
        def application(_, start_response):
            start_response(status, headers)
            return list(body)

        return ask(application, {}, None)

    usual = response_of("200 OK", [("a", "1"), ("b", "2")], b"x", b"y")
    assert usual.digest() == response_of("200 OK", [("b", "2"), ("a", "1")], b"xy").digest()
    others = [
        response_of("201 OK", [("a", "1"), ("b", "2")], b"xy"),
        response_of("200 OK", [("a", "1")], b"xy"),
        response_of("200 OK", [("a", "1"), ("b", "2")], b"x"),
    ]
    assert len({answer.digest() for answer in (usual, *others)}) == 4
    started = []
    assert usual.give(lambda *arguments: started.append(arguments)) == [b"x", b"y"]
    assert started == [("200 OK", [("a", "1"), ("b", "2")])]


def test_text_passed_to_wsgis_write_is_part_of_the_body():
    answer = Answer()
    answer.start("200 OK", [])(b"written")
    assert answer.body == [b"written"]


@pytest.mark.parametrize(
    ("call", "method", "expected"),
    [
        (Call("ivs", "CreateChannel", "r"), "POST", True),
        (Call("ivs", "ListChannels", "r"), "POST", False),
        (Call("ivs", "BatchGetChannel", "r"), "POST", False),
        (Call("s3", "PutObject", "r"), "PUT", True),
        (Call("s3", "HeadBucket", "r"), "HEAD", False),
        (Call("s3", "", "r"), "GET", False),
        (Call("s3", "", "r"), "PUT", True),
        (Call("kms", "Encrypt", "r"), "POST", False),
        (Call("kms", "GenerateDataKey", "r"), "POST", False),
        (Call("kms", "CreateKey", "r"), "POST", True),
        (Call("sts", "AssumeRole", "r"), "POST", True),
        (Call("ec2", "DescribeVpcs", "r"), "POST", True),
        (Call("sns", "ListTopics", "r"), "GET", True),
        (None, "POST", True),
        (None, "GET", False),
    ],
)
def test_mutating_requests_are_recorded(call, method, expected):
    assert changes(call, {"REQUEST_METHOD": method}) is expected
