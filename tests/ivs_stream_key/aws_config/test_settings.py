import re
from dataclasses import fields
from pathlib import Path

import pytest

from installed_pulumi_aws import setting_names
from ivs_stream_key.aws.arns import CHANNEL, parse
from ivs_stream_key.aws_config.assume_role import Role, WebIdentity
from ivs_stream_key.aws_config.setting_values import CONNECTION, Values
from ivs_stream_key.aws_config.settings import (
    NAMES,
    SETTINGS,
    WITHOUT_EFFECT,
    Proxies,
    Settings,
    config_values,
    environment_only,
    problems,
    read,
)
from ivs_stream_key.errors import BadSettings

ROLE = "arn:aws:iam::123456789012:role/"
ARN = parse("arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh", CHANNEL)


def config(**values):
    return config_values({f"aws:{name}": value for name, value in values.items()}.get)


def test_without_config_the_environment_applies():
    assert read(config_values(environment_only)) == read(config(region="us-west-2")) == Settings()


def test_config_values_are_parsed_from_strings_and_json():
    found = read(
        config(
            profile="broadcast",
            accessKey="AKIA",
            secretKey="secret",
            token="token",
            assumeRoles=f'[{{"roleArn": "{ROLE}1"}}, {{"roleArn": "{ROLE}2", "externalId": "x"}}]',
            assumeRoleWithWebIdentity=f'{{"roleArn": "{ROLE}3", "webIdentityTokenFile": "/token"}}',
            endpoints='[{"s3": "http://localhost:1"}, {"ivs": "http://localhost:2", "sts": "https://sts"}]',
            stsRegion="eu-west-1",
            ec2MetadataServiceEndpoint="http://metadata",
            ec2MetadataServiceEndpointMode="ipv6",
            skipMetadataApiCheck="true",
            httpProxy="http://proxy:1",
            httpsProxy="http://proxy:2",
            noProxy="localhost",
            userAgents='["shop/1.0"]',
            sharedConfigFiles='["/etc/aws/config", "/a"]',
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
        roles=(Role(f"{ROLE}1"), Role(f"{ROLE}2", external_id="x")),
        web_identity=WebIdentity(f"{ROLE}3", token_file="/token"),
        endpoint="http://localhost:2",
        sts_endpoint="https://sts",
        sts_region="eu-west-1",
        metadata_endpoint="http://metadata",
        metadata_mode="IPv6",
        skip_metadata=True,
        proxies=Proxies("http://proxy:1", "http://proxy:2", "localhost"),
        user_agents=("shop/1.0",),
        config_files=("/etc/aws/config", "/a"),
        credentials_files=("/etc/aws/credentials",),
        attempts=25,
        retry_mode="adaptive",
        fips=True,
        dualstack=False,
        ca_bundle="/etc/ca.pem",
        insecure=True,
        allowed_accounts=("123456789012",),
        forbidden_accounts=("210987654321",),
    )


def test_already_parsed_values_are_read_alike():
    found = read(config(endpoints=[{"ivs": "https://ivs"}], maxRetries=3.0, insecure=False, allowedAccountIds=["1"]))
    assert found == Settings(endpoint="https://ivs", attempts=3, allowed_accounts=("1",))


def test_the_last_endpoint_for_ivs_wins():
    assert read(config(endpoints='[{"ivs": "http://a"}, {"ivs": "http://b"}]')).endpoint == "http://b"


@pytest.mark.parametrize("empty", ["", "[]", "{}", [], {}, "null"])
@pytest.mark.parametrize("name", ["assumeRoles", "endpoints", "allowedAccountIds", "maxRetries", "ignoreTags"])
def test_empty_values_are_unset(name, empty):
    assert read(config(**{name: empty})) == Settings()


def names_in(cells):
    return sorted(name for cell in cells for name in re.findall(r"[a-zA-Z0-9]{2,}", cell))


def documented_rows():
    page = (Path(__file__).parents[3] / "docs" / "settings.md").read_text(encoding="utf-8")
    return [line.split("|")[1:3] for line in page.splitlines() if line.startswith("| `")]


def test_every_setting_of_pulumi_aws_is_in_the_docs_once():
    assert names_in(names for names, _ in documented_rows()) == sorted(NAMES)


def test_the_docs_list_the_settings_without_effect():
    assert names_in(names for names, text in documented_rows() if text.startswith(" No effect")) == sorted(
        WITHOUT_EFFECT
    )
    honoured = names_in(names for names, text in documented_rows() if text.startswith(" Honoured"))
    assert honoured == sorted(name for setting in SETTINGS for name in setting.names)


def test_no_setting_is_declared_twice():
    declared = [*WITHOUT_EFFECT, *(name for setting in SETTINGS for name in setting.names)]
    assert sorted(declared) == list(NAMES)


def test_every_field_belongs_to_a_setting():
    assert {one.name for one in fields(Settings) if not one.metadata} == {"naming"}
    assert all(one.metadata for one in fields(Proxies))


def test_the_names_are_still_those_of_the_installed_pulumi_aws():
    assert setting_names() == set(NAMES) - {"assumeRole"}


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("profile", 1.0, "a string"),
        ("useFipsEndpoint", "maybe", "true or false"),
        ("insecure", 1.0, "true or false"),
        ("allowedAccountIds", "123456789012", "a list of strings"),
        ("allowedAccountIds", "[123456789012]", "a list of strings"),
        ("endpoints", "http://localhost", "a list of mappings"),
        ("endpoints", '{"ivs": "http://localhost"}', "a list of mappings"),
        ("endpoints", '["http://localhost"]', "a list of mappings"),
        ("maxRetries", "many", "a whole number, 1 or more"),
        ("maxRetries", "0", "a whole number, 1 or more"),
        ("maxRetries", "1.5", "a whole number, 1 or more"),
        ("maxRetries", "true", "a whole number, 1 or more"),
        ("maxRetries", "NaN", "a whole number, 1 or more"),
        ("maxRetries", "-Infinity", "a whole number, 1 or more"),
        ("maxRetries", "1e400", "a whole number, 1 or more"),
        ("maxRetries", "1" + "0" * 400, "a whole number, 1 or more"),
        ("maxRetries", "-1" + "0" * 400, "a whole number, 1 or more"),
        ("maxRetries", 10**400, "a whole number, 1 or more"),
        ("maxRetries", 2**63, "a whole number, 1 or more"),
        ("maxRetries", 1e300, "a whole number, 1 or more"),
        ("maxRetries", "1" + "0" * 5000, "a whole number, 1 or more"),
        ("maxRetries", float("nan"), "a whole number, 1 or more"),
        ("allowedAccountIds", "[" * 5000 + "]" * 5000, "a list of strings"),
        ("allowedAccountIds", "[" * 400 + "]" * 400, "a list of strings"),
        ("userAgents", '["shop/1.0\\n"]', "text without control characters"),
        ("userAgents", ["a\x00b"], "text without control characters"),
        ("customCaBundle", "/ca.pem\0", "text without control characters"),
        ("profile", "vod\n", "text without control characters"),
        ("retryMode", "eager", "standard or adaptive"),
        ("stsRegion", 1.0, "a string"),
        ("ec2MetadataServiceEndpoint", "169.254.169.254", "a URL with http:// or https://"),
        ("ec2MetadataServiceEndpointMode", "IPv5", "IPv4 or IPv6"),
        ("skipMetadataApiCheck", "perhaps", "true or false"),
        ("httpProxy", "proxy:3128", "a URL with http:// or https://"),
        ("httpsProxy", "socks5://proxy", "a URL with http:// or https://"),
        ("noProxy", ["localhost"], "a string"),
        ("userAgents", "shop/1.0", "a list of strings"),
        ("defaultTags", '{"tags": ["team"]}', "a mapping of strings to strings"),
        ("ignoreTags", '["team"]', "a mapping with keys, keyPrefixes"),
        ("sharedConfigFiles", "/a", "a list of strings"),
        ("sharedCredentialsFiles", "[1]", "a list of strings"),
    ],
)
def test_an_invalid_setting_is_an_error_that_names_it(name, value, expected):
    with pytest.raises(BadSettings, match=rf"aws:{name}(\.tags)? ") as caught:
        read(config(**{name: value}))
    assert caught.value.expected == expected


