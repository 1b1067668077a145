"""Readers of settings that consist of several values or have special rules. Each raises BadSettings if invalid."""

from typing import Final, Literal, cast

from ivs_stream_key.aws_config.setting_values import Values
from ivs_stream_key.errors import BadSettings
from ivs_stream_key.messages import urls

__all__ = [
    "RetryMode",
    "account_ids",
    "attempts",
    "endpoints",
    "metadata_mode",
    "proxy",
    "retry_mode",
    "static_credentials",
    "url",
]

RetryMode = Literal["standard", "adaptive"]
"""pulumi-aws supports these two; botocore's third, legacy, is botocore's default."""

_STATIC: Final = ("accessKey", "secretKey", "token")
_SERVICES: Final = ("ivs", "sts")


def account_ids(values: Values, name: str) -> tuple[str, ...]:
    """Return the ids of accounts."""
    return values.strings(name, "list the account ids, each in quotes: without quotes an id is a number.")


def static_credentials(values: Values) -> dict[str, str | None]:
    """Return ``accessKey``, ``secretKey`` and ``token``, all of them or none; none while one is unknown."""
    if not all(map(values.is_known, _STATIC)):
        return {}
    named = {name: values.string(name) for name in _STATIC}
    access_key, secret_key, token = named.values()
    if (access_key is None) != (secret_key is None) or (token is not None and access_key is None):
        of = values.naming.of
        raise BadSettings(
            "The static credentials in the settings are incomplete.",
            expected=f"{of('accessKey')} and {of('secretKey')} together, and {of('token')} too for a temporary session",
            got=f"only {' and '.join(of(name) for name, value in named.items() if value)}",
            remedy="set the rest, or none of them.",
        )
    return named


def endpoints(values: Values) -> dict[str, str]:
    """Return the endpoints of ``ivs`` and ``sts``; the last one if a service has several."""
    found: dict[str, str] = {}
    for entry in values.entries("endpoints", known=None):
        for service in _SERVICES:
            endpoint = url(entry, service)
            if endpoint is not None:
                found[service] = endpoint
    return found


def url(values: Values, name: str) -> str | None:
    """Return the URL of an endpoint without user name and password: check refuses those."""
    found = values.string(name, "https://…")
    problem = None if found is None else urls.problem_of(found)
    if problem is not None:
        raise values.bad(name, urls.FORM, problem, values.naming.remedy(name, "https://…"))
    return None if found is None else urls.without_user(urls.in_lower_case(found))


def proxy(values: Values, name: str) -> str | None:
    """Return the URL of a proxy, including a user name and password."""
    found = values.string(name, "http://HOST:PORT")
    problem = None if found is None else urls.problem_of(found)
    if problem is not None:
        remedy = f"{values.naming.remedy(name, 'http://HOST:PORT')} {urls.ESCAPE}"
        raise values.bad(name, urls.FORM, problem, remedy)
    return None if found is None else urls.in_lower_case(found)


def metadata_mode(values: Values, name: str) -> str | None:
    """Return ``IPv4`` or ``IPv6``."""
    return values.choice(name, "IPv4", "IPv6")


def attempts(values: Values, name: str) -> int | None:
    """Return the maximum number of attempts of a call."""
    return values.whole(name, 1, "25")


def retry_mode(values: Values, name: str) -> RetryMode | None:
    """Return the mode of botocore's retries."""
    return cast("RetryMode | None", values.choice(name, "standard", "adaptive"))
