from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from installed_pulumi_aws import source
from rehearsal.provider import UNKNOWN
from rehearsal_aws.resources.provider_settings import problems, read
from rehearsal_aws.resources.setting_kinds import NAMES

ROLE = "arn:aws:iam::222222222222:role/deploy"


def problems_of(**inputs: Any) -> list[str]:
    return list(problems(inputs, "aws:"))


def test_service_names_are_pulumi_awss_endpoint_names() -> None:
    fields = source("_inputs.py").split("class ProviderEndpointArgsDict")[1].split("class ProviderEndpointArgs:")[0]
    names = re.findall(r"^ +(\w+): NotRequired", fields, re.MULTILINE)
    assert len(names) > 200
    assert problems_of(endpoints=[dict.fromkeys(names, "http://127.0.0.1:1")]) == []


def test_values_other_than_text_are_json_with_either_spelling() -> None:
    roles = [{"role_arn": ROLE, "policyArns": ["a"], "tags": {"a_b": "c"}}]
    given = {"assumeRoles": json.dumps(roles), "insecure": "true", "maxRetries": "3", "token": "true", "profile": ""}
    assert read(given) == {
        "assumeRoles": [{"roleArn": ROLE, "policyArns": ["a"], "tags": {"a_b": "c"}}],
        "insecure": True,
        "maxRetries": 3,
        "token": "true",
    }


def test_all_settings_of_pulumi_aws_are_accepted() -> None:
    given = {
        "accessKey": "a",
        "allowedAccountIds": ["1"],
        "assumeRoleWithWebIdentity": {"roleArn": ROLE, "webIdentityToken": "t", "duration": "1h"},
        "assumeRoles": [{"roleArn": ROLE, "tags": {"a": "b"}, "transitiveTagKeys": ["a"], "policyArns": ["p"]}],
        "customCaBundle": "/a",
        "defaultTags": {"tags": {"a": "b"}},
        "ec2MetadataServiceEndpoint": "http://a",
        "ec2MetadataServiceEndpointMode": "ipv6",
        "endpoints": [{"ivs": "http://127.0.0.1:1"}],
        "forbiddenAccountIds": [],
        "httpProxy": "http://a",
        "httpsProxy": "http://a",
        "ignoreTags": {"keys": ["a"], "keyPrefixes": ["b"]},
        "insecure": "false",
        "maxRetries": "25",
        "noProxy": "a",
        "region": "us-east-1",
        "retryMode": "adaptive",
        "s3UsEast1RegionalEndpoint": "legacy",
        "s3UsePathStyle": True,
        "secretKey": "b",
        "sharedConfigFiles": ["/a"],
        "sharedCredentialsFiles": ["/b"],
        "skipCredentialsValidation": "false",
        "skipMetadataApiCheck": "true",
        "skipRegionValidation": "true",
        "skipRequestingAccountId": "true",
        "stsRegion": "eu-west-1",
        "tagPolicyCompliance": "warning",
        "token": "t",
        "tokenBucketRateLimiterCapacity": 0,
        "useDualstackEndpoint": "true",
        "useFipsEndpoint": "true",
        "userAgents": ["a/1"],
    }
    assert set(given) | {"profile"} == NAMES
    assert problems_of(**given) == []
    assert (
        problems_of(**{name: value if isinstance(value, str) else json.dumps(value) for name, value in given.items()})
        == []
    )


def test_unknown_values_are_valid() -> None:
    assert problems_of(**dict.fromkeys(NAMES, UNKNOWN)) == []
    assert (
        problems_of(assumeRoles=[UNKNOWN, {"roleArn": UNKNOWN}], endpoints=[{"ivs": UNKNOWN}], region="us-east-1") == []
    )


