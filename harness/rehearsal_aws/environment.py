"""The environment in which AWS clients find the embedded cloud, with credentials that are good for nothing else."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

__all__ = ["ACCESS_KEY", "DEFAULT_REGION", "client_environment", "profiles"]

ACCESS_KEY: Final = "AKIAEMBEDDEDAWS00000"
_SECRET_KEY: Final = "embedded"  # noqa: S105 - opens nothing
DEFAULT_REGION: Final = "us-east-1"

# Whatever else would tell a client who it is or where to go.
_REMOVED: Final = (
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_DEFAULT_PROFILE",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_SECURITY_TOKEN",
    "AWS_SESSION_TOKEN",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
)


def client_environment(url: str, config_file: Path, present: Mapping[str, str]) -> dict[str, str | None]:
    """Return the variables to set, and those to remove (None), in an environment that is `present`."""
    region = present.get("AWS_REGION") or present.get("AWS_DEFAULT_REGION") or DEFAULT_REGION
    away = [name for name in present if name.startswith("AWS_ENDPOINT_URL_")]
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
    """Return an AWS config file with the default profile and the one of this name, if it is one."""
    keys = f"aws_access_key_id = {ACCESS_KEY}\naws_secret_access_key = {_SECRET_KEY}\n"
    named = f"\n[profile {name}]\n{keys}" if isinstance(name, str) and name and name != "default" else ""
    return f"[default]\n{keys}{named}"
