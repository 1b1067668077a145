"""Encodes moto's objects as JSON data, and decodes them. Only known classes are allowed, so decoding runs no code.

JSON types are written unchanged. All other values are written as an object with the key `$`, which names their type; so
is a dictionary that has this key itself. An object that is referenced several times is decoded as one object.
"""

from __future__ import annotations

import base64
import collections
import datetime as dt
import importlib
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from moto.backends import get_backend
from moto.core.base_backend import BaseBackend

from rehearsal_aws.cloud.repeatable import private_key, private_key_text

__all__ = ["SERVICES", "NotData", "decode", "encode"]

SERVICES: Final = frozenset({"iam", "ivs", "kms", "s3", "secretsmanager", "ssm", "sts"})
"""The services whose backends contain only data."""

_MARK: Final = "$"
_NUMBER: Final = "#"
_PLAIN: Final = frozenset({bool, float, int, str})
_LOCK: Final = type(threading.Lock())
_FACTORIES: Final[Mapping[str, type]] = {kind.__name__: kind for kind in (dict, int, list, set, str)}

# The classes that are allowed. An object is created without calling its constructor, and its attributes are set.
_ALLOWED_BY_MODULE: Final[Mapping[str, str]] = {
    "moto.iam.models": """
        AccessKey AccessKeyLastUsed AccountPasswordPolicy AccountSummary Certificate Group InlinePolicy InstanceProfile
        MFADevice ManagedPolicy OpenIDConnectProvider PolicyVersion Role SAMLProvider SigningCertificate SshPublicKey
        User VirtualMfaDevice
    """,
    "moto.kms.models": "Alias Grant Key",
    "moto.kms.utils": "ECDSAPrivateKey KeySpec RSAPrivateKey SigningAlgorithm",
    "moto.s3.models": """
        CorsRule FakeAcl FakeBucket FakeBucketInventoryConfiguration FakeDeleteMarker FakeGrant FakeGrantee FakeKey
        FakeMultipart LifeCycleNoncurrentVersionTransition LifecycleAndFilter LifecycleFilter LifecycleRule
        LifecycleTransition MultipartDict Notification NotificationConfiguration PublicAccessBlock
        TransitionDefaultMinimumObjectSize
    """,
    "moto.s3.utils": "_VersionedKeyStore",
    "moto.secretsmanager.models": "FakeSecret ReplicaSecret SecretsStore",
    "moto.ssm.models": "Parameter ParameterDict",
    "moto.sts.models": "AssumedRole Token",
    "moto.utilities.tagging_service": "TaggingService",
    "moto.utilities.utils": "LowercaseDict",
    "requests.structures": "CaseInsensitiveDict",
}
_ALLOWED: Final = {f"{module}.{name}" for module, names in _ALLOWED_BY_MODULE.items() for name in names.split()}


class NotData(Exception):
    """A value has an unknown class, or can't be encoded; the text names it."""


def encode(value: Any) -> Any:
    """Return data for `json.dumps`. Raises NotData."""
    return _Encoder(value).encode(value)


def decode(data: Any) -> Any:
    """Return the value that `encode` has encoded. Raises NotData, and any other error for data not from `encode`."""
    return _Decoder().decode(data)


class _Encoder:
    def __init__(self, value: Any) -> None:
        self._shared = _ids_of_shared(value)
        self._numbers: dict[int, int] = {}
        self._kept: list[Any] = []

    def encode(self, value: Any) -> Any:
        kind = type(value)
        if value is None or kind in _PLAIN:
            return value
        number = None
        if id(value) in self._shared:
            if id(value) in self._numbers:
                return {_MARK: "again", _NUMBER: self._numbers[id(value)]}
            number = self._numbers[id(value)] = len(self._numbers)
        if number is None and kind is list:
            return [self.encode(item) for item in value]
        if number is None and kind is dict and _MARK not in value and all(type(key) is str for key in value):
            return {key: self.encode(item) for key, item in value.items()}
        data = self._marked(value, kind)
        return data if number is None else {**data, _NUMBER: number}

    def _marked(self, value: Any, kind: type) -> dict[str, Any]:  # noqa: C901 - a line for each kind
        if kind in (list, tuple, set, frozenset):
            return {_MARK: kind.__name__, "v": [self.encode(item) for item in value]}
        if kind is dict:
            return {_MARK: "dict", "v": self._pairs(value)}
        if kind is bytes:
            return {_MARK: "bytes", "v": base64.b64encode(value).decode()}
        if kind is dt.datetime:
            return {_MARK: "time", "v": value.isoformat()}
        if kind is collections.OrderedDict:
            return {_MARK: "ordered", "v": self._pairs(value)}
        if kind is collections.defaultdict:
            return {_MARK: "default", "of": _factory(value), "v": self._pairs(value)}
        if kind is _LOCK:
            return {_MARK: "lock"}
        if kind is tempfile.SpooledTemporaryFile:
            return {_MARK: "file", "v": base64.b64encode(_content(value)).decode(), "most": value._max_size}  # noqa: SLF001
        if isinstance(value, RSAPrivateKey | EllipticCurvePrivateKey):
            return {_MARK: "key", "v": private_key_text(value)}
        if isinstance(value, BaseBackend):
            service = type(value).__module__.split(".")[1]
            return {_MARK: "backend", "v": [service, value.account_id, value.region_name]}
        return self._object(value, f"{kind.__module__}.{kind.__qualname__}")

    def _object(self, value: Any, name: str) -> dict[str, Any]:
        if name not in _ALLOWED:
            raise NotData(name)
        if isinstance(value, Enum):
            return {_MARK: name, "v": value.name}
        data = {_MARK: name, "v": [[key, self.encode(item)] for key, item in vars(value).items()]}
        if isinstance(value, dict):
            data["items"] = self._pairs(value)
        return data

    def _pairs(self, value: dict[Any, Any]) -> list[Any]:
        return [[self.encode(key), self.encode(item)] for key, item in dict.items(value)]


