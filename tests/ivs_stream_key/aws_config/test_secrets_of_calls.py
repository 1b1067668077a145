"""Secrets that AWS quotes in errors, and those in responses that botocore logs, are redacted."""

import base64
import json
import logging
import sys
import traceback
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote

import pytest
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session
from pulumi.dynamic import Config, ConfigureRequest

from ivs_stream_key import errors
from ivs_stream_key.aws.arns import CHANNEL, parse
from ivs_stream_key.aws_config.secrets_of_calls import learn_from_environment
from ivs_stream_key.ivs.clients import Clients
from ivs_stream_key.messages.redaction import SECRETS, redacted
from ivs_stream_key.provider import StreamKeyProvider

ROLE = "arn:aws:iam::210987654321:role/live"
ARN = parse("arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh", CHANNEL)
EXTERNAL_ID = "external-id-0815"
TOKEN = "FwoGZXIvYXdz//8aDE+x/of/the/session=="
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG+of-the-role"
IDENTITY = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln"


class RawBody:
    def __init__(self, content):
        self._content = content

    def stream(self, **_):
        yield self._content


class Aws:
    """A fake of IVS and STS. `responders` get the headers and the form of a request, and return a status and a body."""

    def __init__(self):
        self.requests = []
        self.lifetime = timedelta(hours=1)
        self.responders = {"ivs": lambda headers, form: (200, {"streamKeys": []}), "sts": self.credentials}

    def send(self, request):
        service = "sts" if "sts" in request.url else "ivs"
        headers = {name: v.decode() if isinstance(v, bytes) else v for name, v in request.headers.items()}
        body = request.body.decode() if isinstance(request.body, bytes) else request.body or ""
        form = {name: values[0] for name, values in parse_qs(body).items()}
        self.requests.append((service, headers, form))
        status, content = self.responders[service](headers, form)
        content = content if isinstance(content, str) else json.dumps(content)
        return AWSResponse(request.url, status, {"x-amzn-requestid": "r-1"}, RawBody(content.encode()))

    def credentials(self, headers, form):
        action, until = form["Action"], (datetime.now(UTC) + self.lifetime).strftime("%Y-%m-%dT%H:%M:%SZ")
        return 200, (
            f"<{action}Response><{action}Result><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId>"
            f"<SecretAccessKey>{SECRET_KEY}</SecretAccessKey><SessionToken>{TOKEN}</SessionToken>"
            f"<Expiration>{until}</Expiration></Credentials><AssumedRoleUser><Arn>{ROLE}/x</Arn>"
            f"<AssumedRoleId>A:x</AssumedRoleId></AssumedRoleUser></{action}Result></{action}Response>"
        )


def error_response(code, message):
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"


@pytest.fixture
def aws(monkeypatch):
    fake = Aws()
    monkeypatch.setattr(URLLib3Session, "send", lambda self, request: fake.send(request))
    return fake


@pytest.fixture(autouse=True)
def _restore_log_record_factory():
    before = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(before)


def error_text(clients, kind=errors.StreamKeyError):
    with pytest.raises(kind) as caught:
        clients.ivs(ARN).keys_of(ARN.text)
    return "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))


def clients_with_role(**role):
    return Clients().of({"assume_roles": [{"role_arn": ROLE, "external_id": EXTERNAL_ID, **role}], "max_retries": 1})


@pytest.mark.parametrize(
    "encode",
    [
        str,
        lambda text: quote(text, safe=""),
        json.dumps,
        lambda text: json.dumps(json.dumps(text)),
        lambda text: base64.b64encode(text.encode()).decode(),
    ],
    ids=["plain", "URL", "JSON", "JSON in JSON", "base64"],
)
def test_an_invalid_signature_error_shows_no_session_token_in_any_form(aws, caplog, encode):
    caplog.set_level(logging.DEBUG)

    def refuse(headers, form):
        # No name precedes the token. It is redacted because it signed a request.
        message = f"The Canonical String should have been\n'POST\n/ListStreamKeys\n{encode(TOKEN)}\n'"
        return 403, {"__type": "InvalidSignatureException", "message": message}

    aws.responders["ivs"] = refuse
    text = error_text(clients_with_role(), errors.BadCredentials)
    assert "InvalidSignatureException: The Canonical String should have been" in text
    assert "[secret]" in text
    for secret in (TOKEN, quote(TOKEN, safe=""), base64.b64encode(TOKEN.encode()).decode(), SECRET_KEY, EXTERNAL_ID):
        assert secret not in text + caplog.text
    assert aws.requests[-1][1]["X-Amz-Security-Token"] == TOKEN


