import tempfile
from pathlib import Path

import botocore.client
import pytest
from botocore.session import Session
from moto import mock_aws

import moto_ivs
from ivs_stream_key import errors
from ivs_stream_key.aws.arns import CHANNEL, parse
from ivs_stream_key.aws_config.credentials import ConfiguredCredentials
from ivs_stream_key.aws_config.settings import Settings
from ivs_stream_key.ivs.clients import Clients

ROLE = "arn:aws:iam::210987654321:role/live"
OTHER = "arn:aws:iam::210987654322:role/live"


def channel(account="123456789012"):
    return parse(f"arn:aws:ivs:us-west-2:{account}:channel/abcdABCDefgh", CHANNEL)


def clients_for(**settings):
    return Clients().of(settings)


class Calls(list):
    """The calls made: (operation, parameters, access key, endpoint)."""

    def with_operation(self, operation):
        return [call for call in self if call[0] == operation]


@pytest.fixture
def calls(monkeypatch):
    make_call, found = botocore.client.BaseClient._make_api_call, Calls()

    def record_call(self, operation, parameters):
        response = make_call(self, operation, parameters)
        signer = self._request_signer._credentials
        found.append((operation, parameters, signer and signer.access_key, self.meta.endpoint_url))
        return response

    with mock_aws(), moto_ivs.stream_keys():
        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", record_call)
        yield found


def make_call_to_ivs(clients, account="210987654321"):
    """Make a call that needs credentials, for a channel that does not exist."""
    with pytest.raises(errors.NotFound):
        clients.ivs(channel(account)).keys_of(channel(account).text)


def test_a_role_is_assumed_with_the_first_call(calls):
    clients = clients_for(assume_roles=[{"role_arn": ROLE}])
    clients.ivs(channel())
    assert calls == []
    make_call_to_ivs(clients)
    make_call_to_ivs(clients)
    ((_, parameters, _, _),) = calls.with_operation("AssumeRole")
    assert parameters == {"RoleArn": ROLE, "RoleSessionName": "pulumi-ivs-stream-key"}


def test_calls_use_the_assumed_role(calls, new_client):
    clients = clients_for(assume_roles=[{"role_arn": ROLE}])
    make_call_to_ivs(clients)
    session = clients.ivs(channel())._client._request_signer._credentials.get_frozen_credentials()
    channel_arn = new_client(
        aws_access_key_id=session.access_key,
        aws_secret_access_key=session.secret_key,
        aws_session_token=session.token,
    ).create_channel()["channel"]["arn"]
    assert ":210987654321:" in channel_arn
    assert len(clients.ivs(channel()).keys_of(channel_arn)) == 1


def test_roles_are_chained_in_order(calls):
    clients = clients_for(
        access_key="AKIASTART", secret_key="s", assume_roles=[{"role_arn": ROLE}, {"role_arn": OTHER, "duration": "1h"}]
    )
    make_call_to_ivs(clients, "210987654322")
    first, second = calls.with_operation("AssumeRole")
    assert (first[1]["RoleArn"], first[2]) == (ROLE, "AKIASTART")
    assert second[1] == {"RoleArn": OTHER, "RoleSessionName": "pulumi-ivs-stream-key", "DurationSeconds": 3600}
    assert second[2].startswith("ASIA")
    last = clients.ivs(channel())._client._request_signer._credentials.get_frozen_credentials()
    assert last.access_key.startswith("ASIA")
    assert last.access_key != second[2]


def test_expiring_credentials_are_renewed_along_the_role_chain(calls):
    # botocore renews credentials that expire within 15 minutes, so each call renews these.
    clients = clients_for(assume_roles=[{"role_arn": ROLE, "duration": "15m"}, {"role_arn": OTHER, "duration": "15m"}])
    for _ in range(2):
        calls.clear()
        make_call_to_ivs(clients, "210987654322")
        assert [parameters["RoleArn"] for _, parameters, _, _ in calls.with_operation("AssumeRole")][-2:] == [
            ROLE,
            OTHER,
        ]


def test_a_web_identity_token_is_read_on_demand_and_its_role_is_assumed_first(calls, tmp_path):
    file = tmp_path / "token"
    clients = clients_for(
        assume_role_with_web_identity={"role_arn": ROLE, "web_identity_token_file": str(file), "duration": "15m"},
        assume_roles=[{"role_arn": OTHER}],
    )
    clients.ivs(channel())
    file.write_text("t0ken\n")
    make_call_to_ivs(clients, "210987654322")
    assert [operation for operation, *_ in calls if "Role" in operation] == ["AssumeRoleWithWebIdentity", "AssumeRole"]
    assert calls[0][1] == {
        "RoleArn": ROLE,
        "RoleSessionName": "pulumi-ivs-stream-key",
        "DurationSeconds": 900,
        "WebIdentityToken": "t0ken",
    }
    assert calls[0][2] is None
    assert calls[1][2].startswith("ASIA")


