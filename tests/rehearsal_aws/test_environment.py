from __future__ import annotations

import os
import re
from pathlib import Path

import botocore
import pytest
from botocore.session import Session

from rehearsal_aws.environment import ACCESS_KEY, client_environment, profiles

URL = "http://127.0.0.1:4000"
FILE = Path("config-file")


def test_clients_reach_the_cloud_with_its_credentials() -> None:
    environment = client_environment(URL, FILE, {})
    assert environment["AWS_ENDPOINT_URL"] == URL
    assert environment["AWS_ACCESS_KEY_ID"] == ACCESS_KEY
    assert environment["AWS_CONFIG_FILE"] == "config-file"
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert environment["AWS_EC2_METADATA_DISABLED"] == "true"


@pytest.mark.parametrize("present", [{"AWS_REGION": "eu-west-1"}, {"AWS_DEFAULT_REGION": "eu-west-1"}])
def test_a_given_region_is_kept(present: dict[str, str]) -> None:
    environment = client_environment(URL, FILE, present)
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert client_environment(URL, FILE, {})["AWS_REGION"] == "us-east-1"


def test_variables_that_redirect_clients_are_removed() -> None:
    present = {
        "AWS_ENDPOINT_URL_IVS": "https://elsewhere",
        "AWS_PROFILE": "prod",
        "AWS_ROLE_ARN": "arn",
        "AWS_SESSION_TOKEN": "token",
        "AWS_WEB_IDENTITY_TOKEN_FILE": "file",
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    }
    environment = client_environment(URL, FILE, present)
    assert {name: environment[name] for name in present} == dict.fromkeys(present)


def variables_that_botocore_reads() -> set[str]:
    source = "".join(file.read_text(encoding="utf-8") for file in Path(botocore.__file__).parent.glob("*.py"))
    return set(re.findall(r"""['"]((?:AWS|BOTO)_[A-Z0-9_]+)['"]""", source))


# Variables that affect neither a client's credentials nor its endpoint.
KEPT = {
    "AWS_ACCOUNT_ID",
    "AWS_DATA_PATH",
    "AWS_DISABLE_HOST_PREFIX_INJECTION",
    "AWS_DISABLE_REQUEST_COMPRESSION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_MAX_ATTEMPTS",
    "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES",
    "AWS_RETRY_MODE",
    "AWS_SDK_UA_APP_ID",
    "BOTO_DISABLE_CRT",
    "BOTO_EXPERIMENTAL__ADD_PROXY_HOST_HEADER",
    "BOTO_EXPERIMENTAL__NO_EMPTY_CONTINUE",
}


def test_each_variable_of_botocore_is_set_removed_or_kept() -> None:
    names = variables_that_botocore_reads()
    assert {"AWS_CREDENTIAL_EXPIRATION", "AWS_PROFILE", "BOTO_CONFIG"} <= names
    environment = client_environment(URL, FILE, dict.fromkeys(names, "x"))
    assert names - environment.keys() == names & KEPT


def test_a_client_reaches_the_cloud_with_any_user_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in variables_that_botocore_reads() - KEPT | {"AWS_BEARER_TOKEN_IVS", "AWS_ENDPOINT_URL_IVS"}:
        monkeypatch.setenv(name, "true")
    monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z")
    file = tmp_path / "config"
    file.write_text(profiles(None), encoding="utf-8")
    for name, value in client_environment(URL, file, os.environ).items():
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    session = Session()
    assert session.create_client("ivs").meta.endpoint_url == URL
    credentials = session.get_credentials()
    assert credentials is not None
    frozen = credentials.get_frozen_credentials()
    assert (frozen.access_key, frozen.token) == (ACCESS_KEY, None)


def test_no_proxy_is_used() -> None:
    assert client_environment(URL, FILE, {})["no_proxy"] == "127.0.0.1"
    environment = client_environment(URL, FILE, {"NO_PROXY": "internal", "HTTPS_PROXY": "http://proxy"})
    assert environment["no_proxy"] == environment["NO_PROXY"] == "internal,127.0.0.1"


@pytest.mark.parametrize(
    ("name", "available"),
    [("video", {"default", "video"}), ("default", {"default"}), (None, {"default"}), ("", {"default"})],
)
def test_the_configs_profile_exists(
    name: str | None, available: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config"
    file.write_text(profiles(name), encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    assert set(Session().available_profiles) == available
    for profile in available:
        credentials = Session(profile=profile).get_credentials()
        assert credentials is not None
        assert credentials.access_key == ACCESS_KEY
