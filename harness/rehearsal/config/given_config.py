"""Config from options and from environment variables, which other users of the machine can't read.

The environment uses the SDK's variables: PULUMI_CONFIG is a JSON object of values by full keys, and
PULUMI_CONFIG_SECRET_KEYS a JSON array of the keys that are secret. No error quotes a value.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from rehearsal.errors import ConfigError
from rehearsal.state.property_values import Secret

__all__ = ["config_from_environment", "config_from_options"]

_VALUES: Final = "PULUMI_CONFIG"
_SECRET_KEYS: Final = "PULUMI_CONFIG_SECRET_KEYS"  # noqa: S105 - the name of a variable


def config_from_options(pairs: Iterable[str]) -> dict[str, str]:
    """Return the config in texts such as ``region=eu-west-1``.

    :raises ValueError: if one has no key or no value.
    """
    config = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise ValueError("expected K=V, got text without =")
        if not key:
            raise ValueError("expected K=V, got no key before =")
        config[key] = value
    return config


def config_from_environment(environment: Mapping[str, str]) -> dict[str, str | Secret]:
    """Return the config in an environment.

    :raises ConfigError: if a variable does not have the form that Pulumi's SDK uses.
    """
    values = _parsed(environment, _VALUES, dict, "a JSON object of config by keys")
    secret = _parsed(environment, _SECRET_KEYS, list, "a JSON array of keys")
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in values.items()}
    return {key: Secret(text) if key in secret else text for key, text in texts.items()}


def _parsed(environment: Mapping[str, str], name: str, kind: type, expected: str) -> Any:
    text = environment.get(name)
    if not text:
        return kind()
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, kind):
        raise ConfigError(f"{name}: expected {expected}, got something else")
    return data