def test_a_missing_web_identity_token_file_is_named(calls, tmp_path):
    missing = str(tmp_path / "token")
    clients = clients_for(assume_role_with_web_identity={"role_arn": ROLE, "web_identity_token_file": missing})
    with pytest.raises(errors.BadSettings, match="token") as caught:
        clients.ivs(channel()).keys_of(channel().text)
    assert missing in caught.value.got


def test_sts_is_called_at_the_configured_endpoint(calls):
    make_call_to_ivs(clients_for(assume_roles=[{"role_arn": ROLE}]))
    make_call_to_ivs(clients_for(assume_roles=[{"role_arn": ROLE}], sts_region="eu-west-1"))
    make_call_to_ivs(
        clients_for(assume_roles=[{"role_arn": ROLE}], endpoints=[{"sts": "https://sts.us-east-1.amazonaws.com"}])
    )
    assert [endpoint for *_, endpoint in calls.with_operation("AssumeRole")] == [
        "https://sts.us-west-2.amazonaws.com",
        "https://sts.eu-west-1.amazonaws.com",
        "https://sts.us-east-1.amazonaws.com",
    ]


def test_a_refused_role_is_an_error_about_the_role(calls, monkeypatch):
    def refuse_call(self, operation, parameters):
        raise botocore.client.ClientError(
            {"Error": {"Code": "AccessDenied", "Message": "no"}, "ResponseMetadata": {"RequestId": "r-1"}}, operation
        )

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", refuse_call)
    # The patch refuses calls to IVS too, so the test requests the credentials alone.
    client = clients_for(assume_roles=[{"role_arn": ROLE}]).ivs(channel())._client
    with pytest.raises(errors.BadCredentials, match=ROLE) as caught:
        client._request_signer._credentials.get_frozen_credentials()
    assert str(caught.value.aws) == "AccessDenied: no (AssumeRole, request r-1)"
    assert "sts:AssumeRole" in caught.value.remedy


def test_an_unreachable_sts_endpoint_is_an_error_about_the_role(calls, unused_port):
    clients = clients_for(
        assume_roles=[{"role_arn": ROLE}],
        endpoints=[{"sts": f"http://127.0.0.1:{unused_port}"}],
        max_retries=1,
    )
    with pytest.raises(errors.Unreachable, match=ROLE) as caught:
        clients.ivs(channel()).keys_of(channel().text)
    assert str(unused_port) in caught.value.got


def test_without_source_credentials_no_role_is_assumed(calls, monkeypatch):
    # mock_aws sets credentials in the environment.
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    with pytest.raises(errors.BadCredentials, match="no usable AWS credentials"):
        clients_for(assume_roles=[{"role_arn": ROLE}]).ivs(channel())


def test_a_role_can_be_assumed_from_a_profile(calls, tmp_path, monkeypatch):
    (tmp_path / "credentials").write_text("[vod]\naws_access_key_id = AKIAVOD\naws_secret_access_key = b\n")
    make_call_to_ivs(
        clients_for(
            profile="vod",
            shared_credentials_files=[str(tmp_path / "credentials")],
            assume_roles=[{"role_arn": ROLE}],
        )
    )
    assert calls.with_operation("AssumeRole")[0][2] == "AKIAVOD"


