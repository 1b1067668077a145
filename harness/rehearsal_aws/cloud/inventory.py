"""What there is in moto, and which secrets it keeps; for tests that leave nothing behind and give nothing away."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

from moto.core.base_backend import BackendDict, BaseBackend

__all__ = ["remaining", "secrets"]


def remaining() -> list[str]:
    """Return the ARNs of all resources of the services that rehearsals know."""
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
    # Kept by moto_ivs under these names, and not before the first is made.
    for kept in (
        "stream_keys",
        "recording_configurations",
        "playback_key_pairs",
        "playback_restriction_policies",
        "ad_configurations",
        "failover_slate_configurations",
    ):
        yield from vars(backend).get(kept, ())


def _ssm(backend: Any) -> Iterator[str]:
    for name, _ in _own_parameters(backend):
        yield f"{backend.ssm_prefix}/{name.removeprefix('/')}"


def _own_parameters(backend: Any) -> Iterator[tuple[str, Any]]:
    for name, versions in list(backend._parameters.items()):  # noqa: SLF001 - moto's list would load AWS's own too
        if versions and not name.startswith("/aws/"):
            yield name, versions


def _secretsmanager(backend: Any) -> Iterator[str]:
    # A deleted secret lies in wait for its recovery window to end, as in AWS.
    yield from (secret.arn for secret in list(backend.secrets.values()) if not secret.is_deleted())


def _s3(backend: Any) -> Iterator[str]:
    yield from (bucket.arn for bucket in list(backend.buckets.values()))


def _stream_keys(backend: Any) -> Iterator[str]:
    yield from (key["value"] for key in vars(backend).get("stream_keys", {}).values())
    yield from (channel["srt"]["passphrase"] for channel in backend.channels if "passphrase" in channel.get("srt", ()))


def _secure_parameters(backend: Any) -> Iterator[str]:
    for _, versions in _own_parameters(backend):
        for version in versions:
            if version.parameter_type == "SecureString":
                yield version.response_object(decrypt=True)["Value"]


def _secret_strings(backend: Any) -> Iterator[str]:
    for secret in list(backend.secrets.values()):
        yield from filter(None, (version.get("secret_string") for version in secret.versions.values()))


_List = Callable[[Any], Iterator[str]]
_LISTS: Final[dict[str, _List]] = {"ivs": _ivs, "s3": _s3, "secretsmanager": _secretsmanager, "ssm": _ssm}
_SECRETS: Final[dict[str, _List]] = {
    "ivs": _stream_keys,
    "secretsmanager": _secret_strings,
    "ssm": _secure_parameters,
}
