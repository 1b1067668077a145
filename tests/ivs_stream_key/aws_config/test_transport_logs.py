"""botocore's logs hold no secret, at any level."""

import base64
import http.client
import io
import json
import logging
import sys

import boto3
import pytest
from moto import mock_aws

import moto_ivs
from ivs_stream_key.aws_config.transport_logs import keep_secrets_out_of_logs
from ivs_stream_key.ivs.clients import Clients
from ivs_stream_key.messages.redaction import SECRETS

STORES = ("ssm", "secretsmanager")
KEY = "sk_us-east-1_abcdefABCDEF_0123456789abcdefghijABCDEFGHIJ"


@pytest.fixture(autouse=True)
def _restore_logging():
    before = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(before)
    for logger in botocore_loggers():
        logger.filters.clear()


def botocore_loggers():
    loggers = logging.Logger.manager.loggerDict.items()
    return [one for name, one in loggers if name.startswith(("boto", "urllib3")) and isinstance(one, logging.Logger)]


@pytest.fixture
def log(caplog):
    caplog.set_level(logging.DEBUG)
    logger = logging.getLogger("botocore.of_this_test")
    keep_secrets_out_of_logs()

    def log(*record):
        caplog.clear()
        logger.debug(*record)
        return caplog.text

    return log


@pytest.mark.parametrize(
    ("record", "secret"),
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
def test_secrets_are_redacted_and_the_rest_is_logged(log, record, secret):
    text = log(*record)
    assert secret not in text
    assert "[secret]" in text
    assert record[0].partition("%s")[0].strip() in text


def test_records_without_secrets_are_unchanged(log):
    assert "calling handler <function at 0x1> of 3" in log("calling handler %s of %d", "<function at 0x1>", 3)


def test_a_record_with_a_formatting_error_is_left_to_logging(log):
    with pytest.raises(TypeError, match="real number"):  # raised by pytest's log handler
        log("%d", "no number")


def test_a_client_logs_responses_without_the_key(caplog):
    caplog.set_level(logging.DEBUG)
    with moto_ivs.stream_keys(), mock_aws():
        client = Clients().client("us-east-1")
        value = client.create_channel(name="live")["streamKey"]["value"]
    assert "Response body" in caplog.text
    assert value not in caplog.text


@pytest.mark.slow("reads the models of two more services")
def test_a_response_is_logged_without_the_secrets_that_have_no_secrets_name(caplog):
    caplog.set_level(logging.DEBUG)
    with moto_ivs.stream_keys(), mock_aws():
        clients = Clients()
        ivs, ssm, secrets = clients.client("us-east-1"), *(clients.other(s, "us-east-1") for s in STORES)
        channel = ivs.create_channel(name="live")["channel"]["arn"]
        ssm.put_parameter(Name="/p", Type="SecureString", Value="hunter2-parameter")
        secrets.create_secret(Name="text", SecretString=json.dumps({"password": "hunter2-text"}))
        secrets.create_secret(Name="data", SecretBinary=b"hunter2-data")
        SECRETS.forget()
        caplog.clear()
        phrase = ivs.get_channel(arn=channel)["channel"]["srt"]["passphrase"]
        ssm.get_parameter(Name="/p", WithDecryption=True)
        for name in ("text", "data"):
            secrets.get_secret_value(SecretId=name)
    assert caplog.text.count("Response body") == 4
    assert "hunter2" not in caplog.text
    assert phrase not in caplog.text
    assert base64.b64encode(b"hunter2-data").decode() not in caplog.text


def test_later_loggers_and_learned_secrets_are_redacted_too(caplog):
    keep_secrets_out_of_logs()
    SECRETS.learn("hunter2-of-this-run")
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3.made.later").debug("GET /%s", "hunter2-of-this-run")
    assert "GET /[secret]" in caplog.text


def test_a_logged_error_is_redacted_with_its_causes_and_loses_its_frames(caplog):
    keep_secrets_out_of_logs()
    SECRETS.learn("external-id-of-a-role")
    error = RuntimeError("InvalidSignature: x-amz-security-token:FwoGZXIvYXdz//8=")
    error.__cause__ = ValueError("ExternalId external-id-of-a-role does not match")
    logging.getLogger("botocore.credentials").warning("Refreshing failed", exc_info=error)
    (record,) = caplog.records
    assert "Refreshing failed" in caplog.text
    assert "ValueError: ExternalId [secret] does not match" in caplog.text
    assert "RuntimeError: InvalidSignature: x-amz-security-token:[secret]" in caplog.text
    assert "FwoGZX" not in caplog.text
    assert record.exc_info is None


def test_records_of_other_loggers_are_unchanged(caplog):
    keep_secrets_out_of_logs()
    keep_secrets_out_of_logs()
    logging.getLogger("shop").warning("SessionToken=%s", "unchanged")
    (record,) = caplog.records
    assert (record.msg, record.args) == ("SessionToken=%s", ("unchanged",))


def test_the_previous_log_record_factory_is_still_called():
    made = []

    def factory(*arguments, **options):
        made.append(arguments[0])
        return logging.LogRecord(*arguments, **options)

    logging.setLogRecordFactory(factory)
    keep_secrets_out_of_logs()
    logging.getLogger("botocore.hooks").warning("x")
    assert made == ["botocore.hooks"]


def log_and_key_value(monkeypatch, set_up):
    """Create and read a key while everything is logged; return the log and the key's value."""
    stream = io.StringIO()
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(sys, "stdout", stream)
    level = root.level
    try:
        set_up()
        with moto_ivs.stream_keys(), mock_aws():
            client = Clients().of({"access_key": "AKIAFORTHISTEST", "secret_key": "s3cret-of-this-test"})
            client = client.client("us-east-1")
            key = client.create_channel(name="live")["streamKey"]
            client.get_stream_key(arn=key["arn"])
    finally:
        root.setLevel(level)
    return stream.getvalue(), key["value"]


@pytest.mark.parametrize(
    "set_up",
    [lambda: logging.basicConfig(level=logging.DEBUG), lambda: boto3.set_stream_logger("")],
    ids=["basicConfig", "set_stream_logger"],
)
def test_a_root_handler_at_debug_sees_requests_and_responses_without_secrets(monkeypatch, set_up):
    text, value = log_and_key_value(monkeypatch, set_up)
    assert "Response body" in text
    assert "CanonicalRequest" in text
    assert "Signature:\n[secret]" in text
    for secret in (value, "AKIAFORTHISTEST", "s3cret-of-this-test"):
        assert secret not in text


def test_a_log_record_factory_set_during_a_call_sees_no_key(monkeypatch):
    """Another provider may set its own log record factory in another thread."""

    def client(clients, region):
        made = create_client(clients, region)
        for event in ("before-parameter-build", "before-parse"):
            made.meta.events.register_first(event, lambda **_: logging.setLogRecordFactory(logging.LogRecord))
        return made

    create_client = Clients.client
    monkeypatch.setattr(Clients, "client", client)
    text, value = log_and_key_value(monkeypatch, lambda: logging.basicConfig(level=logging.DEBUG))
    assert "Response body" in text
    for secret in (value, "AKIAFORTHISTEST", "s3cret-of-this-test"):
        assert secret not in text


def test_a_logger_with_its_own_make_record_is_redacted_too(monkeypatch):
    class CustomLogger(logging.Logger):
        def makeRecord(self, name, level, fn, lno, msg, args, exc_info, func=None, extra=None, sinfo=None):
            return logging.LogRecord(name, level, fn, lno, msg, args, exc_info, func, sinfo)

    with monkeypatch.context() as patch:
        for logger in botocore_loggers():
            patch.setattr(logger, "__class__", CustomLogger)
        text, value = log_and_key_value(monkeypatch, lambda: logging.basicConfig(level=logging.DEBUG))
    assert "Response body" in text
    assert value not in text


def test_the_redacting_filter_is_added_once_and_first():
    filters = [lambda record: True]
    logger = logging.getLogger("urllib3.of_this_test")
    logger.filters[:] = filters
    keep_secrets_out_of_logs()
    keep_secrets_out_of_logs()
    assert len(logger.filters) == 2
    assert logger.filters[1:] == filters
    assert not logging.getLogger("urllib3like").filters


def test_a_record_made_by_make_log_record_has_no_logger_name_and_works():
    keep_secrets_out_of_logs()
    assert logging.makeLogRecord({"msg": "hello", "name": "botocore"}).getMessage() == "hello"


def test_http_debuglevel_output_is_suppressed_for_botocores_connections(monkeypatch, capsys, unused_port):
    monkeypatch.setattr(http.client.HTTPConnection, "debuglevel", 1)
    keep_secrets_out_of_logs()
    from botocore.awsrequest import AWSHTTPConnection

    assert AWSHTTPConnection("127.0.0.1", unused_port).debuglevel == 0
    assert http.client.HTTPConnection("127.0.0.1", unused_port).debuglevel == 1
