import importlib.util
import json
from pathlib import Path

import pytest

from ivs_stream_key import settings
from ivs_stream_key.arns import CHANNEL, parse
from ivs_stream_key.errors import BadSettings
from ivs_stream_key.settings import Settings, environment_only, problems, read

ARN = parse("arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh", CHANNEL)

# Every name that pulumi-aws 7 reads from the config, as its config module has them, and assumeRole of its version 6.
PULUMI_AWS = [
    "accessKey",
    "allowedAccountIds",
    "assumeRole",
    "assumeRoleWithWebIdentity",
    "assumeRoles",
    "customCaBundle",
    "defaultTags",
    "ec2MetadataServiceEndpoint",
    "ec2MetadataServiceEndpointMode",
    "endpoints",
    "forbiddenAccountIds",
    "httpProxy",
    "httpsProxy",
    "ignoreTags",
    "insecure",
    "maxRetries",
    "noProxy",
    "profile",
    "region",
    "retryMode",
    "s3UsEast1RegionalEndpoint",
    "s3UsePathStyle",
    "secretKey",
    "sharedConfigFiles",
    "sharedCredentialsFiles",
    "skipCredentialsValidation",
    "skipMetadataApiCheck",
    "skipRegionValidation",
    "skipRequestingAccountId",
    "stsRegion",
    "tagPolicyCompliance",
    "token",
    "tokenBucketRateLimiterCapacity",
    "useDualstackEndpoint",
    "useFipsEndpoint",
    "userAgents",
]


def config(**values):
    return {f"aws:{name}": value for name, value in values.items()}.get


def test_no_config_leaves_all_to_the_environment():
    assert read(environment_only) == read(config(region="us-west-2")) == Settings()


def test_the_config_arrives_as_strings_and_json_and_is_read_as_what_it_means():
    found = read(
        config(
            profile="broadcast",
            accessKey="AKIA",
            secretKey="secret",
            token="token",
            endpoints='[{"s3": "http://localhost:1"}, {"ivs": "http://localhost:2"}]',
            sharedConfigFiles='["/etc/aws/config"]',
            sharedCredentialsFiles='["/etc/aws/credentials"]',
            maxRetries="25",
            retryMode="adaptive",
            useFipsEndpoint="true",
            useDualstackEndpoint="false",
            customCaBundle="/etc/ca.pem",
            insecure="true",
            allowedAccountIds='["123456789012"]',
            forbiddenAccountIds='["210987654321"]',
        )
    )
    assert found == Settings(
        profile="broadcast",
        access_key="AKIA",
        secret_key="secret",
        token="token",
        endpoint="http://localhost:2",
        config_file="/etc/aws/config",
        credentials_file="/etc/aws/credentials",
        attempts=25,
        retry_mode="adaptive",
        fips=True,
        dualstack=False,
        ca_bundle="/etc/ca.pem",
        insecure=True,
        allowed_accounts=("123456789012",),
        forbidden_accounts=("210987654321",),
    )


def test_values_that_are_no_longer_json_are_read_alike():
    found = read(config(endpoints=[{"ivs": "https://ivs"}], maxRetries=3.0, insecure=False, allowedAccountIds=["1"]))
    assert found == Settings(endpoint="https://ivs", attempts=3, allowed_accounts=("1",))


def test_the_last_endpoint_for_ivs_counts():
    assert read(config(endpoints='[{"ivs": "http://a"}, {"ivs": "http://b"}]')).endpoint == "http://b"


@pytest.mark.parametrize("empty", ["", "[]", "{}", [], {}, "null"])
@pytest.mark.parametrize("name", ["assumeRoles", "endpoints", "allowedAccountIds", "maxRetries", "ignoreTags"])
def test_what_is_empty_is_not_set(name, empty):
    assert read(config(**{name: empty})) == Settings()


@pytest.mark.parametrize("name", settings.REFUSED)
def test_a_setting_that_nothing_honours_is_refused_by_name_with_what_serves_instead(name):
    with pytest.raises(BadSettings, match=f"aws:{name} ") as caught:
        read(config(**{name: json.dumps([{"roleArn": "arn:aws:iam::123456789012:role/r"}])}))
    assert caught.value.remedy == settings.REFUSED[name]


