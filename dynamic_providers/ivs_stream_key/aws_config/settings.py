"""The settings that pulumi-aws reads too, from the stack's `aws:*` config or a connection: credentials and endpoints.

Each setting is declared once: its name, how it is read, and whether it is a secret. The names, the checks, the secrets
of a connection and `Settings` itself come from that. ``docs/settings.md`` describes the effect of each.

The usual AWS environment, which botocore reads, supplies what the settings do not: ``AWS_PROFILE``,
``AWS_ENDPOINT_URL_IVS``, ``AWS_ENDPOINT_URL``, ``HTTPS_PROXY``, ``AWS_CA_BUNDLE`` and so on.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from ivs_stream_key.aws.arns import Arn
from ivs_stream_key.aws_config import assume_role, setting_readers
from ivs_stream_key.aws_config.assume_role import Role, WebIdentity
from ivs_stream_key.aws_config.default_tags import tagging
from ivs_stream_key.aws_config.setting_readers import RetryMode
from ivs_stream_key.aws_config.setting_values import CONFIG, Naming, Values
from ivs_stream_key.errors import BadSettings
from ivs_stream_key.messages.descriptions import names_of_fields

__all__ = [
    "NAMES",
    "NO_BEARING",
    "SETTINGS",
    "GetConfig",
    "Proxies",
    "Setting",
    "Settings",
    "config_values",
    "environment_only",
    "problems",
    "read",
]

GetConfig = Callable[[str], Any]
"""Returns the value of a config key such as ``aws:profile``, or None: ``ConfigureRequest.config.get``."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, or several that are read as one, by the names that pulumi-aws has for them.

    `read` raises BadSettings if it cannot be honoured. `secret`: a connection marks it as a secret.
    """

    names: tuple[str, ...]
    read: Callable[[Values], Any]
    secret: bool = False


def _is(name: str, read: Callable[[Values, str], Any], default: Any = None, *, secret: bool = False) -> Any:
    """Declare a field that holds the setting `name`; `default` where it is not set."""
    setting = Setting((name,), lambda values: read(values, name), secret)
    return field(default=default, metadata={"setting": setting})


def _is_of(setting: Setting, part: str | None = None, default: Any = None) -> Any:
    """Declare a field that holds what is read of several names as one, or a `part` of that."""
    return field(default=default, metadata={"setting": setting, "part": part})


_CREDENTIALS: Final = Setting(("accessKey", "secretKey", "token"), setting_readers.static_credentials, secret=True)
_ENDPOINTS: Final = Setting(("endpoints",), setting_readers.endpoints)


@dataclass(frozen=True, slots=True, repr=False)
class Proxies:
    """Proxies by the scheme of the URL; `none_for` lists the hosts without a proxy. No repr shows any."""

    http: str | None = _is("httpProxy", setting_readers.proxy, secret=True)
    https: str | None = _is("httpsProxy", setting_readers.proxy, secret=True)
    none_for: str | None = _is("noProxy", Values.text)

    __repr__ = names_of_fields


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """Credentials and endpoints; the environment supplies what is None. A repr shows only the names of what is set."""

    profile: str | None = _is("profile", Values.string)
    access_key: str | None = _is_of(_CREDENTIALS, "accessKey")
    secret_key: str | None = _is_of(_CREDENTIALS, "secretKey")
    token: str | None = _is_of(_CREDENTIALS, "token")
    roles: tuple[Role, ...] = _is_of(Setting(("assumeRoles", "assumeRole"), assume_role.roles), default=())
    web_identity: WebIdentity | None = _is_of(Setting(("assumeRoleWithWebIdentity",), assume_role.web_identity))  # noqa: RUF009 - a field
    endpoint: str | None = _is_of(_ENDPOINTS, "ivs")
    sts_endpoint: str | None = _is_of(_ENDPOINTS, "sts")
    sts_region: str | None = _is("stsRegion", Values.string)
    config_files: tuple[str, ...] = _is("sharedConfigFiles", Values.strings, ())
    credentials_files: tuple[str, ...] = _is("sharedCredentialsFiles", Values.strings, ())
    metadata_endpoint: str | None = _is("ec2MetadataServiceEndpoint", setting_readers.url)
    metadata_mode: str | None = _is("ec2MetadataServiceEndpointMode", setting_readers.metadata_mode)
    skip_metadata: bool = _is("skipMetadataApiCheck", Values.boolean, default=False)
    attempts: int | None = _is("maxRetries", setting_readers.attempts)
    retry_mode: RetryMode | None = _is("retryMode", setting_readers.retry_mode)  # noqa: RUF009 - a field
    fips: bool | None = _is("useFipsEndpoint", Values.boolean)
    dualstack: bool | None = _is("useDualstackEndpoint", Values.boolean)
    proxies: Proxies = field(default=Proxies(), metadata={"group": Proxies})
    ca_bundle: str | None = _is("customCaBundle", Values.string)
    insecure: bool = _is("insecure", Values.boolean, default=False)
    user_agents: tuple[str, ...] = _is("userAgents", Values.strings, ())
    allowed_accounts: tuple[str, ...] = _is("allowedAccountIds", setting_readers.account_ids, ())
    forbidden_accounts: tuple[str, ...] = _is("forbiddenAccountIds", setting_readers.account_ids, ())
    naming: Naming = CONFIG

    __repr__ = names_of_fields

    def permit(self, arn: Arn) -> None:
        """Raise BadSettings if the settings do not allow the account of `arn`."""
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
                remedy=f"name a channel of another account, or remove the account from {name}.",
            )


def _declared(kind: type[Any]) -> Iterator[Setting]:
    """Yield the settings that a class's fields hold, those of several fields several times."""
    for one in fields(kind):
        if "group" in one.metadata:
            yield from _declared(one.metadata["group"])
        elif "setting" in one.metadata:
            yield one.metadata["setting"]