@pytest.mark.parametrize(("service", "url"), [("ivs", "localhost:4566"), ("sts", 1.0), ("ivs", "http://")])
def test_an_invalid_endpoint_is_named_with_its_path(service, url):
    with pytest.raises(BadSettings, match=rf"aws:endpoints\[1\]\.{service} ") as caught:
        read(config(endpoints=[{"s3": "http://s3"}, {service: url}]))
    assert f"--path 'aws:endpoints[1].{service}'" in caught.value.remedy


def test_an_invalid_proxy_is_not_quoted():
    with pytest.raises(BadSettings) as caught:
        read(config(httpsProxy="user:s3cret@proxy:3128"))
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("given", [{"accessKey": "s3cret"}, {"secretKey": "s3cret"}, {"token": "s3cret"}])
def test_incomplete_credentials_are_an_error_and_not_quoted(given):
    with pytest.raises(BadSettings) as caught:
        read(config(**given))
    assert caught.value.got == f"only aws:{next(iter(given))}"
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("name", ["accessKey", "secretKey", "token"])
def test_a_line_break_in_a_credential_is_refused_before_a_call_and_not_quoted(name):
    given = {"accessKey": "AKIA", "secretKey": "s", "token": "t", name: "hunter2\n"}
    with pytest.raises(BadSettings, match=f"aws:{name} ") as caught:
        read(config(**given))
    assert caught.value.got == "a string of 8 characters with a control character (U+000A) at its end"


