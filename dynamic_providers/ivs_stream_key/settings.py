"""The stack's `aws:*` config, as far as it says who talks to IVS, and where.

pulumi-aws reads the same settings. Each is honoured, refused with an error while nothing honours it, or has no bearing
on a stream key; none is ignored because nobody thought of it:

==================================  =====================================================================
``profile``                         honoured
``accessKey secretKey token``       honoured
``endpoints``                       honoured: ``ivs``; other services' have no bearing
``sharedConfigFiles``               honoured if it is one file; several are refused
``sharedCredentialsFiles``          honoured if it is one file; several are refused
``maxRetries retryMode``            honoured; ``maxRetries`` counts attempts, as in pulumi-aws
``useFipsEndpoint``                 honoured
``useDualstackEndpoint``            honoured
``customCaBundle insecure``         honoured
``allowedAccountIds``               honoured: the account in the ARN is the one that is asked
``forbiddenAccountIds``             honoured, likewise
``region``                          no bearing: the ARN names the region
``skip…``, ``s3…``, ``stsRegion``,  no bearing: they concern other services, or checks that are not made here
``tagPolicyCompliance``,
``tokenBucketRateLimiterCapacity``,
``userAgents``
``assumeRole assumeRoles``,         refused
``assumeRoleWithWebIdentity``
``httpProxy httpsProxy noProxy``    refused
``ec2MetadataServiceEndpoint…``     refused
``defaultTags ignoreTags``          refused
==================================  =====================================================================

What the config leaves open comes from the usual AWS environment, which botocore reads: ``AWS_PROFILE``,
``AWS_ENDPOINT_URL_IVS``, ``AWS_ENDPOINT_URL``, ``HTTPS_PROXY``, ``AWS_CA_BUNDLE`` and so on.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Literal

from ivs_stream_key.arns import Arn
from ivs_stream_key.errors import BadSettings
from ivs_stream_key.wording import shown

__all__ = ["REFUSED", "GetConfig", "RetryMode", "Settings", "environment_only", "problems", "read"]

GetConfig = Callable[[str], Any]
"""Gives the value of a config key such as ``aws:profile``, or None: ``ConfigureRequest.config.get``."""

_ROLE: Final = "put it into a profile of the shared config file (role_arn, source_profile) and set aws:profile."
_PROXY: Final = "set the environment variables HTTPS_PROXY and NO_PROXY."
_METADATA: Final = "set the environment variable AWS_EC2_METADATA_SERVICE_ENDPOINT (or …_MODE)."
_TAGS: Final = "keep StreamKey in a stack without it, and give each its `tags`."
REFUSED: Final[Mapping[str, str]] = {
    "assumeRole": _ROLE,
    "assumeRoles": _ROLE,
    "assumeRoleWithWebIdentity": "set the environment variables AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE.",
    "httpProxy": _PROXY,
    "httpsProxy": _PROXY,
    "noProxy": _PROXY,
    "ec2MetadataServiceEndpoint": _METADATA,
    "ec2MetadataServiceEndpointMode": _METADATA,
    "defaultTags": _TAGS,
    "ignoreTags": _TAGS,
}
"""Settings that nothing honours yet, and what serves instead."""

RetryMode = Literal["standard", "adaptive"]
"""pulumi-aws knows these two; botocore's third, legacy, is its default."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Who talks to IVS, and where; None is left to the environment. Credentials are in no repr."""

    profile: str | None = None
    access_key: str | None = field(default=None, repr=False)
    secret_key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    endpoint: str | None = None
    config_file: str | None = None
    credentials_file: str | None = None
    attempts: int | None = None
    retry_mode: RetryMode | None = None
    fips: bool | None = None
    dualstack: bool | None = None
    ca_bundle: str | None = None
    insecure: bool = False
    allowed_accounts: tuple[str, ...] = ()
    forbidden_accounts: tuple[str, ...] = ()

    def permit(self, arn: Arn) -> None:
        """Raise BadSettings unless the account of `arn` may be worked in."""
        if self.allowed_accounts and arn.account not in self.allowed_accounts:
            raise BadSettings(
                f"The config does not allow work in the account of {arn}.",
                resource=arn.text,
                expected=f"one of aws:allowedAccountIds: {', '.join(self.allowed_accounts)}",
                got=arn.account,
                remedy="name a channel of an allowed account, or add the account to aws:allowedAccountIds.",
            )
        if arn.account in self.forbidden_accounts:
            raise BadSettings(
                f"The config forbids work in the account of {arn}.",
                resource=arn.text,
                expected=f"none of aws:forbiddenAccountIds: {', '.join(self.forbidden_accounts)}",
                got=arn.account,
                remedy="name a channel of another account, or take the account out of aws:forbiddenAccountIds.",
            )


def environment_only(_key: str) -> None:
    """Be a config that sets nothing."""


def read(get: GetConfig) -> Settings:
    """Read the settings; BadSettings, with the first problem, if they cannot be honoured."""
    for problem in problems(get):
        raise problem
    return _settings(get)


def problems(get: GetConfig) -> Iterator[BadSettings]:
    """Yield every problem of the config, one error each; none if it can be honoured."""
    for name, remedy in REFUSED.items():
        if _is_set(get(f"aws:{name}")):
            yield BadSettings(f"StreamKey does not honour aws:{name} yet, and does not ignore it.", remedy=remedy)
    for reader in _READERS:
        try:
            reader(get)
        except BadSettings as problem:
            yield problem