SETTINGS: Final = (
    *dict.fromkeys(_declared(Settings)),
    # These are read where they are used: see `default_tags`, `setting_checks` and `regions`.
    Setting(("defaultTags", "ignoreTags"), tagging),
    Setting(("skipCredentialsValidation",), lambda values: values.boolean("skipCredentialsValidation")),
    Setting(("skipRegionValidation",), lambda values: values.boolean("skipRegionValidation")),
)
"""The settings that are honoured."""

NO_BEARING: Final = (
    "region",  # the ARN names it
    "s3UsEast1RegionalEndpoint",
    "s3UsePathStyle",
    "skipRequestingAccountId",  # the account is in the ARN
    "tagPolicyCompliance",  # pulumi-aws looks at resources of its own types
    "tokenBucketRateLimiterCapacity",  # it tunes the SDK for Go
)
"""The settings that make no difference to a stream key."""

NAMES: Final = tuple(sorted({*NO_BEARING, *(name for setting in SETTINGS for name in setting.names)}))
"""Every name that pulumi-aws 7 reads, and ``assumeRole``, which its version 6 read."""


def environment_only(_key: str) -> None:
    """Read a config that sets nothing."""


def config_values(get: GetConfig, keys: Iterable[str] = ()) -> Values:
    """Return the stack's `aws:*` config as settings; `keys` are all keys of the config, if they are known."""
    names = (key.removeprefix(CONFIG.prefix) for key in keys if key.startswith(CONFIG.prefix))
    return Values(lambda name: get(CONFIG.of(name)), CONFIG, tuple(names))


def read(values: Values) -> Settings:
    """Read the settings; BadSettings, with the first problem, if they cannot be honoured."""
    found: Settings = _filled(Settings, {setting: setting.read(values) for setting in SETTINGS}, naming=values.naming)
    return found


def problems(values: Values) -> Iterator[BadSettings]:
    """Yield every problem of the settings, one error each; none if they can be honoured."""
    for setting in SETTINGS:
        try:
            setting.read(values)
        except BadSettings as problem:
            yield problem


def _filled(kind: type[Any], found: Mapping[Setting, Any], **more: Any) -> Any:
    for one in fields(kind):
        if "group" in one.metadata:
            more[one.name] = _filled(one.metadata["group"], found)
        elif "setting" in one.metadata:
            value, part = found[one.metadata["setting"]], one.metadata.get("part")
            value = value if part is None else value.get(part)
            more[one.name] = one.default if value is None else value
    return kind(**more)


def _one_of(which: str, accounts: tuple[str, ...], name: str) -> str:
    return f"{which} of the {len(accounts)} in {name}" if len(accounts) > 1 else f"{which} in {name}"
