"""Checks, at declaration, the arguments that determine which resources are declared: no provider checks them."""

import base64
import dataclasses
import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import pulumi

from ivs_channel.arguments import PlaybackRestriction, describe_name
from ivs_channel.recording import Recording
from ivs_stream_key import RecordingConfiguration
from ivs_stream_key.messages.descriptions import kind_of

__all__ = ["validated"]

_T = TypeVar("_T")
# Pairs of which a program may give one: the first creates a resource, the second refers to an existing one.
_EXCLUSIVE: Final = (
    ("playback_restriction", "playback_restriction_policy_arn"),
    ("playback_authorization", "authorized"),
    ("recording", "recording_configuration_arn"),
)
_ARN: Final = re.compile(r"arn:[\w-]+:ivs:[\w-]+:\d*:recording-configuration/\S+")
_RECORDING: Final = "the ARN of a recording configuration, such a resource, or a Recording"
_FOR_A_BUCKET: Final = "For a bucket, write Recording(bucket=…)."
_PEM: Final = re.compile("-----BEGIN PUBLIC KEY-----(.*)-----END PUBLIC KEY-----", re.DOTALL)
# The object identifier of the curve P-384 (1.3.132.0.34) in DER.
_P_384: Final = bytes.fromhex("06052b81040022")
_PUBLIC_KEY: Final = "True, False, or a public key in PEM"


def validated(given: Mapping[str, Any], subject: str) -> dict[str, Any]:
    """Check the arguments; return them with mappings converted to `Recording` and `PlaybackRestriction`.

    TypeError and ValueError, which begin with `subject` and the argument's name, for invalid values and for two
    arguments that exclude each other. The errors do not quote values.
    """
    for name, other in _EXCLUSIVE:
        if given.get(name) is not None and given.get(other) is not None:
            raise ValueError(f"{subject}: {name}: expected {name} or {other}, got both. Leave one of them out.")
    return {
        name: value if value is None or name not in _CHECKS else _CHECKS[name](value, f"{subject}: {name}")
        for name, value in given.items()
    }


def _recording(given: Any, subject: str) -> Any:
    if isinstance(given, Mapping):
        given = _from_mapping(Recording, given, subject)
    if isinstance(given, Recording):
        _check_bucket(given.bucket, f"{subject}: bucket")
        return given
    if _is_output(given) or isinstance(given, RecordingConfiguration) or hasattr(given, "destination_configuration"):
        return given
    # An empty ARN turns recording off.
    if isinstance(given, str) and (not given or _ARN.fullmatch(given)):
        return given
    kind = f"a {type(given).__name__}" if isinstance(given, pulumi.Resource) else kind_of(given)
    raise TypeError(f"{subject}: expected {_RECORDING}, got {kind}. {_FOR_A_BUCKET}")


def _check_bucket(given: Any, subject: str) -> None:
    if isinstance(given, pulumi.Resource) and not hasattr(given, "bucket"):
        raise TypeError(f"{subject}: expected an aws.s3.Bucket or its name, got a {type(given).__name__}.")
    if not isinstance(given, str | pulumi.Resource) and not _is_output(given):
        raise TypeError(f"{subject}: expected an aws.s3.Bucket or its name, got {kind_of(given)}.")


def _restriction(given: Any, subject: str) -> PlaybackRestriction:
    if isinstance(given, Mapping):
        return _from_mapping(PlaybackRestriction, given, subject)
    if not isinstance(given, PlaybackRestriction):
        raise TypeError(
            f"{subject}: expected a PlaybackRestriction, got {kind_of(given)}. "
            'Write PlaybackRestriction(allowed_countries=["CH"]).'
        )
    return given


def _authorization(given: Any, subject: str) -> Any:
    if isinstance(given, bool):
        return given
    if isinstance(given, pulumi.Output):
        return given.apply(lambda found: _public_key(found, subject))
    return given if inspect.isawaitable(given) else _public_key(given, subject)


def _public_key(given: Any, subject: str) -> str:
    if not isinstance(given, str):
        raise TypeError(f"{subject}: expected {_PUBLIC_KEY}, got {kind_of(given)}.")
    if "PRIVATE KEY" in given:
        raise ValueError(
            f"{subject}: expected {_PUBLIC_KEY}, got a private key. Give the public one, and keep the private one to "
            "the server that signs tokens."
        )
    if "-----BEGIN PUBLIC KEY-----" not in given:
        raise ValueError(
            f"{subject}: expected {_PUBLIC_KEY}, got {kind_of(given)}. A key begins with -----BEGIN PUBLIC KEY-----."
        )
    if _P_384 not in _der_data(given):
        raise ValueError(
            f"{subject}: expected {_PUBLIC_KEY}, for ECDSA on the curve P-384, got {kind_of(given)} that is cut off, "
            "or a key of another kind. `openssl ecparam -name secp384r1 -genkey -noout` makes such a pair."
        )
    return given


def _der_data(pem: str) -> bytes:
    """Return the DER data of a public key in PEM; empty if it is not valid base64."""
    found = _PEM.search(pem)
    try:
        return base64.b64decode("".join(found[1].split()), validate=True) if found else b""
    except ValueError:
        return b""


def _flag(given: Any, subject: str) -> bool:
    if not isinstance(given, bool):
        raise TypeError(
            f"{subject}: expected True or False, got {kind_of(given)}. It decides which outputs there are, and so has "
            "to be a plain value."
        )
    return given


def _from_mapping(kind: Callable[..., _T], given: Mapping[Any, Any], subject: str) -> _T:
    known = [field.name for field in dataclasses.fields(kind)]  # type: ignore[arg-type]  # a class, as its callers give
    for name in given:
        if name not in known:
            raise TypeError(f"{subject}: there is no field {describe_name(name, known)}. There are {', '.join(known)}.")
    if kind is Recording and "bucket" not in given:
        raise TypeError(f"{subject}: bucket: expected an aws.s3.Bucket or its name, got nothing.")
    return kind(**given)


def _is_output(given: Any) -> bool:
    return isinstance(given, pulumi.Output) or inspect.isawaitable(given)


_CHECKS: Final[Mapping[str, Callable[[Any, str], Any]]] = {
    "playback_authorization": _authorization,
    "playback_restriction": _restriction,
    "recording": _recording,
    "srt": _flag,
}