def _settings(get: GetConfig) -> Settings:
    access_key, secret_key, token = _static_credentials(get)
    return Settings(
        profile=_string(get, "profile"),
        access_key=access_key,
        secret_key=secret_key,
        token=token,
        endpoint=_endpoint(get),
        config_file=_config_file(get),
        credentials_file=_credentials_file(get),
        attempts=_attempts(get),
        retry_mode=_retry_mode(get),
        fips=_boolean(get, "useFipsEndpoint"),
        dualstack=_boolean(get, "useDualstackEndpoint"),
        ca_bundle=_string(get, "customCaBundle"),
        insecure=_boolean(get, "insecure") or False,
        allowed_accounts=_accounts(get, "allowedAccountIds"),
        forbidden_accounts=_accounts(get, "forbiddenAccountIds"),
    )


def _bad(name: str, expected: str, got: str, remedy: str) -> BadSettings:
    return BadSettings(f"The config aws:{name} cannot be used.", expected=expected, got=got, remedy=remedy)


def _is_set(raw: Any) -> bool:
    """Tell a setting from none: pulumi-aws takes empty strings, lists and mappings for none too."""
    return raw is not None and (_parsed(raw) if isinstance(raw, str) else raw) not in ("", [], {}, None)


def _parsed(raw: str) -> Any:
    """Undo JSON where there is some: Pulumi sends config that is not a plain string as JSON."""
    try:
        return json.loads(raw)
    except ValueError:
        return raw


def _string(get: GetConfig, name: str) -> str | None:
    raw = get(f"aws:{name}")
    if raw is None or raw == "":
        return None
    if not isinstance(raw, str):
        raise _bad(name, "a string", shown(raw), f"run `pulumi config set aws:{name} …` with one.")
    return raw


def _boolean(get: GetConfig, name: str) -> bool | None:
    raw = get(f"aws:{name}")
    value = {"": None, "true": True, "false": False}.get(raw.lower(), raw) if isinstance(raw, str) else raw
    if value is None or isinstance(value, bool):
        return value
    raise _bad(name, "true or false", shown(raw), f"run `pulumi config set aws:{name} true` (or false).")


def _strings(get: GetConfig, name: str, remedy: str) -> tuple[str, ...]:
    raw = get(f"aws:{name}")
    if not _is_set(raw):
        return ()
    value = _parsed(raw) if isinstance(raw, str) else raw
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _bad(name, "a list of strings", shown(value), remedy)
    return tuple(value)


def _accounts(get: GetConfig, name: str) -> tuple[str, ...]:
    return _strings(
        get, name, "list the account ids, each in quotes in the file: one that is all digits is a number without."
    )


def _static_credentials(get: GetConfig) -> tuple[str | None, str | None, str | None]:
    access_key, secret_key, token = (_string(get, name) for name in ("accessKey", "secretKey", "token"))
    if (access_key is None) != (secret_key is None) or (token is not None and access_key is None):
        given = [n for n, v in (("accessKey", access_key), ("secretKey", secret_key), ("token", token)) if v]
        raise BadSettings(
            "The static credentials in the config are incomplete.",
            expected="aws:accessKey and aws:secretKey together, and aws:token with them for a temporary session",
            got=f"only {' and '.join(f'aws:{name}' for name in given)}",
            remedy="set the rest, or none of them.",
        )
    return access_key, secret_key, token


def _endpoint(get: GetConfig) -> str | None:
    raw = get("aws:endpoints")
    if not _is_set(raw):
        return None
    value = _parsed(raw) if isinstance(raw, str) else raw
    remedy = "run `pulumi config set --path 'aws:endpoints[0].ivs' https://…`."
    if not isinstance(value, list) or not all(isinstance(entry, Mapping) for entry in value):
        raise _bad("endpoints", 'a list such as [{"ivs": "https://…"}]', shown(value), remedy)
    urls = [entry["ivs"] for entry in value if entry.get("ivs")]
    if not urls:
        return None
    url = urls[-1]
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise _bad("endpoints", "for ivs a URL with http:// or https://", shown(url), remedy)
    return url


def _one_file(get: GetConfig, name: str, variable: str) -> str | None:
    files = _strings(get, name, f"run `pulumi config set --path 'aws:{name}[0]' FILE`.")
    if len(files) > 1:
        raise _bad(name, "one file", f"{len(files)}", f"merge them, or leave it out and set {variable}.")
    return files[0] if files else None


def _config_file(get: GetConfig) -> str | None:
    return _one_file(get, "sharedConfigFiles", "AWS_CONFIG_FILE")


def _credentials_file(get: GetConfig) -> str | None:
    return _one_file(get, "sharedCredentialsFiles", "AWS_SHARED_CREDENTIALS_FILE")


def _attempts(get: GetConfig) -> int | None:
    raw = get("aws:maxRetries")
    if not _is_set(raw):
        return None
    value = _parsed(raw) if isinstance(raw, str) else raw
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or value < 1:
        raise _bad("maxRetries", "a whole number of attempts, 1 or more", str(raw), "set one, such as 25.")
    return int(value)


def _retry_mode(get: GetConfig) -> RetryMode | None:
    match _string(get, "retryMode"):
        case None:
            return None
        case "standard":
            return "standard"
        case "adaptive":
            return "adaptive"
        case mode:
            raise _bad("retryMode", "standard or adaptive", shown(mode), "set one of these, or leave it out.")


_READERS: Final[tuple[Callable[[GetConfig], object], ...]] = (
    *(partial(_string, name=name) for name in ("profile", "customCaBundle")),
    *(partial(_boolean, name=name) for name in ("useFipsEndpoint", "useDualstackEndpoint", "insecure")),
    *(partial(_accounts, name=name) for name in ("allowedAccountIds", "forbiddenAccountIds")),
    _static_credentials,
    _endpoint,
    _config_file,
    _credentials_file,
    _attempts,
    _retry_mode,
)
