from __future__ import annotations

import json
from typing import Any

import pytest

from rehearsal import ProviderError
from rehearsal_aws.connection import Connection, connect

KEYS = {"accessKey": "AKIATESTING", "secretKey": "testing"}
ROLE = "arn:aws:iam::222222222222:role/deploy"


@pytest.fixture(autouse=True)
def _no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)


def test_the_region_is_that_of_the_config_before_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    assert Connection({}).region == "eu-west-2"
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert Connection({}).region == "eu-west-1"
    assert Connection({"region": "us-east-1"}).region == "us-east-1"


def test_no_region_is_an_error_that_says_how_to_give_one() -> None:
    with pytest.raises(
        ProviderError, match=r"^aws:region: expected a region such as us-east-1, got nothing; run `pulu"
    ):
        _ = Connection({}).region


def test_default_tags_come_as_data_or_as_json() -> None:
    tags = {"tags": {"team": "video"}}
    assert Connection({"defaultTags": tags}).default_tags == {"team": "video"}
    assert Connection({"defaultTags": json.dumps(tags)}).default_tags == {"team": "video"}
    assert Connection({}).default_tags == {}


def test_tags_are_ignored_by_key_and_by_prefix() -> None:
    connection = Connection({"ignoreTags": {"keys": ["owner"], "keyPrefixes": ["cost:"]}})
    assert [connection.ignores_tag(key) for key in ("owner", "cost:centre", "owners", "team")] == [
        True,
        True,
        False,
        False,
    ]
    assert not Connection({}).ignores_tag("owner")


def test_a_client_is_made_once_a_service_and_region() -> None:
    connection = Connection({"region": "us-east-1", **KEYS})
    ivs = connection.client("ivs", "us-east-1")
    assert connection.client("ivs", "us-east-1") is ivs
    assert connection.client("ivs", "eu-west-1").meta.region_name == "eu-west-1"


def test_keys_and_endpoints_of_the_config_are_used() -> None:
    endpoints = [{"ssm": "http://127.0.0.1:1"}, {"ivs": "http://127.0.0.1:2"}]
    connection = Connection({**KEYS, "token": "session", "endpoints": endpoints})
    client = connection.client("ivs", "us-east-1")
    assert client.meta.endpoint_url == "http://127.0.0.1:2"
    credentials = client._request_signer._credentials
    assert (credentials.access_key, credentials.token) == ("AKIATESTING", "session")


def test_a_profile_that_is_not_there_is_a_clear_error() -> None:
    with pytest.raises(ProviderError, match=r"^aws:profile: The config profile \(nobody\) could not be found$"):
        Connection({"profile": "nobody"}).client("ivs", "us-east-1")


def test_a_setting_that_is_not_modelled_is_refused_by_name_unless_it_is_empty() -> None:
    with pytest.raises(ProviderError, match=r"^aws:useFipsEndpoint: rehearsal's aws provider does not model this"):
        Connection({**KEYS, "useFipsEndpoint": "true"}).client("ivs", "us-east-1")
    Connection({**KEYS, "useFipsEndpoint": "false", "httpProxy": ""}).client("ivs", "us-east-1")
    Connection({**KEYS, "skipCredentialsValidation": True, "maxRetries": 3}).client("ivs", "us-east-1")


def test_roles_are_assumed_and_lead_to_their_account(borrowed: Any) -> None:
    connection = Connection(
        {"region": "us-east-1", "assumeRoles": json.dumps([{"roleArn": ROLE, "externalId": "ours"}])}
    )
    assert connection.client("sts", "us-east-1").get_caller_identity()["Account"] == "222222222222"


@pytest.mark.parametrize(
    ("role", "reason"),
    [
        (
            {"roleArn": ROLE, "duration": "1h"},
            r"^aws:assumeRoles\[0\]\.duration: rehearsal's aws provider does not model",
        ),
        ({"sessionName": "me"}, r"^aws:assumeRoles\[0\]\.roleArn: expected the role's ARN, got nothing$"),
    ],
)
def test_a_role_that_can_not_be_assumed_as_told_is_refused(role: dict[str, str], reason: str) -> None:
    with pytest.raises(ProviderError, match=reason):
        Connection({"region": "us-east-1", "assumeRoles": [role], **KEYS}).client("ivs", "us-east-1")


def test_a_connection_is_shared_while_neither_inputs_nor_environment_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    first = connect({"region": "us-east-1"})
    assert connect({"region": "us-east-1"}) is first
    assert connect({"region": "eu-west-1"}) is not first
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:2")
    assert connect({"region": "us-east-1"}) is not first


def test_one_with_credentials_that_run_out_is_not_shared() -> None:
    inputs = {"region": "us-east-1", "assumeRoles": [{"roleArn": ROLE}]}
    assert connect(inputs) is not connect(inputs)
