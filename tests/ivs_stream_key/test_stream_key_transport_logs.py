"""botocore's logs hold no secret, at any level."""

import json
import logging

import pytest
from moto import mock_aws

import moto_ivs
from ivs_stream_key.clients import Clients
from ivs_stream_key.transport_logs import keep_secrets_out_of_logs

KEY = "sk_us-east-1_abcdefABCDEF_0123456789abcdefghijABCDEFGHIJ"


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.DEBUG)
    logger = logging.getLogger("botocore.of_this_test")
    keep_secrets_out_of_logs()

    def log(*what):
        caplog.clear()
        logger.debug(*what)
        return caplog.text

    return log


@pytest.mark.parametrize(
    ("what", "secret"),
    [
        (("Response body:\n%s", json.dumps({"streamKey": {"value": KEY}}).encode()), KEY),
        (("Response body:\n%s", b"<SecretAccessKey>wJalr/XUt+nFEMI=</SecretAccessKey>"), "wJalr"),
        (("Response body:\n%s", b"<SessionToken>FwoGZXIvYXdz//8=</SessionToken>"), "FwoGZ"),
        (("params: %s", {"headers": {"X-Amz-Security-Token": "FwoGZXIvYXdz//8="}}), "FwoGZ"),
        (("CanonicalRequest:\n%s", "host:ivs\nx-amz-security-token:FwoGZXIvYXdz//8=\n\nhost"), "FwoGZ"),
        (("body: %s", {"WebIdentityToken": "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"}), "eyJhb"),
        (("body: %s", "Action=AssumeRole&ExternalId=hunter2&RoleArn=arn"), "hunter2"),
        (
            ("answer %s", json.dumps({"roleCredentials": {"secretAccessKey": "wJalrXUt", "sessionToken": "Fwo"}})),
            "wJalr",
        ),
        (("answer %s", json.dumps(json.dumps({"SessionToken": "FwoGZX"}))), "FwoGZX"),
    ],
)
def test_no_secret_is_logged_and_the_rest_is(log, what, secret):
    text = log(*what)
    assert secret not in text
    assert "[secret]" in text
    assert what[0].partition("%s")[0].strip() in text


def test_what_holds_no_secret_is_as_it_was(log):
    assert "calling handler <function at 0x1> of 3" in log("calling handler %s of %d", "<function at 0x1>", 3)


def test_a_record_that_can_not_be_formatted_is_logging_s_own_affair(log):
    with pytest.raises(TypeError, match="real number"):  # as pytest's handler has it
        log("%d", "no number")


def test_a_client_of_ours_logs_answers_and_no_key(caplog):
    caplog.set_level(logging.DEBUG)
    with moto_ivs.stream_keys(), mock_aws():
        client = Clients().client("us-east-1")
        value = client.create_channel(name="live")["streamKey"]["value"]
    assert "Response body" in caplog.text
    assert value not in caplog.text