def test_profiles_in_several_files_can_refer_to_each_other_and_leave_no_temporary_file(calls, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    (tmp_path / "a").write_text("[start]\naws_access_key_id = AKIAFILE\naws_secret_access_key = b\n")
    (tmp_path / "b").write_text("[other]\naws_access_key_id = c\naws_secret_access_key = d\n")
    (tmp_path / "c").write_text(f"[profile vod]\nrole_arn = {ROLE}\nsource_profile = start\n")
    (tmp_path / "d").write_text("[profile vod]\nregion = us-west-2\n")
    before = sorted(tmp_path.iterdir())
    clients = clients_for(
        profile="vod",
        shared_credentials_files=[str(tmp_path / name) for name in "ab"],
        shared_config_files=[str(tmp_path / name) for name in "cd"],
    )
    clients.ivs(channel())
    assert sorted(tmp_path.iterdir()) == before
    make_call_to_ivs(clients)
    ((_, parameters, access_key, _),) = calls.with_operation("AssumeRole")
    assert (parameters["RoleArn"], access_key) == (ROLE, "AKIAFILE")


@pytest.fixture
def profile_with_role(tmp_path, monkeypatch):
    """Return the settings of a profile that names a role, in a region that is neither the channel's nor STS's."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    (tmp_path / "config").write_text(
        f"[profile vod]\nrole_arn = {ROLE}\nsource_profile = start\nregion = ap-south-1\n"
        "[profile start]\naws_access_key_id = AKIASTART\naws_secret_access_key = b\n"
    )
    return {"profile": "vod", "shared_config_files": [str(tmp_path / "config")]}


def test_a_profiles_role_is_assumed_at_the_configured_endpoint_too(calls, profile_with_role):
    make_call_to_ivs(clients_for(**profile_with_role))
    make_call_to_ivs(clients_for(**profile_with_role, sts_region="eu-west-1"))
    make_call_to_ivs(clients_for(**profile_with_role, endpoints=[{"sts": "https://sts.us-east-1.amazonaws.com"}]))
    assert [endpoint for *_, endpoint in calls.with_operation("AssumeRole")] == [
        "https://sts.us-west-2.amazonaws.com",
        "https://sts.eu-west-1.amazonaws.com",
        "https://sts.us-east-1.amazonaws.com",
    ]


@pytest.mark.parametrize("given", [{}, {"sts_region": "eu-west-1"}])
@pytest.mark.parametrize("where", ["environment", "profile"])
def test_the_settings_take_precedence_over_older_ways_of_finding_sts(
    calls, profile_with_role, monkeypatch, given, where
):
    """In its mode "legacy", botocore calls STS in us-east-1 for older regions. pulumi-aws's SDK has no such mode."""
    if where == "environment":
        monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy")
    else:
        (config,) = map(Path, profile_with_role["shared_config_files"])
        config.write_text(config.read_text().replace("role_arn", "sts_regional_endpoints = legacy\nrole_arn", 1))
    make_call_to_ivs(clients_for(**profile_with_role, **given))
    make_call_to_ivs(clients_for(**profile_with_role, assume_roles=[{"role_arn": OTHER}], **given), "210987654322")
    endpoints = {endpoint for *_, endpoint in calls.with_operation("AssumeRole")}
    assert endpoints == {f"https://sts.{given.get('sts_region', 'us-west-2')}.amazonaws.com"}


def test_a_web_identity_of_the_environment_uses_the_configured_sts_endpoint_too(calls, tmp_path, monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY", raising=False)
    (tmp_path / "token").write_text("t0ken")
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    make_call_to_ivs(clients_for(endpoints=[{"sts": "https://sts.us-east-1.amazonaws.com"}]))
    ((_, _, access_key, endpoint),) = calls.with_operation("AssumeRoleWithWebIdentity")
    assert (access_key, endpoint) == (None, "https://sts.us-east-1.amazonaws.com")


def test_a_refused_role_of_a_profile_is_an_error_about_the_credentials(calls, profile_with_role, monkeypatch):
    make_call = botocore.client.BaseClient._make_api_call

    def refuse_call(self, operation, parameters):
        if operation == "AssumeRole":
            raise botocore.client.ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)
        return make_call(self, operation, parameters)

    monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", refuse_call)
    with pytest.raises(errors.BadCredentials, match="AssumeRole failed") as caught:
        clients_for(**profile_with_role).ivs(channel()).keys_of(channel().text)
    assert "AccessDenied: no (AssumeRole" in str(caught.value.aws)


def test_expired_credentials_of_the_environment_are_reported(calls, monkeypatch):
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z")
    with pytest.raises(errors.BadCredentials, match="have expired") as caught:
        clients_for().ivs(channel()).keys_of(channel().text)
    assert "AWS_CREDENTIAL_EXPIRATION" in caught.value.remedy


def test_an_invalid_expiration_is_a_settings_error(calls, monkeypatch):
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "tomorrowish")
    with pytest.raises(errors.BadSettings, match="No client for IVS") as caught:
        clients_for().ivs(channel())
    assert "tomorrowish" in caught.value.got


def test_skip_metadata_api_check_prevents_calls_to_the_metadata_service():
    def methods(settings):
        credentials = ConfiguredCredentials(Session(), settings, lambda service, **options: None)
        return {provider.METHOD for provider in credentials._chain.providers}

    assert "iam-role" in methods(Settings())
    assert "iam-role" not in methods(Settings(skip_metadata=True))
