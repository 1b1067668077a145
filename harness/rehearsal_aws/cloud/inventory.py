"""Lists the resources and the secrets in moto, for tests that check for leftover resources and leaked secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from moto.core.base_backend import BackendDict, BaseBackend

from moto_ivs.models import TAGGED

__all__ = ["remaining", "secrets"]


def remaining() -> list[str]:
    """Return the ARNs of all resources of the supported services."""
    return sorted({arn for service, backend in _backends() for arn in _LISTS.get(service, _nothing)(backend)})


def secrets() -> set[str]:
    """Return the plaintext of stream keys, passphrases of channels, secure parameters and secrets."""
    return {text for service, backend in _backends() for text in _SECRETS.get(service, _nothing)(backend)}


def _backends() -> Iterator[tuple[str, Any]]:
    in_use: list[BackendDict[BaseBackend]] = list(
        BackendDict._instances  # type: ignore[misc]  # noqa: SLF001 - moto offers no list of the backends in use
    )
    for service in in_use:
        for _, _, backend in list(service.iter_backends()):
            yield service.service_name, backend


def _nothing(backend: Any) -> Iterator[str]:
    del backend
    yield from ()


def _ivs(backend: Any) -> Iterator[str]:
    yield from (channel["arn"] for channel in backend.channels)
    # The collections of moto_ivs, which a backend has only after the first resource was created.
    for collection in TAGGED:
        yield from vars(backend).get(collection, ())


def _ssm(backend: Any) -> Iterator[str]:
    for name, _ in _own_parameters(backend):
        yield f"{backend.ssm_prefix}/{name.removeprefix('/')}"


def _own_parameters(backend: Any) -> Iterator[tuple[str, Any]]:
    for name, versions in list(backend._parameters.items()):  # noqa: SLF001 - moto's list would load AWS's own too
        if versions and not name.startswith("/aws/"):
            yield name, versions


def _secretsmanager(backend: Any) -> Iterator[str]:
    # moto keeps a deleted secret until its recovery window ends, as AWS does. It does not count.
    yield from (secret.arn for secret in list(backend.secrets.values()) if not secret.is_deleted())


def _s3(backend: Any) -> Iterator[str]:
    yield from (bucket.arn for bucket in list(backend.buckets.values()))


def _arns(*places: str) -> Callable[[Any], Iterator[str]]:
    """Return a function that lists the ARNs or names of the resources in these attributes of a backend."""

    def listed(backend: Any) -> Iterator[str]:
        for place in places:
            held = getattr(backend, place, {})
            for name, one in list(held.items()) if isinstance(held, dict) else [(None, one) for one in list(held)]:
                yield str(getattr(one, "arn", "") or getattr(one, "name", "") or name)

    return listed


def _iam(backend: Any) -> Iterator[str]:
    yield from (one.arn for place in ("roles", "users", "groups") for one in list(getattr(backend, place).values()))
    yield from (arn for arn in list(backend.managed_policies) if not arn.startswith("arn:aws:iam::aws:"))


def _kms(backend: Any) -> Iterator[str]:
    # moto keeps a key whose deletion is scheduled, as AWS does. It does not count.
    yield from (key.arn for key in list(backend.keys.values()) if key.key_state != "PendingDeletion")


def _rules(backend: Any) -> Iterator[str]:
    buses = list(backend.event_buses.values())
    yield from (rule.arn for bus in buses for rule in list(bus.rules.values()))
    yield from (bus.arn for bus in buses if bus.name != "default")


def _functions(backend: Any) -> Iterator[str]:
    yield from (function.function_arn for function in backend.list_functions())
    yield from (mapping.uuid for mapping in list(backend._event_source_mappings.values()))  # noqa: SLF001


def _networks(backend: Any) -> Iterator[str]:
    # Each region has a default VPC, with subnets, and each VPC has a route table and a security group of its own.
    own = {vpc.id for vpc in list(backend.vpcs.values()) if vpc.is_default}
    subnets = [subnet for by_zone in list(backend.subnets.values()) for subnet in list(by_zone.values())]
    groups = [group for of_vpc in list(backend.groups.values()) for group in list(of_vpc.values())]
    tables = [table for table in list(backend.route_tables.values()) if table.main_association_id is None]
    place = f"arn:aws:ec2:{backend.region_name}:{backend.account_id}"
    yield from (f"{place}:vpc/{id_}" for id_ in list(backend.vpcs) if id_ not in own)
    yield from (
        f"{place}:subnet/{subnet.id}" for subnet in subnets if not (subnet.default_for_az and subnet.vpc_id in own)
    )
    yield from (f"{place}:security-group/{group.id}" for group in groups if group.name != "default")
    yield from (f"{place}:internet-gateway/{id_}" for id_ in list(backend.internet_gateways))
    yield from (f"{place}:route-table/{table.id}" for table in tables)


def _schedules(backend: Any) -> Iterator[str]:
    groups = list(backend.schedule_groups.values())
    yield from (schedule.arn for group in groups for schedule in list(group.schedules.values()))


def _stream_keys(backend: Any) -> Iterator[str]:
    yield from (key["value"] for key in vars(backend).get("stream_keys", {}).values())
    yield from (channel["srt"]["passphrase"] for channel in backend.channels if "passphrase" in channel.get("srt", ()))


def _secure_parameters(backend: Any) -> Iterator[str]:
    for _, versions in _own_parameters(backend):
        for version in versions:
            if version.parameter_type == "SecureString":
                yield version.response_object(decrypt=True)["Value"]


def _access_keys(backend: Any) -> Iterator[str]:
    users = list(backend.users.values())
    yield from (key.secret_access_key for user in users for key in list(user.access_keys))


def _secret_strings(backend: Any) -> Iterator[str]:
    for secret in list(backend.secrets.values()):
        yield from filter(None, (version.get("secret_string") for version in secret.versions.values()))


_List = Callable[[Any], Iterator[str]]
_LISTS: Final[dict[str, _List]] = {
    "cloudwatch": _arns("alarms"),
    "dynamodb": _arns("tables"),
    "ec2": _networks,
    "events": _rules,
    "iam": _iam,
    "ivs": _ivs,
    "kinesis": _arns("streams"),
    "kms": _kms,
    "lambda": _functions,
    "logs": _arns("groups"),
    "route53": _arns("zones"),
    "s3": _s3,
    "scheduler": _schedules,
    "secretsmanager": _secretsmanager,
    "sns": _arns("topics", "subscriptions"),
    "sqs": _arns("queues"),
    "ssm": _ssm,
}
_SECRETS: Final[dict[str, _List]] = {
    "iam": _access_keys,
    "ivs": _stream_keys,
    "secretsmanager": _secret_strings,
    "ssm": _secure_parameters,
}
