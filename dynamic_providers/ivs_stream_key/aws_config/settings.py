"""Who talks to IVS, and where: the settings that pulumi-aws reads too, from the stack's `aws:*` config or a connection.

Each is honoured, refused with an error, or has no bearing on a stream key; none is ignored because nobody thought of
it. ``docs/settings.md`` says more of each:

====================================  ===================================================================
``profile``                           honoured
``accessKey secretKey token``         honoured
``assumeRole assumeRoles``            honoured: all of them, each role assumed as the one before it
``assumeRoleWithWebIdentity``         honoured; roles of ``assumeRoles`` are assumed as this one
``endpoints stsRegion``               honoured: ``ivs`` and ``sts``; other services' have no bearing
``sharedConfigFiles``                 honoured: what a later file says wins
``sharedCredentialsFiles``            honoured, likewise
``ec2MetadataServiceEndpoint``,       honoured
``ec2MetadataServiceEndpointMode``
``skipMetadataApiCheck``              honoured: no credentials come from the instance's metadata
``maxRetries retryMode``              honoured; ``maxRetries`` counts attempts, as in pulumi-aws
``useFipsEndpoint``                   honoured
``useDualstackEndpoint``              honoured
``httpProxy httpsProxy noProxy``      honoured
``customCaBundle insecure``           honoured
``userAgents``                        honoured
``allowedAccountIds``                 honoured: the account in the ARN is the one that is asked
``forbiddenAccountIds``               honoured, likewise
``defaultTags ignoreTags``            honoured: see `ivs_stream_key.aws_config.default_tags`
``skipRegionValidation``              honoured: see `ivs_stream_key.aws_config.regions`
``skipCredentialsValidation``         honoured: if true, a preview does not look whether the profile is there
``region``                            no bearing: the ARN names the region
``skipRequestingAccountId``           no bearing: the account is not asked for
``s3UsePathStyle``,                   no bearing: they concern S3
``s3UsEast1RegionalEndpoint``
``tagPolicyCompliance``               no bearing: pulumi-aws checks resources of its own types
``tokenBucketRateLimiterCapacity``    no bearing: it tunes the Go SDK
====================================  ===================================================================

What the settings leave open comes from the usual AWS environment, which botocore reads: ``AWS_PROFILE``,
``AWS_ENDPOINT_URL_IVS``, ``AWS_ENDPOINT_URL``, ``HTTPS_PROXY``, ``AWS_CA_BUNDLE`` and so on.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, cast

from ivs_stream_key.aws.arns import Arn
from ivs_stream_key.aws_config.assume_role import Role, WebIdentity, roles, web_identity
from ivs_stream_key.aws_config.default_tags import tagging
from ivs_stream_key.aws_config.setting_values import CONFIG, Naming, Values
from ivs_stream_key.errors import BadSettings
from ivs_stream_key.messages import urls
from ivs_stream_key.messages.descriptions import names_of_fields

__all__ = [
    "NAMES",
    "GetConfig",
    "Proxies",
    "RetryMode",
    "Settings",
    "config_values",
    "environment_only",
    "problems",
    "read",
]

GetConfig = Callable[[str], Any]
"""Gives the value of a config key such as ``aws:profile``, or None: ``ConfigureRequest.config.get``."""

RetryMode = Literal["standard", "adaptive"]
"""pulumi-aws knows these two; botocore's third, legacy, is its default."""

NAMES: Final = (
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
)
"""Every name that pulumi-aws 7 reads, and ``assumeRole``, which its version 6 read."""


