"""The IAM roles that the settings assume, in order."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ivs_stream_key.aws_config.setting_values import Values
from ivs_stream_key.errors import BadSettings
from ivs_stream_key.messages.descriptions import kind_of, names_of_fields

__all__ = ["SESSION_NAME", "Role", "WebIdentity", "roles", "web_identity"]

SESSION_NAME: Final = "pulumi-ivs-stream-key"
"""The session name in CloudTrail if the settings give none."""

_LEAST_SECONDS: Final = 15 * 60
_MOST_SECONDS: Final = 12 * 3600
_ROLE_ARN: Final = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/.+")
_ROLE_FORM: Final = "arn:aws:iam::ACCOUNT:role/NAME"

# What pulumi-aws 7 reads in an entry of assumeRoles.
_OF_ROLE: Final = (
    "roleArn",
    "sessionName",
    "duration",
    "externalId",
    "policy",
    "policyArns",
    "sourceIdentity",
    "tags",
    "transitiveTagKeys",
)
_OF_WEB_IDENTITY: Final = (
    "roleArn",
    "sessionName",
    "duration",
    "policy",
    "policyArns",
    "webIdentityToken",
    "webIdentityTokenFile",
)


@dataclass(frozen=True, slots=True, repr=False)
class Role:
    """A role to assume. STS's defaults apply to what is None or empty. A repr shows only the names of what is set."""

    arn: str
    session_name: str = SESSION_NAME
    seconds: int | None = None
    external_id: str | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    source_identity: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    transitive_tag_keys: tuple[str, ...] = ()

    __repr__ = names_of_fields

    def arguments(self) -> dict[str, Any]:
        """Return the parameters of AssumeRole, without the ARN."""
        return _without_unset(
            RoleSessionName=self.session_name,
            DurationSeconds=self.seconds,
            ExternalId=self.external_id,
            Policy=self.policy,
            PolicyArns=[{"arn": arn} for arn in self.policy_arns],
            SourceIdentity=self.source_identity,
            Tags=[{"Key": key, "Value": value} for key, value in self.tags.items()],
            TransitiveTagKeys=list(self.transitive_tag_keys),
        )


@dataclass(frozen=True, slots=True, repr=False)
class WebIdentity:
    """A role to assume with an identity provider's token. A repr shows only the names of what is set."""

    arn: str
    session_name: str = SESSION_NAME
    seconds: int | None = None
    policy: str | None = None
    policy_arns: tuple[str, ...] = ()
    token: str | None = None
    token_file: str | None = None

    __repr__ = names_of_fields

    def arguments(self) -> dict[str, Any]:
        """Return the parameters of AssumeRoleWithWebIdentity, without the ARN and the token."""
        return _without_unset(
            RoleSessionName=self.session_name,
            DurationSeconds=self.seconds,
            Policy=self.policy,
            PolicyArns=[{"arn": arn} for arn in self.policy_arns],
        )


def roles(values: Values) -> tuple[Role, ...]:
    """Return the roles of ``assumeRoles``, each assumed by the one before it, or the role of ``assumeRole``."""
    single = values.nested("assumeRole", _OF_ROLE)
    several = values.entries("assumeRoles", _OF_ROLE)
    if single is not None and several:
        names = [values.naming.of(name) for name in ("assumeRole", "assumeRoles")]
        raise BadSettings(
            f"The settings {' and '.join(names)} cannot be combined.",
            expected="one of the two",
            got="both",
            remedy=f"make the role of {names[0]} an entry of {names[1]}.",
        )
    return tuple(map(_role, several if single is None else [single]))


def web_identity(values: Values) -> WebIdentity | None:
    """Return the role of ``assumeRoleWithWebIdentity``, or None."""
    found = values.nested("assumeRoleWithWebIdentity", _OF_WEB_IDENTITY)
    if found is None:
        return None
    token, file = found.string("webIdentityToken"), found.string("webIdentityTokenFile", "FILE")
    if (token is None) == (file is None):
        raise BadSettings(
            f"The setting {values.naming.of('assumeRoleWithWebIdentity')} needs a token.",
            expected=f"one of {found.naming.of('webIdentityToken')} and {found.naming.of('webIdentityTokenFile')}",
            got="neither" if token is None else "both",
            remedy=found.naming.remedy("webIdentityTokenFile", "FILE"),
        )
    return WebIdentity(
        arn=_arn(found),
        session_name=found.string("sessionName") or SESSION_NAME,
        seconds=found.seconds("duration", _LEAST_SECONDS, _MOST_SECONDS),
        policy=_policy(found),
        policy_arns=found.strings("policyArns"),
        token=token,
        token_file=file,
    )


def _role(values: Values) -> Role:
    return Role(
        arn=_arn(values),
        session_name=values.string("sessionName") or SESSION_NAME,
        seconds=values.seconds("duration", _LEAST_SECONDS, _MOST_SECONDS),
        external_id=values.string("externalId"),
        policy=_policy(values),
        policy_arns=values.strings("policyArns"),
        source_identity=values.string("sourceIdentity"),
        tags=values.text_by_name("tags"),
        transitive_tag_keys=values.strings("transitiveTagKeys"),
    )


def _arn(values: Values) -> str:
    arn = values.string("roleArn", _ROLE_FORM)
    if arn is None or _ROLE_ARN.fullmatch(arn) is None:
        raise values.bad("roleArn", _ROLE_FORM, kind_of(arn), values.naming.remedy("roleArn", "the ARN of a role"))
    return arn


def _policy(values: Values) -> str | None:
    """Return the session policy as JSON. A mapping is accepted too: config files turn JSON into one."""
    found = values.value("policy")
    if found is None:
        return None
    if not isinstance(found, Mapping):
        raise values.bad(
            "policy", "an IAM policy document in JSON", kind_of(found), values.naming.remedy("policy", "'{…}'")
        )
    return json.dumps(found)


def _without_unset(**arguments: Any) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if value not in (None, [])}
