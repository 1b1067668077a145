"""The settings of pulumi-aws 7 and the values that it accepts, as data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

__all__ = ["KINDS", "LISTS", "MEMBERS", "NAMES", "Kind", "is_text", "seconds"]

_ROLE_ARN: Final = re.compile(r"arn:aws(?:-[a-z]+)*:iam::\d{12}:role/.+", re.ASCII)

# The units of Go's time.ParseDuration, without those below a second.
_DURATION: Final = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")

Kind = Callable[[Any], str | None]
"""Returns what was expected of a value, without quoting it; None if it is valid."""


def is_text(value: Any) -> str | None:
    """Return what was expected if a value is not text; None for text."""
    return None if isinstance(value, str) else "text"


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "true or false"


def _number(value: Any) -> str | None:
    # Python's json parses NaN and Infinity, for which int() fails.
    whole = isinstance(value, int | float) and not isinstance(value, bool) and value % 1 == 0
    return None if whole and value >= 0 else "a whole number, 0 or more"


def _texts(value: Any) -> str | None:
    return None if isinstance(value, list) and all(isinstance(item, str) for item in value) else "a list of texts"


def _text_by_name(value: Any) -> str | None:
    texts = isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    return None if texts else "a mapping of names to texts"


def _role_arn(value: Any) -> str | None:
    known = isinstance(value, str) and (not value or _ROLE_ARN.fullmatch(value))
    return None if known else "the ARN of a role, arn:aws:iam::ACCOUNT:role/NAME, whose account is 12 digits"


def _one_of(*choices: str) -> Kind:
    known = {choice.lower() for choice in choices}
    return lambda value: None if isinstance(value, str) and value.lower() in known else " or ".join(choices)


def _duration(value: Any) -> str | None:
    return None if isinstance(value, str) and seconds(value) is not None else "a duration such as 1h30m"


MEMBERS: Final[Mapping[str, Mapping[str, Kind]]] = {
    "assumeRoleWithWebIdentity": {
        "duration": _duration,
        "policy": is_text,
        "policyArns": _texts,
        "roleArn": _role_arn,
        "sessionName": is_text,
        "webIdentityToken": is_text,
        "webIdentityTokenFile": is_text,
    },
    "assumeRoles": {
        "duration": _duration,
        "externalId": is_text,
        "policy": is_text,
        "policyArns": _texts,
        "roleArn": _role_arn,
        "sessionName": is_text,
        "sourceIdentity": is_text,
        "tags": _text_by_name,
        "transitiveTagKeys": _texts,
    },
    "defaultTags": {"tags": _text_by_name},
    "ignoreTags": {"keyPrefixes": _texts, "keys": _texts},
}
LISTS: Final = frozenset({"assumeRoles", "endpoints"})
KINDS: Final[Mapping[str, Kind]] = {
    "accessKey": is_text,
    "allowedAccountIds": _texts,
    "customCaBundle": is_text,
    "ec2MetadataServiceEndpoint": is_text,
    "ec2MetadataServiceEndpointMode": _one_of("IPv4", "IPv6"),
    "forbiddenAccountIds": _texts,
    "httpProxy": is_text,
    "httpsProxy": is_text,
    "insecure": _flag,
    "maxRetries": _number,
    "noProxy": is_text,
    "profile": is_text,
    "region": is_text,
    "retryMode": _one_of("standard", "adaptive"),
    "s3UsEast1RegionalEndpoint": _one_of("legacy", "regional"),
    "s3UsePathStyle": _flag,
    "secretKey": is_text,
    "sharedConfigFiles": _texts,
    "sharedCredentialsFiles": _texts,
    "skipCredentialsValidation": _flag,
    "skipMetadataApiCheck": _flag,
    "skipRegionValidation": _flag,
    "skipRequestingAccountId": _flag,
    "stsRegion": is_text,
    "tagPolicyCompliance": is_text,
    "token": is_text,
    "tokenBucketRateLimiterCapacity": _number,
    "useDualstackEndpoint": _flag,
    "useFipsEndpoint": _flag,
    "userAgents": _texts,
}
NAMES: Final = frozenset({*KINDS, *MEMBERS, "endpoints"})
"""Every setting of pulumi-aws 7."""


def seconds(duration: str) -> int | None:
    """Return a duration such as ``1h30m`` in seconds; None if it is invalid."""
    match = _DURATION.fullmatch(duration)
    if match is None or not duration:
        return None
    hours, minutes, rest = (int(part or 0) for part in match.groups())
    return hours * 3600 + minutes * 60 + rest
