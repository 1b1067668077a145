from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from moto.sts.models import STSBackend

from rehearsal import ProviderError
from rehearsal_aws.resources.connection import Connection, connect

KEYS = {"accessKey": "AKIATESTING", "secretKey": "testing"}
ROLE = "arn:aws:iam::222222222222:role/deploy"


def snake_case(name: str) -> str:
    return re.sub("([A-Z])", lambda match: f"_{match[1].lower()}", name)


@contextlib.contextmanager
def record_moto_calls(method: str, seen: list[dict[str, Any]]) -> Iterator[None]:
    original = getattr(STSBackend, method)

    def record(self: STSBackend, **arguments: Any) -> Any:
        seen.append(arguments)
        return original(self, **arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(STSBackend, method, record)
        yield


@pytest.fixture(autouse=True)
def _no_region(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)


def test_the_configs_region_takes_precedence_over_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-2")
    assert Connection({}).region == "eu-west-2"
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert Connection({}).region == "eu-west-1"
    assert Connection({"region": "us-east-1"}).region == "us-east-1"


def test_a_missing_region_is_an_error_with_a_remedy() -> None:
    with pytest.raises(
        ProviderError, match=r"^aws:region: expected a region such as us-east-1, got nothing; run `pulu"
    ):
        _ = Connection({}).region


def test_default_tags_can_be_data_or_json() -> None:
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


def test_there_is_one_client_per_service_and_region() -> None:
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


def test_an_invalid_setting_in_a_state_is_a_clear_error() -> None:
    with pytest.raises(ProviderError, match=r"^aws:profile: expected one that is there \(.*\), got 'nobody'; "):
        Connection({"profile": "nobody"}).client("ivs", "us-east-1")
    with pytest.raises(
        ProviderError, match=r"^aws:regionn: expected the name of a setting of pulumi-aws, got 'regionn'"
    ):
        Connection({**KEYS, "regionn": "us-east-1"}).client("ivs", "us-east-1")


@pytest.mark.parametrize(("name", "value"), [("AWS_RETRY_MODE", "bogus"), ("AWS_MAX_ATTEMPTS", "many")])
def test_a_variable_that_botocore_refuses_is_a_clear_error(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ProviderError, match=f"no client for ivs can be made: .*{value}.*; correct what it names"):
        Connection({"region": "us-east-1"}).client("ivs", "us-east-1")


def test_settings_without_effect_are_accepted() -> None:
    given = {"useFipsEndpoint": "true", "httpProxy": "http://nowhere", "customCaBundle": "/nowhere", "maxRetries": 3}
    Connection({**KEYS, **given, "skipCredentialsValidation": True}).client("ivs", "us-east-1")


def test_ignored_tag_prefixes_can_be_a_plain_mapping() -> None:
    assert Connection({"ignoreTags": json.dumps({"key_prefixes": ["cost:"]})}).ignores_tag("cost:centre")


def test_a_profile_and_its_keys_are_read_from_the_configured_files(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text("[vod]\naws_access_key_id = AKIAVOD\naws_secret_access_key = testing\n")
    files = json.dumps([str(tmp_path / "credentials")])
    client = Connection({"profile": "vod", "sharedCredentialsFiles": files}).client("ivs", "us-east-1")
    assert client._request_signer._credentials.access_key == "AKIAVOD"


def test_an_assumed_role_determines_the_account(shared_cloud: Any) -> None:
    connection = Connection(
        {"region": "us-east-1", "assumeRoles": json.dumps([{"roleArn": ROLE, "externalId": "external"}])}
    )
    assert connection.client("sts", "us-east-1").get_caller_identity()["Account"] == "222222222222"


@pytest.mark.parametrize("convert", [lambda name: name, snake_case], ids=["camelCase", "snake_case"])
def test_every_argument_of_a_role_is_passed_to_sts(shared_cloud: Any, convert: Callable[[str], str]) -> None:
    role = {
        "duration": "1h30m",
        "externalId": "external",
        "policy": "{}",
        "policyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
        "sessionName": "me",
        "sourceIdentity": "us",
        "tags": {"a_b": "c"},
        "transitiveTagKeys": ["a_b"],
    }
    seen: list[dict[str, Any]] = []
    connection = Connection(
        {
            "region": "us-east-1",
            "stsRegion": "eu-west-1",
            "assumeRoles": json.dumps([{"roleArn": ROLE, **{convert(name): value for name, value in role.items()}}]),
        }
    )
    with record_moto_calls("assume_role", seen):
        arn = connection.client("sts", "us-east-1").get_caller_identity()["Arn"]
    assert arn == "arn:aws:sts::222222222222:assumed-role/deploy/me"
    (recorded_call,) = seen
    assert (recorded_call["duration"], recorded_call["external_id"]) == (5400, "external")


def test_a_role_is_assumed_with_the_token_of_an_identity_provider(shared_cloud: Any, tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-elsewhere")
    identity = {"roleArn": ROLE, "webIdentityTokenFile": str(tmp_path / "token"), "sessionName": "me"}
    connection = Connection({"region": "us-east-1", "assumeRoleWithWebIdentity": json.dumps(identity)})
    arn = connection.client("sts", "us-east-1").get_caller_identity()["Arn"]
    assert arn == "arn:aws:sts::222222222222:assumed-role/deploy/me"
    assert connect({"assumeRoleWithWebIdentity": identity}) is not connect({"assumeRoleWithWebIdentity": identity})


def test_a_missing_token_file_is_a_clear_error(shared_cloud: Any, tmp_path: Path) -> None:
    identity = {"roleArn": ROLE, "webIdentityTokenFile": str(tmp_path / "nowhere")}
    connection = Connection({"region": "us-east-1", "assumeRoleWithWebIdentity": json.dumps(identity)})
    with pytest.raises(ProviderError, match=r"^aws:assumeRoleWithWebIdentity: .*No such file"):
        connection.client("ivs", "us-east-1")


def test_a_connection_is_shared_while_inputs_and_environment_are_equal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    first = connect({"region": "us-east-1"})
    assert connect({"region": "us-east-1"}) is first
    assert connect({"region": "eu-west-1"}) is not first
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:2")
    assert connect({"region": "us-east-1"}) is not first


def test_a_connection_with_expiring_credentials_is_not_shared() -> None:
    inputs = {"region": "us-east-1", "assumeRoles": [{"roleArn": ROLE}]}
    assert connect(inputs) is not connect(inputs)
