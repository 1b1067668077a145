"""The contents of moto as data, so that the embedded AWS persists between commands."""

from __future__ import annotations

import collections
from typing import Any, Final

from moto.backends import get_backend
from moto.core.base_backend import BackendDict, BaseBackend
from moto.moto_api._internal.models import moto_api_backend

from rehearsal_aws.cloud.encoding import SERVICES, NotData, decode, encode

__all__ = ["captured", "forget", "forget_others", "restore"]

# The arguments of a backend, and what it derives from them.
_IDENTITY: Final = frozenset({"region_name", "account_id", "partition", "policy_arn_regex", "ssm_prefix"})
# AWS's own parameters, of which there are thousands, are loaded again on demand.
_OF_AWS: Final = "/aws/"


def forget() -> None:
    """Remove all resources from moto, in all accounts and regions."""
    moto_api_backend.reset()


def forget_others() -> None:
    """Remove the contents of services that may not be data."""
    others = [service for service in _in_use() if service.service_name not in SERVICES]
    for service in others:
        for account in service.values():
            account.reset()
        service.clear()
        BackendDict._instances.remove(service)  # type: ignore[misc]  # noqa: SLF001


def captured() -> Any:
    """Return moto's contents as JSON data. Raises NotData if anything may not be data."""
    backends = []
    for service in _in_use():
        if service.service_name not in SERVICES:
            raise NotData(service.service_name)
        for account, region, backend in service.iter_backends():
            held = {name: _plain(value) for name, value in vars(backend).items() if name not in _IDENTITY}
            backends.append([service.service_name, account, region, held])
    return encode(backends)


def restore(data: Any) -> None:
    """Restore captured contents into an empty moto. Raises any error for data that `captured` never wrote."""
    for service, account, region, held in decode(data):
        if service not in SERVICES:
            raise NotData(service)
        backend = get_backend(service)[account][region]
        for name, value in held.items():
            fresh = backend.__dict__.get(name)
            if isinstance(fresh, collections.defaultdict):
                # Its default factory is not data; the new backend has it.
                fresh.clear()
                dict.update(fresh, value)
            else:
                backend.__dict__[name] = value
        if service == "s3":
            # All accounts share the names of buckets, so S3 has a list of them besides its backends.
            names: dict[str, tuple[str, str]] = get_backend("s3").bucket_accounts  # type: ignore[attr-defined]
            names.update((name, (backend.partition, account)) for name in held["buckets"])


def _in_use() -> list[BackendDict[BaseBackend]]:
    return list(BackendDict._instances)  # type: ignore[misc]  # noqa: SLF001 - moto offers no list of them


def _plain(value: Any) -> Any:
    if not isinstance(value, collections.defaultdict):
        return value
    return {key: item for key, item in value.items() if not (isinstance(key, str) and key.startswith(_OF_AWS))}
