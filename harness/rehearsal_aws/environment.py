"""Environment variables that direct AWS clients to the embedded cloud, with credentials that work only there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

__all__ = ["ACCESS_KEY", "DEFAULT_REGION", "client_environment", "profiles"]

ACCESS_KEY: Final = "AKIAEMBEDDEDAWS00000"
_SECRET_KEY: Final = "embedded-secret-key"  # noqa: S105 - opens nothing
DEFAULT_REGION: Final = "us-east-1"

# Variables that would give a client another identity, endpoint or protocol. Others that botocore reads are kept, such
# as those for retries, the user agent and paths of models.
_REMOVED: Final = (
    "AWS_ACCOUNT_ID_ENDPOINT_MODE",
    "AWS_AUTH_SCHEME_PREFERENCE",
    "AWS_CA_BUNDLE",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_CREDENTIAL_FILE",
    "AWS_CSM_CLIENT_ID",
    "AWS_CSM_ENABLED",
    "AWS_CSM_HOST",
    "AWS_CSM_PORT",
    "AWS_DEFAULTS_MODE",
    "AWS_DEFAULT_PROFILE",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
    "AWS_EC2_METADATA_V1_DISABLED",
    "AWS_ENDPOINT_DISCOVERY_ENABLED",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_IMDS_USE_IPV6",
    "AWS_LOGIN_CACHE_DIRECTORY",
    "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
    "AWS_METADATA_SERVICE_TIMEOUT",
    "AWS_PROFILE",
    "AWS_REQUEST_CHECKSUM_CALCULATION",
    "AWS_RESPONSE_CHECKSUM_VALIDATION",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_S3_DISABLE_EXPRESS_SESSION_AUTH",
    "AWS_S3_DISABLE_MULTIREGION_ACCESS_POINTS",
    "AWS_S3_USE_ARN_REGION",
    "AWS_S3_US_EAST_1_REGIONAL_ENDPOINT",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_SIGV4A_SIGNING_REGION_SET",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "BOTO_CONFIG",
)
# One for each service.
_REMOVED_PREFIXES: Final = ("AWS_BEARER_TOKEN_", "AWS_ENDPOINT_URL_")


def client_environment(url: str, config_file: Path, present: Mapping[str, str]) -> dict[str, str | None]:
    """Return the variables to set, and those to remove (None), in the environment `present`."""
    region = present.get("AWS_REGION") or present.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    away = [name for name in present if name.startswith(_REMOVED_PREFIXES)]
    changes: dict[str, str | None] = dict.fromkeys((*_REMOVED, *away))
    unproxied = present.get("no_proxy") or present.get("NO_PROXY") or ""
    direct = ",".join(filter(None, (unproxied, "127.0.0.1")))
    return changes | {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_CONFIG_FILE": str(config_file),
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": url,
        "AWS_REGION": region,
        "AWS_SECRET_ACCESS_KEY": _SECRET_KEY,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "NO_PROXY": direct,
        "no_proxy": direct,
    }


def profiles(name: object) -> str:
    """Return an AWS config file with the default profile and the profile of this name, if it is valid."""
    keys = f"aws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {_SECRET_KEY}\n"
    named = f"\n[profile {name}]\n{keys}" if isinstance(name, str) and name and name != "default" else ""
    return f"[default]\n{keys}{named}"
