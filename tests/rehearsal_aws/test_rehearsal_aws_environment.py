from __future__ import annotations

import os
from pathlib import Path

import pytest
from botocore.session import Session

from rehearsal_aws.environment import ACCESS_KEY, client_environment, profiles

URL = "http://127.0.0.1:4000"
FILE = Path("config-file")


def test_clients_are_led_to_the_cloud_with_its_keys() -> None:
    environment = client_environment(URL, FILE, {})
    assert environment["AWS_ENDPOINT_URL"] == URL
    assert environment["AWS_ACCESS_KEY_ID"] == ACCESS_KEY
    assert environment["AWS_CONFIG_FILE"] == "config-file"
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert environment["AWS_EC2_METADATA_DISABLED"] == "true"


@pytest.mark.parametrize("present", [{"AWS_REGION": "eu-west-1"}, {"AWS_DEFAULT_REGION": "eu-west-1"}])
def test_a_region_that_is_set_stays(present: dict[str, str]) -> None:
    environment = client_environment(URL, FILE, present)
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert client_environment(URL, FILE, {})["AWS_REGION"] == "us-east-1"


def test_whatever_would_lead_elsewhere_is_removed() -> None:
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


def test_no_proxy_comes_in_between() -> None:
    assert client_environment(URL, FILE, {})["no_proxy"] == "127.0.0.1"
    environment = client_environment(URL, FILE, {"NO_PROXY": "internal", "HTTPS_PROXY": "http://proxy"})
    assert environment["no_proxy"] == environment["NO_PROXY"] == "internal,127.0.0.1"


@pytest.mark.parametrize(
    ("name", "there"),
    [("video", {"default", "video"}), ("default", {"default"}), (None, {"default"}), ("", {"default"})],
)
def test_the_profile_of_the_config_is_there(
    name: str | None, there: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config"
    file.write_text(profiles(name), encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    assert set(Session().available_profiles) == there
    for profile in there:
        credentials = Session(profile=profile).get_credentials()
        assert credentials is not None
        assert credentials.access_key == ACCESS_KEY