@dataclass(frozen=True, slots=True, repr=False)
class Proxies:
    """Proxies by the scheme of the URL asked; `none_for` are the hosts asked without. No repr shows any."""

    http: str | None = None
    https: str | None = None
    none_for: str | None = None

    __repr__ = names_of_fields


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """Who talks to IVS, and where; None is left to the environment. A repr has the names of what is set alone."""

    profile: str | None = None
    access_key: str | None = None
    secret_key: str | None = None
    token: str | None = None
    roles: tuple[Role, ...] = ()
    web_identity: WebIdentity | None = None
    endpoint: str | None = None
    sts_endpoint: str | None = None
    sts_region: str | None = None
    config_files: tuple[str, ...] = ()
    credentials_files: tuple[str, ...] = ()
    metadata_endpoint: str | None = None
    metadata_mode: str | None = None
    skip_metadata: bool = False
    attempts: int | None = None
    retry_mode: RetryMode | None = None
    fips: bool | None = None
    dualstack: bool | None = None
    proxies: Proxies = Proxies()
    ca_bundle: str | None = None
    insecure: bool = False
    user_agents: tuple[str, ...] = ()
    allowed_accounts: tuple[str, ...] = ()
    forbidden_accounts: tuple[str, ...] = ()
    naming: Naming = CONFIG

    __repr__ = names_of_fields

    def permit(self, arn: Arn) -> None:
        """Raise BadSettings unless the account of `arn` may be worked in."""
        if self.allowed_accounts and arn.account not in self.allowed_accounts:
            name = self.naming.of("allowedAccountIds")
            raise BadSettings(
                f"The setting {name} does not allow work in the account of {arn}.",
                resource=arn.text,
                expected=_one_of("one", self.allowed_accounts, name),
                got=arn.account,
                remedy=f"name a channel of an allowed account, or add the account to {name}.",
            )
        if arn.account in self.forbidden_accounts:
            name = self.naming.of("forbiddenAccountIds")
            raise BadSettings(
                f"The setting {name} forbids work in the account of {arn}.",
                resource=arn.text,
                expected=_one_of("none", self.forbidden_accounts, name),
                got=arn.account,
                remedy=f"name a channel of another account, or take the account out of {name}.",
            )


def environment_only(_key: str) -> None:
    """Be a config that sets nothing."""


def config_values(get: GetConfig, keys: Iterable[str] = ()) -> Values:
    """Return the stack's `aws:*` config as settings; `keys` are all that the config has, if that is known."""
    names = (key.removeprefix(CONFIG.prefix) for key in keys if key.startswith(CONFIG.prefix))
    return Values(lambda name: get(CONFIG.of(name)), CONFIG, tuple(names))


def read(values: Values) -> Settings:
    """Read the settings; BadSettings, with the first problem, if they cannot be honoured."""
    for problem in problems(values):
        raise problem
    return _settings(values)


def problems(values: Values) -> Iterator[BadSettings]:
    """Yield every problem of the settings, one error each; none if they can be honoured."""
    for reader in _READERS:
        try:
            reader(values)
        except BadSettings as problem:
            yield problem


def _settings(values: Values) -> Settings:
    access_key, secret_key, token = _static_credentials(values)
    endpoints = _endpoints(values)
    return Settings(
        profile=values.string("profile"),
        access_key=access_key,
        secret_key=secret_key,
        token=token,
        roles=roles(values),
        web_identity=web_identity(values),
        endpoint=endpoints.get("ivs"),
        sts_endpoint=endpoints.get("sts"),
        sts_region=values.string("stsRegion"),
        config_files=values.strings("sharedConfigFiles"),
        credentials_files=values.strings("sharedCredentialsFiles"),
        metadata_endpoint=_url(values, "ec2MetadataServiceEndpoint"),
        metadata_mode=_metadata_mode(values),
        skip_metadata=values.boolean("skipMetadataApiCheck") or False,
        attempts=_attempts(values),
        retry_mode=_retry_mode(values),
        fips=values.boolean("useFipsEndpoint"),
        dualstack=values.boolean("useDualstackEndpoint"),
        proxies=_proxies(values),
        ca_bundle=values.string("customCaBundle"),
        insecure=values.boolean("insecure") or False,
        user_agents=values.strings("userAgents"),
        allowed_accounts=_accounts(values, "allowedAccountIds"),
        forbidden_accounts=_accounts(values, "forbiddenAccountIds"),
        naming=values.naming,
    )


