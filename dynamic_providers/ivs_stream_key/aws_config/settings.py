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
    "SETTINGS",
    "WITHOUT_EFFECT",
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
    """One setting, or several that are read together; `names` are pulumi-aws's names.

    `read` raises BadSettings for an invalid value. With `secret`, a connection marks the value as a secret.
    """

    names: tuple[str, ...]
    read: Callable[[Values], Any]
    secret: bool = False


def _setting_field(name: str, read: Callable[[Values, str], Any], default: Any = None, *, secret: bool = False) -> Any:
    """Declare a field for the setting `name`; it is `default` if the setting is not set."""
    setting = Setting((name,), lambda values: read(values, name), secret)
    return field(default=default, metadata={"setting": setting})


def _part_of_setting(setting: Setting, part: str | None = None, default: Any = None) -> Any:
    """Declare a field for a `Setting` of several names, or for a `part` of its value."""
    return field(default=default, metadata={"setting": setting, "part": part})


_CREDENTIALS: Final = Setting(("accessKey", "secretKey", "token"), setting_readers.static_credentials, secret=True)
_ENDPOINTS: Final = Setting(("endpoints",), setting_readers.endpoints)


@dataclass(frozen=True, slots=True, repr=False)
class Proxies:
    """Proxies by the scheme of the URL; `none_for` lists the hosts without a proxy. No repr shows any."""

    http: str | None = _setting_field("httpProxy", setting_readers.proxy, secret=True)
    https: str | None = _setting_field("httpsProxy", setting_readers.proxy, secret=True)
    none_for: str | None = _setting_field("noProxy", Values.text)

    __repr__ = names_of_fields


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """Credentials and endpoints; the environment supplies what is None. A repr shows only the names of what is set."""

    profile: str | None = _setting_field("profile", Values.string)
    access_key: str | None = _part_of_setting(_CREDENTIALS, "accessKey")
    secret_key: str | None = _part_of_setting(_CREDENTIALS, "secretKey")
    token: str | None = _part_of_setting(_CREDENTIALS, "token")
    roles: tuple[Role, ...] = _part_of_setting(Setting(("assumeRoles", "assumeRole"), assume_role.roles), default=())
    web_identity: WebIdentity | None = _part_of_setting(  # noqa: RUF009 - a field
        Setting(("assumeRoleWithWebIdentity",), assume_role.web_identity)
    )
    endpoint: str | None = _part_of_setting(_ENDPOINTS, "ivs")
    sts_endpoint: str | None = _part_of_setting(_ENDPOINTS, "sts")
    sts_region: str | None = _setting_field("stsRegion", Values.string)
    config_files: tuple[str, ...] = _setting_field("sharedConfigFiles", Values.strings, ())
    credentials_files: tuple[str, ...] = _setting_field("sharedCredentialsFiles", Values.strings, ())
    metadata_endpoint: str | None = _setting_field("ec2MetadataServiceEndpoint", setting_readers.url)
    metadata_mode: str | None = _setting_field("ec2MetadataServiceEndpointMode", setting_readers.metadata_mode)
    skip_metadata: bool = _setting_field("skipMetadataApiCheck", Values.boolean, default=False)
    attempts: int | None = _setting_field("maxRetries", setting_readers.attempts)
    retry_mode: RetryMode | None = _setting_field("retryMode", setting_readers.retry_mode)  # noqa: RUF009 - a field
    fips: bool | None = _setting_field("useFipsEndpoint", Values.boolean)
    dualstack: bool | None = _setting_field("useDualstackEndpoint", Values.boolean)
    proxies: Proxies = field(default=Proxies(), metadata={"group": Proxies})
    ca_bundle: str | None = _setting_field("customCaBundle", Values.string)
    insecure: bool = _setting_field("insecure", Values.boolean, default=False)
    user_agents: tuple[str, ...] = _setting_field("userAgents", Values.strings, ())
    allowed_accounts: tuple[str, ...] = _setting_field("allowedAccountIds", setting_readers.account_ids, ())
    forbidden_accounts: tuple[str, ...] = _setting_field("forbiddenAccountIds", setting_readers.account_ids, ())
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


def _settings_of_fields(kind: type[Any]) -> Iterator[Setting]:
    """Yield the settings of a class's fields. A setting that several fields share is repeated."""
    for one in fields(kind):
        if "group" in one.metadata:
            yield from _settings_of_fields(one.metadata["group"])
        elif "setting" in one.metadata:
            yield one.metadata["setting"]


SETTINGS: Final = (
    *dict.fromkeys(_settings_of_fields(Settings)),
    # These are not fields of Settings: `default_tags`, `setting_checks` and `regions` read them.
    Setting(("defaultTags", "ignoreTags"), tagging),
    Setting(("skipCredentialsValidation",), lambda values: values.boolean("skipCredentialsValidation")),
    Setting(("skipRegionValidation",), lambda values: values.boolean("skipRegionValidation")),
)
"""The settings that have an effect."""

WITHOUT_EFFECT: Final = (
    "region",  # the ARN contains it
    "s3UsEast1RegionalEndpoint",
    "s3UsePathStyle",
    "skipRequestingAccountId",  # the account is in the ARN
    "tagPolicyCompliance",  # applies only to pulumi-aws's own resource types
    "tokenBucketRateLimiterCapacity",  # configures the AWS SDK for Go
)
"""The settings that have no effect on a stream key."""

NAMES: Final = tuple(sorted({*WITHOUT_EFFECT, *(name for setting in SETTINGS for name in setting.names)}))
"""Every name that pulumi-aws 7 reads, and ``assumeRole``, which its version 6 read."""


def environment_only(_key: str) -> None:
    """Return None for every key: a config without settings."""


def config_values(get: GetConfig, keys: Iterable[str] = ()) -> Values:
    """Return the stack's `aws:*` config as settings; `keys` are all keys of the config, if they are known."""
    names = (key.removeprefix(CONFIG.prefix) for key in keys if key.startswith(CONFIG.prefix))
    return Values(lambda name: get(CONFIG.of(name)), CONFIG, tuple(names))


def read(values: Values) -> Settings:
    """Read the settings; BadSettings, with the first problem, if any is invalid."""
    found: Settings = _filled(Settings, {setting: setting.read(values) for setting in SETTINGS}, naming=values.naming)
    return found


def problems(values: Values) -> Iterator[BadSettings]:
    """Yield an error for each invalid setting."""
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
