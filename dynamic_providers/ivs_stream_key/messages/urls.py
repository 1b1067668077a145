"""Validates URLs of endpoints and proxies; errors do not quote them, since they may hold a password."""

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from ivs_stream_key.messages.descriptions import control_characters, kind_of

__all__ = ["ESCAPE", "FORM", "has_user", "in_lower_case", "problem_of", "problem_of_proxy", "without_user"]

FORM: Final = "a URL with http:// or https://"
ESCAPE: Final = "In a user name or password, write characters such as @ : / ? # as %40 %3A %2F %3F %23."

_SCHEMES: Final = ("http", "https")
_WITH_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


def problem_of(url: str) -> str | None:
    """Return what is wrong with a URL, without quoting it; None if it is valid."""
    if control_characters(url) or " " in url:
        return f"{kind_of(url)} with {control_characters(url) or 'a space in it'}"
    parts = _split(url)
    if isinstance(parts, str):
        return parts
    if "@" in f"{parts.path}?{parts.query}#{parts.fragment}":
        return f"{kind_of(url)} whose @ does not stand before its host"
    return None


def problem_of_proxy(url: str) -> str | None:
    """Return what is wrong with a proxy in the environment, for which botocore also accepts a host without a scheme."""
    scheme = _WITH_SCHEME.match(url)
    if scheme is None:
        return problem_of(f"http:{url}" if url.startswith("//") else f"http://{url}")
    return problem_of(url) if scheme[1] in _SCHEMES else f"{kind_of(url)} with another scheme, or one in capitals"


def in_lower_case(url: str) -> str:
    """Return the URL with its scheme in lower case: botocore accepts no other."""
    scheme, separator, rest = url.partition("://")
    return f"{scheme.lower()}{separator}{rest}"


def has_user(url: str) -> bool:
    """Whether a valid URL has a user name or password."""
    return "@" in urlsplit(url).netloc


def without_user(url: str) -> str:
    """Return a valid URL without user name and password, which no request to AWS sends."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _split(url: str) -> SplitResult | str:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # The error quotes a part of the URL.
        return f"{kind_of(url)} whose host and port cannot be parsed"
    if parts.scheme not in _SCHEMES or not parts.hostname:
        return kind_of(url)
    return parts if port != 0 else f"{kind_of(url)} with the port 0"