def _accounts(values: Values, name: str) -> tuple[str, ...]:
    return values.strings(name, "list the account ids, each in quotes: one that is all digits is a number without.")


def _static_credentials(values: Values) -> tuple[str | None, str | None, str | None]:
    names = ("accessKey", "secretKey", "token")
    if not all(map(values.is_known, names)):
        return None, None, None
    named = {name: values.string(name) for name in names}
    access_key, secret_key, token = named.values()
    if (access_key is None) != (secret_key is None) or (token is not None and access_key is None):
        of = values.naming.of
        raise BadSettings(
            "The static credentials in the settings are incomplete.",
            expected=f"{of('accessKey')} and {of('secretKey')} together, and {of('token')} with them for a temporary "
            "session",
            got=f"only {' and '.join(of(name) for name, value in named.items() if value)}",
            remedy="set the rest, or none of them.",
        )
    return access_key, secret_key, token


def _endpoints(values: Values) -> dict[str, str]:
    """Return the endpoints of IVS and STS; of several for one service the last."""
    found: dict[str, str] = {}
    for entry in values.entries("endpoints", known=None):
        for service in ("ivs", "sts"):
            url = _url(entry, service)
            if url is not None:
                found[service] = url
    return found


def _url(values: Values, name: str) -> str | None:
    """Return the URL of an endpoint. A user name and password in it are left out: check refuses them."""
    url = values.string(name, "https://…")
    problem = None if url is None else urls.problem_of(url)
    if problem is not None:
        raise values.bad(name, urls.FORM, problem, values.naming.remedy(name, "https://…"))
    return None if url is None else urls.without_user(urls.in_lower_case(url))


def _one_of(which: str, accounts: tuple[str, ...], name: str) -> str:
    return f"{which} of the {len(accounts)} in {name}" if len(accounts) > 1 else f"{which} in {name}"


def _proxies(values: Values) -> Proxies:
    return Proxies(
        http=_proxy(values, "httpProxy"), https=_proxy(values, "httpsProxy"), none_for=values.text("noProxy")
    )


def _proxy(values: Values, name: str) -> str | None:
    url = values.string(name, "http://HOST:PORT")
    problem = None if url is None else urls.problem_of(url)
    if problem is not None:
        remedy = f"{values.naming.remedy(name, 'http://HOST:PORT')} {urls.ESCAPE}"
        raise values.bad(name, urls.FORM, problem, remedy)
    return None if url is None else urls.in_lower_case(url)


def _metadata_mode(values: Values) -> str | None:
    return values.choice("ec2MetadataServiceEndpointMode", "IPv4", "IPv6")


def _attempts(values: Values) -> int | None:
    return values.whole("maxRetries", 1, "25")


def _retry_mode(values: Values) -> RetryMode | None:
    return cast("RetryMode | None", values.choice("retryMode", "standard", "adaptive"))


_READERS: Final[tuple[Callable[[Values], object], ...]] = (
    *(partial(Values.string, name=name) for name in ("profile", "customCaBundle", "stsRegion")),
    *(
        partial(Values.boolean, name=name)
        for name in (
            "useFipsEndpoint",
            "useDualstackEndpoint",
            "insecure",
            "skipCredentialsValidation",
            "skipMetadataApiCheck",
            "skipRegionValidation",
        )
    ),
    *(partial(_accounts, name=name) for name in ("allowedAccountIds", "forbiddenAccountIds")),
    *(partial(_proxy, name=name) for name in ("httpProxy", "httpsProxy")),
    partial(Values.text, name="noProxy"),
    *(partial(Values.strings, name=name) for name in ("userAgents", "sharedConfigFiles", "sharedCredentialsFiles")),
    partial(_url, name="ec2MetadataServiceEndpoint"),
    _static_credentials,
    roles,
    web_identity,
    _endpoints,
    _metadata_mode,
    _attempts,
    _retry_mode,
    tagging,
)
