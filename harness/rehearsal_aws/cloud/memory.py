"""Captures and restores the contents of moto as JSON data, so that the embedded AWS persists between commands."""

from __future__ import annotations

import collections
from typing import Any, Final

from moto.backends import get_backend
from moto.core.base_backend import BackendDict, BaseBackend
from moto.moto_api._internal.models import moto_api_backend

from rehearsal_aws.cloud.encoding import SERVICES, NotData, decode, encode

__all__ = ["captured", "forget", "forget_others", "restore"]

# Attributes of a backend that its constructor sets.
_SET_BY_CONSTRUCTOR: Final = frozenset({"region_name", "account_id", "partition", "policy_arn_regex", "ssm_prefix"})
# The prefix of AWS's own parameters. There are thousands, and moto loads them again on demand.
_AWS_PREFIX: Final = "/aws/"


def forget() -> None:
    """Remove all resources from moto, in all accounts and regions."""
    moto_api_backend.reset()


def forget_others() -> None:
    """Remove the contents of services whose backends can't always be encoded."""
    others = [service for service in _services_in_use() if service.service_name not in SERVICES]
    for service in others:
        for account in service.values():
            account.reset()
        service.clear()
        BackendDict._instances.remove(service)  # type: ignore[misc]  # noqa: SLF001


def captured() -> Any:
    """Return moto's contents as JSON data. Raises NotData if a service is in use whose contents can't be encoded."""
    backends = []
    for service in _services_in_use():
        if service.service_name not in SERVICES:
            raise NotData(service.service_name)
        for account, region, backend in service.iter_backends():
            held = {name: _plain(value) for name, value in vars(backend).items() if name not in _SET_BY_CONSTRUCTOR}
            backends.append([service.service_name, account, region, held])
    return encode(backends)


def restore(data: Any) -> None:
    """Restore captured contents into an empty moto. Raises any error for data that is not from `captured`."""
    for service, account, region, held in decode(data):
        if service not in SERVICES:
            raise NotData(service)
        backend = get_backend(service)[account][region]
        for name, value in held.items():
            fresh = backend.__dict__.get(name)
            if isinstance(fresh, collections.defaultdict):
                # Fill the new backend's dictionary, because its default factory could not be encoded.
                fresh.clear()
                dict.update(fresh, value)
            else:
                backend.__dict__[name] = value
        if service == "s3":
            # Bucket names are unique across accounts, so moto's S3 has a list of them outside its backends.
            names: dict[str, tuple[str, str]] = get_backend("s3").bucket_accounts  # type: ignore[attr-defined]
            names.update((name, (backend.partition, account)) for name in held["buckets"])


def _services_in_use() -> list[BackendDict[BaseBackend]]:
    return list(BackendDict._instances)  # type: ignore[misc]  # noqa: SLF001 - moto offers no list of them


def _plain(value: Any) -> Any:
    if not isinstance(value, collections.defaultdict):
        return value
    return {key: item for key, item in value.items() if not (isinstance(key, str) and key.startswith(_AWS_PREFIX))}