def test_every_setting_of_pulumi_aws_is_in_the_table():
    table = settings.__doc__ or ""
    listed = {
        name
        for name in PULUMI_AWS
        if f"{name} " in table or f"{name}``" in table or name.startswith(("skip", "s3", "ec2MetadataServiceEndpoint"))
    }
    assert listed == set(PULUMI_AWS)


def test_the_names_are_still_those_of_the_installed_pulumi_aws():
    # As text: importing pulumi_aws takes seconds.
    (folder,) = importlib.util.find_spec("pulumi_aws").submodule_search_locations
    text = (Path(folder) / "config" / "vars.py").read_text()
    named = {line.split("'")[1] for line in text.splitlines() if "__config__.get" in line}
    assert "assumeRoles" in named
    assert named <= set(PULUMI_AWS)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("profile", 1.0, "a string"),
        ("useFipsEndpoint", "maybe", "true or false"),
        ("insecure", 1.0, "true or false"),
        ("allowedAccountIds", "123456789012", "a list of strings"),
        ("allowedAccountIds", "[123456789012]", "a list of strings"),
        ("endpoints", "http://localhost", 'a list such as [{"ivs": "https://…"}]'),
        ("endpoints", '{"ivs": "http://localhost"}', 'a list such as [{"ivs": "https://…"}]'),
        ("endpoints", '["http://localhost"]', 'a list such as [{"ivs": "https://…"}]'),
        ("endpoints", '[{"ivs": "localhost:4566"}]', "for ivs a URL with http:// or https://"),
        ("endpoints", '[{"ivs": 1}]', "for ivs a URL with http:// or https://"),
        ("maxRetries", "many", "a whole number of attempts, 1 or more"),
        ("maxRetries", "0", "a whole number of attempts, 1 or more"),
        ("maxRetries", "1.5", "a whole number of attempts, 1 or more"),
        ("maxRetries", "true", "a whole number of attempts, 1 or more"),
        ("retryMode", "eager", "standard or adaptive"),
        ("sharedConfigFiles", '["/a", "/b"]', "one file"),
        ("sharedCredentialsFiles", '["/a", "/b"]', "one file"),
    ],
)
def test_a_setting_that_makes_no_sense_is_an_error_that_names_it(name, value, expected):
    with pytest.raises(BadSettings, match=f"aws:{name} ") as caught:
        read(config(**{name: value}))
    assert caught.value.expected == expected


@pytest.mark.parametrize("given", [{"accessKey": "s3cret"}, {"secretKey": "s3cret"}, {"token": "s3cret"}])
def test_half_of_a_set_of_credentials_is_an_error_that_quotes_none_of_it(given):
    with pytest.raises(BadSettings) as caught:
        read(config(**given))
    assert caught.value.got == f"only aws:{next(iter(given))}"
    assert "s3cret" not in str(caught.value)


def test_every_problem_is_found_at_once():
    found = [str(p) for p in problems(config(assumeRoles='[{"roleArn": "r"}]', maxRetries="x", insecure="x"))]
    assert [name for name in ("assumeRoles", "insecure", "maxRetries") if any(f"aws:{name} " in p for p in found)] == [
        "assumeRoles",
        "insecure",
        "maxRetries",
    ]
    assert len(found) == 3


def test_credentials_are_in_no_repr():
    shown = repr(Settings(access_key="s3cret-1", secret_key="s3cret-2", token="s3cret-3"))
    assert "s3cret" not in shown


def test_an_account_that_is_not_allowed_or_is_forbidden_is_refused():
    Settings(allowed_accounts=("1", ARN.account), forbidden_accounts=("2",)).permit(ARN)
    with pytest.raises(BadSettings, match="does not allow") as caught:
        Settings(allowed_accounts=("1",)).permit(ARN)
    assert caught.value.got == ARN.account
    with pytest.raises(BadSettings, match="forbids") as caught:
        Settings(forbidden_accounts=("1", ARN.account)).permit(ARN)
    assert caught.value.resource == ARN.text
