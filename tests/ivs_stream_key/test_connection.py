import re
from dataclasses import dataclass

import pulumi
import pytest
from pulumi.output import UNKNOWN

from installed_pulumi_aws import SINCE_7_0, source
from ivs_stream_key import connection
from ivs_stream_key.aws_config.assume_role import Role
from ivs_stream_key.aws_config.default_tags import tagging
from ivs_stream_key.aws_config.setting_values import CONNECTION, snake_case
from ivs_stream_key.aws_config.settings import NAMES, Settings, problems, read
from ivs_stream_key.connection import (
    AssumeRole,
    AssumeRoleWithWebIdentity,
    Connection,
    connection_values,
    with_secrets,
)
from ivs_stream_key.errors import BadSettings

ROLE = "arn:aws:iam::123456789012:role/live"


def arguments_of(file, name):
    """Return the keyword arguments of pulumi_aws's class `name`."""
    body = source(file).split(f"class {name}:")[1].split('"""')[0]
    return set(re.findall(r"^ +(\w+): ", body.replace("__self__, *,", ""), re.MULTILINE))


def test_a_connection_has_the_arguments_of_an_aws_provider():
    later = set(map(snake_case, SINCE_7_0))
    assert set(Connection.__annotations__) == arguments_of("provider.py", "ProviderArgs") | later
    assert set(Connection.__annotations__) == set(map(snake_case, NAMES)) - {"assume_role"}


@pytest.mark.parametrize("kind", [AssumeRole, AssumeRoleWithWebIdentity])
def test_its_roles_have_the_arguments_of_pulumi_aws(kind):
    assert set(kind.__annotations__) == arguments_of("_inputs.py", f"Provider{kind.__name__}Args")


def test_a_connection_is_equivalent_to_the_config():
    given = Connection(
        profile="vod",
        assume_roles=[AssumeRole(role_arn=ROLE, session_name="deploy")],
        endpoints=[{"ivs": "http://ivs"}],
        max_retries=5,
        default_tags={"tags": {"team": "vod"}},
    )
    values = connection_values({**given, "max_retries": 5.0})
    assert read(values) == Settings(
        profile="vod", roles=(Role(ROLE, "deploy"),), endpoint="http://ivs", attempts=5, naming=CONNECTION
    )
    assert tagging(values).default == {"team": "vod"}


def test_an_unknown_setting_is_refused():
    with pytest.raises(BadSettings, match=r"no setting connection\.endpoint\.") as caught:
        connection_values({"endpoint": "http://ivs"})
    assert "endpoints" in caught.value.expected
    assert caught.value.remedy == "did you mean connection.endpoints? Correct the name, or leave it out."


def test_a_setting_known_only_to_the_installed_pulumi_aws_is_accepted(monkeypatch):
    monkeypatch.setattr(connection, "names_in_pulumi_aws", lambda: frozenset({"brandNew"}))
    assert connection.connection_values({"brand_new": 1.0}).names == ("brand_new",)


@pytest.mark.parametrize("connection", ["vod", ["vod"], 1.0])
def test_a_value_that_is_not_a_mapping_is_refused(connection):
    with pytest.raises(BadSettings, match="connection of a stream key"):
        connection_values(connection)


@pytest.mark.parametrize(
    "connection",
    [
        UNKNOWN,
        {"profile": UNKNOWN},
        {"access_key": "a", "secret_key": UNKNOWN},
        {"assume_roles": [{"role_arn": UNKNOWN}]},
        {"assume_roles": UNKNOWN, "insecure": UNKNOWN, "max_retries": UNKNOWN, "default_tags": UNKNOWN},
    ],
)
def test_unknown_values_are_no_problem(connection):
    assert list(problems(connection_values(connection))) == []


def test_known_values_are_checked_beside_unknown_ones():
    (problem,) = problems(connection_values({"profile": UNKNOWN, "max_retries": 0.0}))
    assert "connection.max_retries" in str(problem)


@dataclass(frozen=True)
class Secret:
    value: object


def test_credentials_and_proxies_are_marked_as_secrets():
    given = {
        "profile": "vod",
        "access_key": "a",
        "secret_key": "b",
        "token": None,
        "http_proxy": "http://u:p@a",
        "https_proxy": "http://u:p@b",
        "assume_role_with_web_identity": {"role_arn": ROLE, "web_identity_token": "t"},
    }
    before = dict(given)
    assert with_secrets(given, Secret) == {
        "profile": "vod",
        "access_key": Secret("a"),
        "secret_key": Secret("b"),
        "token": None,
        "http_proxy": Secret("http://u:p@a"),
        "https_proxy": Secret("http://u:p@b"),
        "assume_role_with_web_identity": {"role_arn": ROLE, "web_identity_token": Secret("t")},
    }
    assert given == before


def test_the_external_ids_of_roles_are_marked_as_secrets():
    role, without_external_id = {"role_arn": ROLE, "external_id": "x"}, {"role_arn": ROLE}
    marked = {"role_arn": ROLE, "external_id": Secret("x")}
    assert with_secrets({"assume_roles": [role, without_external_id], "assume_role": role}, Secret) == {
        "assume_roles": [marked, without_external_id],
        "assume_role": marked,
    }
    assert with_secrets({"assumeRoles": ({"externalId": "x"},)}, Secret) == {
        "assumeRoles": [{"externalId": Secret("x")}]
    }


def test_an_opaque_role_becomes_a_secret_as_a_whole():
    output, json = object(), '[{"externalId": "x"}]'
    assert with_secrets({"assume_roles": [output]}, Secret) == {"assume_roles": [Secret(output)]}
    assert with_secrets({"assume_roles": json}, Secret) == {"assume_roles": Secret(json)}
    given, without_external_id = ProviderAssumeRoleArgs(ROLE, "x"), ProviderAssumeRoleArgs(ROLE)
    assert with_secrets({"assume_roles": [given, without_external_id]}, Secret) == {
        "assume_roles": [Secret(given), without_external_id]
    }


@pulumi.input_type
class ProviderAssumeRoleArgs:
    """A copy of the class in pulumi_aws, which takes seconds to import."""

    def __init__(self, role_arn, external_id=None):
        pulumi.set(self, "role_arn", role_arn)
        if external_id is not None:
            pulumi.set(self, "external_id", external_id)

    @property
    @pulumi.getter(name="roleArn")
    def role_arn(self) -> pulumi.Input[str]:
        return pulumi.get(self, "role_arn")

    @property
    @pulumi.getter(name="externalId")
    def external_id(self) -> pulumi.Input[str] | None:
        return pulumi.get(self, "external_id")


def test_a_value_that_is_not_a_mapping_becomes_a_secret():
    output = object()
    assert with_secrets(output, Secret) == Secret(output)
    assert with_secrets({"assume_role_with_web_identity": output}, Secret) == {
        "assume_role_with_web_identity": Secret(output)
    }


def test_secrets_are_marked_in_each_spelling():
    identity = {"roleArn": ROLE, "webIdentityToken": "t"}
    assert with_secrets({"secretKey": "b", "assumeRoleWithWebIdentity": identity}, Secret) == {
        "secretKey": Secret("b"),
        "assumeRoleWithWebIdentity": {"roleArn": ROLE, "webIdentityToken": Secret("t")},
    }


def test_a_missing_connection_stays_none():
    assert with_secrets(None) is None