@pytest.mark.parametrize(
    ("inputs", "line"),
    [
        (
            {"regionn": "us-east-1"},
            "regionn: expected the name of a setting of pulumi-aws, got 'regionn'; did you mean region?",
        ),
        (
            {"max_retries": "3"},
            "max_retries: expected the name of a setting of pulumi-aws, got 'max_retries'; did you mean maxRetries?",
        ),
        (
            {"assumeRole": '{"roleArn": "arn"}'},
            "assumeRole: expected the name of a setting of pulumi-aws, got 'assumeRole'; did you mean assumeRoles?",
        ),
        ({"zzz": "1"}, "zzz: expected the name of a setting of pulumi-aws, got 'zzz'"),
        ({"version": "7.0.0"}, "version: expected the name of a setting of pulumi-aws, got 'version'"),
        ({"profile": 3}, "profile: expected text, got a number"),
        ({"insecure": "yes"}, "insecure: expected true or false, got other text"),
        ({"maxRetries": "often"}, "maxRetries: expected a whole number, 0 or more, got other text"),
        ({"maxRetries": "1.5"}, "maxRetries: expected a whole number, 0 or more, got a number"),
        ({"maxRetries": "-1"}, "maxRetries: expected a whole number, 0 or more, got a number"),
        ({"maxRetries": "NaN"}, "maxRetries: expected a whole number, 0 or more, got a number"),
        ({"maxRetries": "Infinity"}, "maxRetries: expected a whole number, 0 or more, got a number"),
        (
            {"assumeRoles": '[{"roleArn": "arn:aws:iam::1:role/x"}]'},
            "assumeRoles[0].roleArn: expected the ARN of a role, arn:aws:iam::ACCOUNT:role/NAME, whose account is",
        ),
        ({"allowedAccountIds": "[1"}, "allowedAccountIds: expected a list of texts, got other text"),
        ({"allowedAccountIds": "[1]"}, "allowedAccountIds: expected a list of texts, got a list"),
        ({"retryMode": "eager"}, "retryMode: expected standard or adaptive, got other text"),
        ({"defaultTags": "team"}, "defaultTags: expected a mapping, got other text"),
        ({"defaultTags": {"tags": {"a": 1}}}, "defaultTags.tags: expected a mapping of names to texts, got a mapping"),
        ({"defaultTags": {"team": "a"}}, "defaultTags.team: expected one of tags, got another name"),
        ({"ignoreTags": [{"keys": ["a"]}]}, "ignoreTags: expected a mapping, got a list"),
        ({"assumeRoles": {"roleArn": ROLE}}, "assumeRoles: expected a list of mappings, got a mapping"),
        ({"assumeRoles": [{"sessionName": "a"}]}, "assumeRoles[0]: expected roleArn, got nothing"),
        (
            {"assumeRoles": [{"roleArn": ROLE, "duration": "long"}]},
            "assumeRoles[0].duration: expected a duration such as 1h30m, got other text",
        ),
        (
            {"assumeRoles": [{"roleArn": ROLE, "durationn": "1h"}]},
            "assumeRoles[0].durationn: expected one of duration, ",
        ),
        (
            {"assumeRoleWithWebIdentity": {"roleArn": ROLE}},
            "assumeRoleWithWebIdentity: expected webIdentityToken or webIdentityTokenFile, got neither",
        ),
        (
            {"endpoints": [{"ivs": "127.0.0.1"}]},
            "endpoints[0].ivs: expected a URL such as http://127.0.0.1:4566, got other text",
        ),
        (
            {"endpoints": [{"ivss": "http://a"}]},
            "endpoints[0].ivss: expected the name of a service, got another; did you mean ivs?",
        ),
        ({"accessKey": "a"}, "secretKey: expected accessKey and secretKey together, got accessKey alone"),
        ({"token": "a"}, "accessKey: expected accessKey and secretKey together, got token alone"),
        ({"region": "mars-1"}, "region: expected a region of AWS such as us-east-1, got 'mars-1'"),
        ({"stsRegion": "mars-1"}, "stsRegion: expected a region of AWS such as us-east-1, got 'mars-1'"),
        ({"profile": "nobody"}, "profile: expected one that is there (default), got 'nobody'"),
        ({"sharedConfigFiles": ["/a", "/b"]}, "sharedConfigFiles: expected one file, got 2"),
    ],
    ids=lambda value: value.partition(": ")[0] if isinstance(value, str) else "",
)
def test_an_invalid_setting_is_one_line_that_names_it(
    inputs: dict[str, Any], line: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text("[default]\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    (found,) = problems_of(**inputs)
    assert found.startswith(f"aws:{line}")
    assert ("did you mean" in found) is ("did you mean" in line)
    assert "\n" not in found


SECRET = "hunter2"


@pytest.mark.parametrize("name", sorted(NAMES - {"profile", "region", "stsRegion"}))
@pytest.mark.parametrize("value", [SECRET, [SECRET], {SECRET: SECRET}, [{"roleArn": {SECRET: SECRET}}]], ids=repr)
def test_only_regions_and_profiles_are_quoted(name: str, value: Any) -> None:
    assert not re.search(rf"(got|expected) .*{SECRET}", "\n".join(problems_of(**{name: value})))


def test_a_snake_case_role_is_refused_unless_credentials_validation_is_skipped() -> None:
    roles = [{"role_arn": ROLE, "session_name": "me"}]
    (line,) = problems_of(assumeRoles=json.dumps(roles))
    assert line.startswith("aws:assumeRoles[0].roleArn: expected this spelling, got role_arn, ")
    assert line.endswith("or aws.ProviderAssumeRoleArgs(role_arn=…) for the mapping")
    assert problems_of(assumeRoles=json.dumps(roles), skipCredentialsValidation="true") == []
    assert problems_of(assumeRoles=json.dumps([{"roleArn": ROLE, "session_name": "me"}])) == []
    identity = {"role_arn": ROLE, "web_identity_token": "t"}
    assert len(problems_of(assumeRoleWithWebIdentity=json.dumps(identity))) == 2
    assert problems_of(assumeRoleWithWebIdentity=json.dumps(identity), skipCredentialsValidation="true") == []
