"""The `connection` of one resource: its credentials and endpoints, for programs that use explicit `aws.Provider`s.

A connection has the argument names of `aws.Provider` with the same meaning, so that one mapping can be used for both
(``aws.Provider("vod", **vod)``, ``connection=vod``). Like an explicit provider it stands alone: nothing of the stack's
`aws:*` config is added. The AWS environment supplies what it does not set.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypedDict

import pulumi
from pulumi._types import is_input_type
from pulumi.output import Unknown

from ivs_stream_key.aws_config.setting_names import names_in_pulumi_aws
from ivs_stream_key.aws_config.setting_values import CONNECTION, Values, refuse_unknown, snake_case
from ivs_stream_key.aws_config.settings import NAMES, SETTINGS
from ivs_stream_key.errors import BadSettings
from ivs_stream_key.messages.descriptions import kind_of

__all__ = [
    "AssumeRole",
    "AssumeRoleWithWebIdentity",
    "Connection",
    "DefaultTags",
    "IgnoreTags",
    "connection_values",
    "with_secrets",
]

_SECRETS: Final = frozenset(snake_case(name) for setting in SETTINGS if setting.secret for name in setting.names)
_SECRETS_OF_ROLES: Final[Mapping[str, frozenset[str]]] = {
    "assume_role": frozenset({"external_id"}),
    "assume_roles": frozenset({"external_id"}),
    "assume_role_with_web_identity": frozenset({"web_identity_token"}),
}


class AssumeRole(TypedDict, total=False):
    """A role to assume; durations such as ``1h30m``, from 15 minutes to 12 hours."""

    role_arn: pulumi.Input[str]
    session_name: pulumi.Input[str]
    duration: pulumi.Input[str]
    external_id: pulumi.Input[str]
    policy: pulumi.Input[str]
    policy_arns: pulumi.Input[Sequence[pulumi.Input[str]]]
    source_identity: pulumi.Input[str]
    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]
    transitive_tag_keys: pulumi.Input[Sequence[pulumi.Input[str]]]


class AssumeRoleWithWebIdentity(TypedDict, total=False):
    """A role to assume with an identity provider's token: the token itself, or the file that holds it."""

    role_arn: pulumi.Input[str]
    session_name: pulumi.Input[str]
    duration: pulumi.Input[str]
    policy: pulumi.Input[str]
    policy_arns: pulumi.Input[Sequence[pulumi.Input[str]]]
    web_identity_token: pulumi.Input[str]
    web_identity_token_file: pulumi.Input[str]


class DefaultTags(TypedDict, total=False):
    """Tags that every key gets unless its own `tags` override them."""

    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]]


class IgnoreTags(TypedDict, total=False):
    """Tags to ignore, by name and by prefix of the name."""

    keys: pulumi.Input[Sequence[pulumi.Input[str]]]
    key_prefixes: pulumi.Input[Sequence[pulumi.Input[str]]]


class Connection(TypedDict, total=False):
    """Credentials and endpoints: the arguments of `aws.Provider`, all optional.

    `docs/settings.md` describes the effect of each. Credentials, external ids and proxies become secrets automatically.
    """

    access_key: pulumi.Input[str]
    allowed_account_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    assume_role_with_web_identity: pulumi.Input[AssumeRoleWithWebIdentity]
    assume_roles: pulumi.Input[Sequence[pulumi.Input[AssumeRole]]]
    custom_ca_bundle: pulumi.Input[str]
    default_tags: pulumi.Input[DefaultTags]
    ec2_metadata_service_endpoint: pulumi.Input[str]
    ec2_metadata_service_endpoint_mode: pulumi.Input[str]
    endpoints: pulumi.Input[Sequence[pulumi.Input[Mapping[str, pulumi.Input[str]]]]]
    forbidden_account_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    http_proxy: pulumi.Input[str]
    https_proxy: pulumi.Input[str]
    ignore_tags: pulumi.Input[IgnoreTags]
    insecure: pulumi.Input[bool]
    max_retries: pulumi.Input[int]
    no_proxy: pulumi.Input[str]
    profile: pulumi.Input[str]
    region: pulumi.Input[str]
    retry_mode: pulumi.Input[str]
    s3_us_east1_regional_endpoint: pulumi.Input[str]
    s3_use_path_style: pulumi.Input[bool]
    secret_key: pulumi.Input[str]
    shared_config_files: pulumi.Input[Sequence[pulumi.Input[str]]]
    shared_credentials_files: pulumi.Input[Sequence[pulumi.Input[str]]]
    skip_credentials_validation: pulumi.Input[bool]
    skip_metadata_api_check: pulumi.Input[bool]
    skip_region_validation: pulumi.Input[bool]
    skip_requesting_account_id: pulumi.Input[bool]
    sts_region: pulumi.Input[str]
    tag_policy_compliance: pulumi.Input[str]
    token: pulumi.Input[str]
    token_bucket_rate_limiter_capacity: pulumi.Input[int]
    use_dualstack_endpoint: pulumi.Input[bool]
    use_fips_endpoint: pulumi.Input[bool]
    user_agents: pulumi.Input[Sequence[pulumi.Input[str]]]


def with_secrets(connection: Any, secret: Callable[[Any], Any] = pulumi.Output.secret) -> Any:
    """Return `connection` with its secrets marked, so that the engine encrypts them, in outputs too.

    In a connection that is an output they are marked once it is known. A role that is an output, or an instance of a
    pulumi-aws class with a secret in it, becomes a secret as a whole.
    """
    if isinstance(connection, pulumi.Output):
        return connection.apply(lambda found: with_secrets(found, secret))
    if not isinstance(connection, Mapping):
        return connection if connection is None else secret(connection)
    marked = _marked(connection, _SECRETS, secret)
    for name, value in connection.items():
        secrets = _SECRETS_OF_ROLES.get(snake_case(name))
        if secrets is not None and isinstance(value, list | tuple):
            marked[name] = [_with_secrets(role, secrets, secret) for role in value]
        elif secrets is not None:
            marked[name] = _with_secrets(value, secrets, secret)
    return marked


def _with_secrets(role: Any, secrets: frozenset[str], secret: Callable[[Any], Any]) -> Any:
    if isinstance(role, Mapping):
        return _marked(role, secrets, secret)
    if role is None or (is_input_type(type(role)) and all(getattr(role, name, None) is None for name in secrets)):
        return role
    return secret(role)


def _marked(settings: Mapping[str, Any], secrets: frozenset[str], secret: Callable[[Any], Any]) -> dict[str, Any]:
    return {
        name: secret(value) if value is not None and snake_case(name) in secrets else value
        for name, value in settings.items()
    }


def connection_values(connection: Any) -> Values:
    """Return a connection, as Pulumi sends it, as settings; BadSettings if it is no mapping or has unknown names."""
    if isinstance(connection, Unknown):
        return Values(lambda _: connection, CONNECTION)
    if not isinstance(connection, Mapping):
        raise BadSettings(
            "The connection of a stream key cannot be used.",
            expected="a mapping with the arguments of aws.Provider",
            got=kind_of(connection),
            remedy='write connection={"profile": "…"}, or leave it out to use the aws:* config of the stack. '
            "require_object and require_secret_object read a mapping from JSON in the config.",
        )
    refuse_unknown(connection, CONNECTION, sorted({*NAMES, *names_in_pulumi_aws()}))
    return Values.within(connection, CONNECTION)