def test_text_that_may_have_several_lines_is_accepted():
    assert read(config(noProxy="a,\nb", userAgents=["a\tb"])).proxies == Proxies(none_for="a,\nb")


def test_every_problem_is_found_at_once():
    found = [str(p) for p in problems(config(assumeRoles='[{"roleArn": "r"}]', maxRetries="x", insecure="x"))]
    assert sorted(p.split()[2] for p in found) == ["aws:assumeRoles[0].roleArn", "aws:insecure", "aws:maxRetries"]


def test_errors_use_the_connections_own_spelling():
    found = problems(Values.within({"max_retries": "x", "assume_roles": [{"role_arn": "r"}]}, CONNECTION))
    assert sorted(str(p).split()[2] for p in found) == ["connection.assume_roles[0].role_arn", "connection.max_retries"]


def test_credentials_are_in_no_repr():
    text = repr(
        Settings(
            access_key="s3cret-1",
            secret_key="s3cret-2",
            token="s3cret-3",
            proxies=Proxies("http://:s3cret-4@a", "http://:s3cret-5@b"),
            web_identity=WebIdentity("r", token="s3cret-6"),
        )
    )
    assert "s3cret" not in text


@pytest.mark.parametrize("name", ["httpProxy", "httpsProxy"])
def test_a_proxy_with_an_unescaped_password_is_refused_with_a_remedy(name):
    with pytest.raises(BadSettings, match=f"aws:{name} ") as caught:
        read(config(**{name: "http://user:hunter2#@proxy:3128"}))
    assert "hunter2" not in str(caught.value)
    assert "%23" in caught.value.remedy


def test_uppercase_schemes_are_accepted():
    found = read(config(httpProxy="HTTP://u:p@proxy", endpoints=[{"ivs": "HTTPS://ivs"}]))
    assert found == Settings(proxies=Proxies(http="http://u:p@proxy"), endpoint="https://ivs")


def test_a_state_with_user_info_in_an_endpoint_refreshes_without_sending_or_showing_it():
    found = read(config(endpoints=[{"ivs": "http://u:hunter2@ivs:1/", "sts": "http://u@sts"}]))
    assert found == Settings(endpoint="http://ivs:1/", sts_endpoint="http://sts")


def test_the_error_does_not_list_the_allowed_accounts():
    with pytest.raises(BadSettings) as caught:
        Settings(allowed_accounts=("hunter2", "1")).permit(ARN)
    assert caught.value.expected == "one of the 2 in aws:allowedAccountIds"


def test_an_account_that_is_not_allowed_or_is_forbidden_is_refused():
    Settings(allowed_accounts=("1", ARN.account), forbidden_accounts=("2",)).permit(ARN)
    with pytest.raises(BadSettings, match="does not allow") as caught:
        Settings(allowed_accounts=("1",)).permit(ARN)
    assert caught.value.got == ARN.account
    with pytest.raises(BadSettings, match="forbids") as caught:
        Settings(forbidden_accounts=("1", ARN.account)).permit(ARN)
    assert caught.value.resource == ARN.text


def test_a_refused_account_is_an_error_that_names_the_setting():
    forbidding = Settings(forbidden_accounts=(ARN.account,), naming=CONNECTION)
    with pytest.raises(BadSettings, match=r"connection\.forbidden_account_ids forbids"):
        forbidding.permit(ARN)