class _Decoder:
    def __init__(self) -> None:
        self._numbered: dict[int, Any] = {}

    def decode(self, data: Any) -> Any:
        if isinstance(data, list):
            return [self.decode(item) for item in data]
        if not isinstance(data, dict):
            return data
        if _MARK not in data:
            return {key: self.decode(item) for key, item in data.items()}
        mark = data[_MARK]
        if mark == "again":
            return self._numbered[data[_NUMBER]]
        if mark in _SIMPLE:
            return self._noted(data, _SIMPLE[mark](data))
        return self._container(data, mark)

    def _container(self, data: dict[str, Any], mark: str) -> Any:
        given = data["v"]
        match mark:
            case "list":
                made: Any = self._noted(data, [])
                made.extend(map(self.decode, given))
            case "set":
                made = self._noted(data, set())
                made.update(map(self.decode, given))
            case "tuple" | "frozenset":
                made = (tuple if mark == "tuple" else frozenset)(map(self.decode, given))
            case "dict" | "ordered" | "default":
                made = self._noted(data, _dictionary(data, mark))
                self._fill(made, given)
            case _:
                return self._object(data, mark)
        return made

    def _object(self, data: dict[str, Any], name: str) -> Any:
        if name not in _ALLOWED:
            raise NotData(name)
        module, _, member = name.rpartition(".")
        kind = getattr(importlib.import_module(module), member)
        if issubclass(kind, Enum):
            return kind[data["v"]]
        made = self._noted(data, kind.__new__(kind))
        if isinstance(made, collections.defaultdict):
            made.default_factory = list
        vars(made).update((key, self.decode(item)) for key, item in data["v"])
        if isinstance(made, dict):
            self._fill(made, data["items"])
        return made

    def _fill(self, made: dict[Any, Any], pairs: list[Any]) -> None:
        # Bypass the class's own `__setitem__`: its conversion was done before the item was encoded.
        put = collections.OrderedDict.__setitem__ if isinstance(made, collections.OrderedDict) else dict.__setitem__
        for key, item in pairs:
            put(made, self.decode(key), self.decode(item))

    def _noted(self, data: dict[str, Any], made: Any) -> Any:
        if _NUMBER in data:
            self._numbered[data[_NUMBER]] = made
        return made


def _backend(data: dict[str, Any]) -> Any:
    service, account, region = data["v"]
    if service not in SERVICES:
        raise NotData(service)
    return get_backend(service)[account][region]


def _file(data: dict[str, Any]) -> Any:
    made = tempfile.SpooledTemporaryFile(data["most"])  # noqa: SIM115 - its owner closes it
    made.write(base64.b64decode(data["v"]))
    return made


_SIMPLE: Final[Mapping[str, Callable[[dict[str, Any]], Any]]] = {
    "backend": _backend,
    "bytes": lambda data: base64.b64decode(data["v"]),
    "file": _file,
    "key": lambda data: private_key(data["v"]),
    "lock": lambda _: threading.Lock(),
    "time": lambda data: dt.datetime.fromisoformat(data["v"]),
}


def _dictionary(data: dict[str, Any], mark: str) -> dict[Any, Any]:
    if mark == "ordered":
        return collections.OrderedDict()
    return collections.defaultdict(_FACTORIES[data["of"]]) if mark == "default" else {}


def _factory(value: collections.defaultdict[Any, Any]) -> str:
    name = getattr(value.default_factory, "__name__", "")
    if _FACTORIES.get(name) is not value.default_factory:
        raise NotData("a dictionary that makes its values by a function")
    return name


def _content(file: Any) -> bytes:
    at = file.tell()
    file.seek(0)
    content: bytes = file.read()
    file.seek(at)
    return content


def _ids_of_shared(value: Any) -> set[int]:
    """Return the `id()`s of mutable objects that are referenced several times."""
    seen: set[int] = set()
    twice: set[int] = set()
    waiting = [value]
    while waiting:
        held = waiting.pop()
        kind = type(held)
        if held is None or kind in _PLAIN or kind in (bytes, dt.datetime):
            continue
        if kind is not tuple:
            if id(held) in seen:
                twice.add(id(held))
                continue
            seen.add(id(held))
        waiting.extend(_parts(held, kind))
    return twice


def _parts(held: Any, kind: type) -> Iterator[Any]:
    if isinstance(held, dict):
        yield from dict.values(held)
        yield from () if kind is dict else dict.keys(held)
    elif kind in (list, tuple, set, frozenset):
        yield from held
    if kind.__module__.startswith(("moto.", "requests.")) and not isinstance(held, BaseBackend | Enum):
        yield from vars(held).values()
