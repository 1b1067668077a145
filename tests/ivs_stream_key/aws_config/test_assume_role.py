import json

import pytest

from ivs_stream_key.aws_config.assume_role import Role, WebIdentity, roles, web_identity
from ivs_stream_key.aws_config.settings import config_values
from ivs_stream_key.errors import BadSettings

ROLE = "arn:aws:iam::123456789012:role/path/live"
POLICY = {"Version": "2012-10-17", "Statement": []}
ALL = {
    "roleArn": ROLE,
    "sessionName": "deploy",
    "duration": "30m",
    "externalId": "x",
    "policy": json.dumps(POLICY),
    "policyArns": ["arn:aws:iam::aws:policy/ReadOnlyAccess"],
    "sourceIdentity": "me",
    "tags": {"team": "live"},
    "transitiveTagKeys": ["team"],
}
WEB = {"roleArn": ROLE, "webIdentityToken": "t0ken"}


def config(**values):
    return config_values({f"aws:{name}": json.dumps(value) for name, value in values.items()}.get)


def test_every_argument_of_a_role_is_sent_to_sts():
    (role,) = roles(config(assumeRoles=[ALL]))
    assert role.arn == ROLE
    assert {**role.arguments(), "Policy": json.loads(role.arguments()["Policy"])} == {
        "RoleSessionName": "deploy",
        "DurationSeconds": 1800,
        "ExternalId": "x",
        "Policy": POLICY,
        "PolicyArns": [{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
        "SourceIdentity": "me",
        "Tags": [{"Key": "team", "Value": "live"}],
        "TransitiveTagKeys": ["team"],
    }


def test_omitted_arguments_of_a_role_are_left_to_sts_except_the_session_name():
    (role,) = roles(config(assumeRoles=[{"roleArn": ROLE}]))
    assert role.arguments() == {"RoleSessionName": "pulumi-ivs-stream-key"}


def test_roles_keep_their_order():
    arns = [f"{ROLE}{number}" for number in range(5)]
    assert [role.arn for role in roles(config(assumeRoles=[{"roleArn": arn} for arn in arns]))] == arns


def test_the_single_role_of_pulumi_aws_6_is_one_role():
    assert roles(config(assumeRole={"roleArn": ROLE})) == (Role(ROLE),)


def test_assume_role_and_assume_roles_are_mutually_exclusive():
    with pytest.raises(BadSettings, match="aws:assumeRole and aws:assumeRoles"):
        roles(config(assumeRole={"roleArn": ROLE}, assumeRoles=[{"roleArn": ROLE}]))


@pytest.mark.parametrize("arn", ["arn:aws:iam::1:role/x", None, "", "live", "arn:aws:iam::123456789012:user/live"])
def test_a_role_needs_a_role_arn(arn):
    with pytest.raises(BadSettings, match=r"aws:assumeRoles\[1\]\.roleArn ") as caught:
        roles(config(assumeRoles=[{"roleArn": ROLE}, {"roleArn": arn, "sessionName": "x"}]))
    assert caught.value.expected == "arn:aws:iam::ACCOUNT:role/NAME"


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"duration": "5m"}, "duration"),
        ({"policy": "no JSON"}, "policy"),
        ({"policyArns": "x"}, "policyArns"),
        ({"tags": ["x"]}, "tags"),
        ({"transitiveTagKeys": {"a": "b"}}, "transitiveTagKeys"),
    ],
)
def test_an_invalid_role_argument_is_named_with_its_path(wrong, name):
    with pytest.raises(BadSettings, match=rf"aws:assumeRoles\[0\]\.{name} "):
        roles(config(assumeRoles=[{"roleArn": ROLE, **wrong}]))


def test_a_web_identity_needs_a_token_or_a_token_file():
    assert web_identity(config()) is None
    assert web_identity(config(assumeRoleWithWebIdentity=WEB)) == WebIdentity(ROLE, token="t0ken")
    for wrong, got in (({"webIdentityToken": None}, "neither"), ({"webIdentityTokenFile": "/t"}, "both")):
        with pytest.raises(BadSettings, match="aws:assumeRoleWithWebIdentity needs a token") as caught:
            web_identity(config(assumeRoleWithWebIdentity={**WEB, **wrong}))
        assert caught.value.got == got
        assert "t0ken" not in str(caught.value)


def test_secrets_are_in_no_repr():
    assert "s3cret" not in repr(Role(ROLE, external_id="s3cret")) + repr(WebIdentity(ROLE, token="s3cret"))
