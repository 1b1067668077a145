"""Which proxy is used for an endpoint."""

import ipaddress
import urllib.request
from collections.abc import Mapping
from urllib.parse import urlsplit

from ivs_stream_key.aws_config.settings import Proxies
from ivs_stream_key.errors import BadSettings
from ivs_stream_key.messages import urls

__all__ = ["proxies_for", "refuse_bad_proxy", "without_passwords_in_bad_ones"]


def proxies_for(url: str, proxies: Proxies) -> dict[str, str] | None:
    """Return the proxies for `url`, by scheme; None leaves the choice to botocore, which reads the environment.

    As in pulumi-aws, a proxy for HTTP is used for HTTPS too if no proxy for HTTPS is set. Proxies that are not set come
    from the environment (``HTTP_PROXY``, ``HTTPS_PROXY``, ``NO_PROXY``).
    """
    if proxies == Proxies():
        return None
    environment = urllib.request.getproxies_environment()
    none_for = proxies.none_for if proxies.none_for is not None else environment.get("no", "")
    if _uses_no_proxy(url, none_for):
        return {}
    found = {
        "http": proxies.http or environment.get("http"),
        "https": proxies.https or environment.get("https") or proxies.http,
    }
    return {scheme: proxy for scheme, proxy in found.items() if proxy}


def refuse_bad_proxy(url: str, proxies: Mapping[str, str]) -> None:
    """Raise BadSettings if the proxy for `url`, which comes from the environment, is invalid.

    botocore's own error would quote it, with its password.
    """
    scheme = urlsplit(url).scheme
    problem = urls.problem_of_proxy(proxies[scheme]) if scheme in proxies else None
    if problem is not None:
        raise BadSettings(
            f"The proxy in the environment variable {scheme.upper()}_PROXY cannot be used.",
            expected=urls.FORM,
            got=problem,
            remedy=f"set it to http://HOST:PORT, or unset it. {urls.ESCAPE}",
        )


def without_passwords_in_bad_ones(proxies: Mapping[str, str]) -> dict[str, str]:
    """Return `proxies` without the passwords of URLs that botocore cannot parse: its error would quote them."""
    return {
        scheme: proxy if urls.problem_of_proxy(proxy) is None else proxy.rpartition("@")[2]
        for scheme, proxy in proxies.items()
    }


def _uses_no_proxy(url: str, none_for: str) -> bool:
    """Whether requests to `url` use no proxy: its host is in the list `none_for`, or is this machine."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", str(parts.port or {"http": 80, "https": 443}[parts.scheme])
    items = (item.strip().lower() for item in none_for.split(","))
    return _is_loopback(host) or any(_matches_no_proxy(item, host, port) for item in items if item)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _matches_no_proxy(item: str, host: str, port: str) -> bool:
    """Whether an item of a NO_PROXY list matches a host. An item is ``*``, an address, a network, or a domain.

    Addresses and domains may have a port. A domain matches itself and its subdomains. A domain that begins with a dot
    matches only its subdomains.
    """
    if item == "*" or _is_in_network(host, item):
        return True
    name, colon, wanted = item.partition(":")
    name = name.removeprefix("*")
    return (not colon or wanted == port) and (host == name or host.endswith(f".{name.removeprefix('.')}"))


def _is_in_network(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
