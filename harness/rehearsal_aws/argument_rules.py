"""Rules for arguments, checked in previews and before any change, as in Terraform's AWS provider.

A rule returns a description of valid values, or None if the value is valid. It never quotes the value, which may be
secret.
"""

from __future__ import annotations

import datetime as dt
import functools
import ipaddress
import json
import re
from collections.abc import Callable
from typing import Any, Final

from botocore.loaders import Loader
from botocore.model import ServiceModel

__all__ = [
    "Rule",
    "a_number",
    "a_time",
    "an_ipv4_network",
    "arn",
    "base64_text",
    "json_text",
    "loader",
    "matching",
    "of_length",
    "one_of_enum",
]

Rule = Callable[[Any], str | None]

_ARN: Final = re.compile(r"arn:[\w-]+:[\w-]+:[\w-]*:(\d{12})?:.+")
_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")


@functools.cache
def loader() -> Loader:
    """Return botocore's loader of service models, one for the process: loading a model takes tenths of a second."""
    return Loader()


@functools.cache
def _model(service: str) -> ServiceModel:
    return ServiceModel(loader().load_service_model(service, "service-2"), service)


def one_of_enum(service: str, shape: str) -> Rule:
    """Expect a value of one of botocore's enumerations, such as ``ivs`` ``ChannelType``."""

    def rule(value: Any) -> str | None:
        values: list[str] = _model(service).shape_for(shape).metadata["enum"]
        return None if value in values else f"expected one of {', '.join(values)}"

    return rule


def matching(pattern: str, expected: str) -> Rule:
    """Expect text that matches the whole pattern, which `expected` describes."""
    compiled = re.compile(pattern)
    return lambda value: None if isinstance(value, str) and compiled.fullmatch(value) else f"expected {expected}"


def a_time(value: Any) -> str | None:
    """Expect a time with a time zone, in the format of RFC 3339."""
    try:
        if dt.datetime.fromisoformat(value).tzinfo is not None:
            return None
    except (TypeError, ValueError):
        pass
    return "expected a time such as 2026-01-31T12:00:00Z"


def an_ipv4_network(value: Any) -> str | None:
    """Expect an IPv4 network such as 10.0.0.0/16, whose bits after the prefix are zero."""
    try:
        if "/" in value and ipaddress.IPv4Network(value):
            return None
    except (TypeError, ValueError):
        pass
    return "expected the addresses of a network, such as 10.0.0.0/16"


def of_length(low: int, high: int) -> Rule:
    """Expect a string with a length in this range."""

    def rule(value: Any) -> str | None:
        if isinstance(value, str) and low <= len(value) <= high:
            return None
        return f"expected text of {low} to {high} characters"

    return rule


def a_number(low: int, high: int, *others: int) -> Rule:
    """Expect a whole number in this range, or one of the values in `others`."""
    expected = " or ".join([f"a whole number from {low} to {high}", *map(str, others)])

    def rule(value: Any) -> str | None:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return None if whole and (low <= value <= high or value in others) else f"expected {expected}"

    return rule


def arn(value: Any) -> str | None:
    """Expect an ARN."""
    return None if isinstance(value, str) and _ARN.fullmatch(value) else "expected an ARN"


def json_text(value: Any) -> str | None:
    """Expect JSON."""
    try:
        json.loads(value)
    except (TypeError, ValueError):
        return "expected JSON"
    return None


def base64_text(value: Any) -> str | None:
    """Expect base64."""
    return None if isinstance(value, str) and _BASE64.fullmatch(value) else "expected text in base64"