def test_an_external_id_quoted_by_sts_is_redacted_in_the_error_and_in_botocores_warning(aws, caplog):
    message = f"User is not authorized: sts:ExternalId is not {EXTERNAL_ID}"
    aws.responders["sts"] = lambda headers, form: (403, error_response("AccessDenied", message))
    text = error_text(clients_with_role(), errors.BadCredentials)
    assert "sts:ExternalId is not [secret]" in text
    assert aws.requests[0][2]["ExternalId"] == EXTERNAL_ID
    assert "Refreshing temporary credentials failed" in caplog.text
    assert "sts:ExternalId is not [secret]" in caplog.text
    assert EXTERNAL_ID not in text + caplog.text


def test_the_external_id_of_a_profiles_role_is_redacted_too(aws, caplog, monkeypatch, tmp_path):
    (tmp_path / "config").write_text(
        f"[profile live]\nrole_arn = {ROLE}\nexternal_id = {EXTERNAL_ID}\nsource_profile = start\n"
        "[profile start]\naws_access_key_id = AKIASTART\naws_secret_access_key = secret-of-the-start\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    message = f"not {EXTERNAL_ID}, secret-of-the-start"
    aws.responders["sts"] = lambda headers, form: (403, error_response("AccessDenied", message))
    text = error_text(Clients().of({"profile": "live", "max_retries": 1}))
    assert "not [secret], [secret]" in text
    assert EXTERNAL_ID not in text + caplog.text


def test_a_web_identity_token_from_a_file_is_redacted_once_it_is_sent(aws, caplog, tmp_path):
    caplog.set_level(logging.DEBUG)
    (tmp_path / "token").write_text(IDENTITY)
    message = f"The token {IDENTITY} has expired"
    aws.responders["sts"] = lambda headers, form: (400, error_response("ExpiredTokenException", message))
    identity = {"role_arn": ROLE, "web_identity_token_file": str(tmp_path / "token")}
    text = error_text(
        Clients().of({"assume_role_with_web_identity": identity, "max_retries": 1}), errors.BadCredentials
    )
    assert aws.requests[0][2]["WebIdentityToken"] == IDENTITY
    assert "The token [secret] has expired" in text
    assert IDENTITY not in text + caplog.text


def test_every_renewed_web_identity_token_is_redacted(aws, caplog, tmp_path):
    caplog.set_level(logging.DEBUG)
    aws.lifetime, file = timedelta(minutes=5), tmp_path / "token"
    identity = {"role_arn": ROLE, "web_identity_token_file": str(file)}
    ivs = Clients().of({"assume_role_with_web_identity": identity, "max_retries": 1}).ivs(ARN)
    sent = []
    for token in ("token-of-the-first-hour", "token-of-the-second-hour"):
        file.write_text(token)
        ivs.keys_of(ARN.text)
        sent.append(aws.requests[-2][2]["WebIdentityToken"])
        assert redacted(f"got {token}") == "got [secret]"
    assert sent == ["token-of-the-first-hour", "token-of-the-second-hour"]
    assert "token-of-the" not in caplog.text


def test_credentials_of_a_credential_process_and_renewed_ones_are_redacted(aws, caplog, monkeypatch, tmp_path):
    """The process is run again when its credentials have expired."""
    caplog.set_level(logging.DEBUG)
    program, count = tmp_path / "credentials.py", tmp_path / "count"
    count.write_text("0")
    program.write_text(
        "import datetime, json, pathlib\n"
        f"count = pathlib.Path({str(count)!r})\n"
        "number = int(count.read_text()) + 1\n"
        "count.write_text(str(number))\n"
        # botocore renews credentials that expire within 15 minutes.
        "until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=5)\n"
        "print(json.dumps({'Version': 1, 'AccessKeyId': 'ASIAPROCESS', 'SecretAccessKey': f'of-the-process-{number}',"
        " 'SessionToken': f'token-of-the-process-{number}', 'Expiration': until.isoformat()}))\n"
    )
    (tmp_path / "config").write_text(f"[profile live]\ncredential_process = {sys.executable} -I -S {program}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))

    def refuse(headers, form):
        return 403, {"__type": "InvalidSignatureException", "message": f"not {headers['X-Amz-Security-Token']}!"}

    aws.responders["ivs"] = refuse
    clients = Clients().of({"profile": "live", "max_retries": 1})
    texts = [error_text(clients), error_text(clients)]
    # botocore renewed the credentials between the two requests, so there are two tokens.
    tokens = [headers["X-Amz-Security-Token"] for _, headers, _ in aws.requests]
    assert len({*tokens}) == 2
    runs = int(count.read_text())
    for text in texts:
        assert "not [secret]!" in text
        assert "of-the-process" not in text.replace(str(program), "") + caplog.text
    assert redacted(f"of-the-process-{runs}") == "[secret]"


def test_secrets_of_roles_assumed_by_botocore_are_redacted(aws, monkeypatch, tmp_path):
    """A profile assumes two roles in turn. The secrets of its process and of the first role are redacted."""
    process = {"Version": 1, "AccessKeyId": "ASIAPROCESS", "SecretAccessKey": "of-the-process"}
    process["SessionToken"] = "token-of-the-process"
    (tmp_path / "credentials.json").write_text(json.dumps(process))
    command = f"{sys.executable} -I -S -c 'print(open(\"{tmp_path}/credentials.json\").read())'"
    (tmp_path / "config").write_text(
        f"[profile live]\nrole_arn = {ROLE}\nsource_profile = between\n"
        f"[profile between]\nrole_arn = {ROLE}-between\nsource_profile = start\n"
        f"[profile start]\ncredential_process = {command}\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    texts = []

    def refuse(headers, form):
        if form["RoleArn"] != ROLE:
            status, body = aws.credentials(headers, form)
            return status, body.replace(SECRET_KEY, "key-of-the-role-between").replace(TOKEN, "token-of-that-role")
        quoted = "token-of-the-process, token-of-that-role, key-of-the-role-between"
        texts.append(quoted)
        return 403, error_response("SignatureDoesNotMatch", quoted)

    aws.responders["sts"] = refuse
    assert "[secret], [secret], [secret]" in error_text(Clients().of({"profile": "live", "max_retries": 1}))
    assert texts


def test_responses_of_sts_are_logged_without_credentials(aws, caplog):
    caplog.set_level(logging.DEBUG)
    clients_with_role().ivs(ARN).keys_of(ARN.text)
    assert "<SecretAccessKey>[secret]</SecretAccessKey>" in caplog.text
    assert "<SessionToken>[secret]</SessionToken>" in caplog.text
    for secret in (TOKEN, quote(TOKEN, safe=""), SECRET_KEY, EXTERNAL_ID, "x-amz-security-token:Fwo"):
        assert secret not in caplog.text


def test_a_log_record_factory_set_after_the_client_sees_no_credentials(aws, caplog):
    caplog.set_level(logging.DEBUG)
    ivs = clients_with_role().ivs(ARN)
    logging.setLogRecordFactory(logging.LogRecord)
    ivs.keys_of(ARN.text)
    assert "<SessionToken>[secret]</SessionToken>" in caplog.text
    assert TOKEN not in caplog.text


def test_a_key_value_of_an_unusual_form_is_learned_from_the_response(aws, caplog):
    caplog.set_level(logging.DEBUG)
    arn = "arn:aws:ivs:us-west-2:123456789012:stream-key/abcdABCDefgh"
    key = {"arn": arn, "channelArn": ARN.text, "value": "of/another+form", "tags": {}}
    aws.responders["ivs"] = lambda headers, form: (200, {"streamKey": key})
    assert Clients().of({"max_retries": 1}).ivs(ARN).get(arn).value == "of/another+form"
    assert "Response body" in caplog.text
    assert "of/another+form" not in caplog.text
    assert redacted("is it of/another+form?") == "is it [secret]?"


def test_secrets_of_the_environment_are_redacted(monkeypatch):
    for name, value in {
        "AWS_SECRET_ACCESS_KEY": "of-the-environment",
        "AWS_SESSION_TOKEN": "token-of-the-environment",
        "AWS_BEARER_TOKEN_IVS": "bearer-of-the-environment",
        "HTTPS_PROXY": "http://me:p4ssw0rd-of-the-proxy@proxy.test:3128",
        "https_proxy": "socks5://me:p4ssw0rd-of-the-other@proxy.test",
        "AWS_ENDPOINT_URL_IVS": "https://me:p4ssw0rd-of-an-endpoint@ivs.test",
        "AWS_PROFILE": "production",
        "HOME": "/home/somebody",
    }.items():
        monkeypatch.setenv(name, value)
    learn_from_environment()
    for secret in (
        "of-the-environment",
        "token-of-the-environment",
        "bearer-of-the-environment",
        "p4ssw0rd-of-the-proxy",
        "p4ssw0rd-of-the-other",
        "p4ssw0rd-of-an-endpoint",
    ):
        assert redacted(secret) == "[secret]"
    assert redacted("production /home/somebody proxy.test") == "production /home/somebody proxy.test"


def test_secrets_of_an_invalid_connection_are_redacted():
    with pytest.raises(errors.BadSettings):
        Clients().of({"secret_key": "of-a-connection", "no_such_setting": 1})
    assert redacted("got of-a-connection") == "got [secret]"


def test_two_accounts_in_one_run_redact_each_others_secrets(aws):
    clients = Clients()
    one = clients.of({"access_key": "AKIAONE", "secret_key": "secret-of-one", "token": "token-of-one-account"})
    two = clients.of({"access_key": "AKIATWO", "secret_key": "secret-of-two", "token": "token-of-two-account"})
    aws.responders["ivs"] = lambda headers, form: (
        403,
        {"__type": "X", "message": "token-of-one-account token-of-two-account"},
    )
    for clients, token in ((one, "token-of-one-account"), (two, "token-of-two-account")):
        assert "[secret] [secret]" in error_text(clients)
        assert aws.requests[-1][1]["X-Amz-Security-Token"] == token


def test_a_new_run_starts_without_the_previous_runs_secrets():
    SECRETS.learn("of-the-run-before")
    provider = StreamKeyProvider()
    provider.configure(ConfigureRequest(Config({"aws:secretKey": "of-this-run"}, "p")))
    assert redacted("of-the-run-before of-this-run") == "of-the-run-before [secret]"


def test_a_secret_input_quoted_by_aws_is_redacted():
    inputs = {"channel_arn": ARN.text, "tags": {"owner": "hunter2-of-a-tag"}, "secret_inputs": ["tags"]}
    StreamKeyProvider().check({}, inputs)
    aws_answer = errors.AwsAnswer("TagResource", "ValidationException", "Value 'hunter2-of-a-tag' at 'tags'", "r")
    assert "Value '[secret]' at 'tags'" in str(aws_answer)


def test_a_secret_of_a_first_response_is_redacted_where_its_body_is_logged(aws, caplog):
    caplog.set_level(logging.DEBUG)
    channel = {"arn": ARN.text, "srt": {"endpoint": "x", "passphrase": "hunter2-of-srt"}}
    aws.responders["ivs"] = lambda headers, form: (200, {"channel": channel})
    assert Clients().client("us-west-2").get_channel(arn=ARN.text)["channel"] == channel
    assert '"passphrase": "[secret]"' in caplog.text
    assert "hunter2" not in caplog.text
