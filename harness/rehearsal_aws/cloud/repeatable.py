"""Makes moto's calls repeatable, with the same time and the same random values.

moto takes random values from its own `mock_random`, which can be seeded, but also from the operating system, and the
time from the clock. While a `Repeatable` is entered, moto's modules (and no others) use replacements of `datetime`,
`time`, `os`, `random`, `secrets`, `uuid` and `requests`. In a thread that is in a `Moment`, the replacements use the
moment's time and seed; in other threads they call the real functions. The same private key can't be generated twice, so
a moment records the keys, and returns them when it is repeated. HTTP requests of moto, such as a message to a
subscriber, are not sent again when a call is repeated.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
import random
import secrets
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from http import HTTPStatus
from types import ModuleType
from typing import Any, Final, Self

import requests
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from moto.moto_api._internal import mock_random

__all__ = ["Moment", "Repeatable", "private_key", "private_key_text"]


@dataclasses.dataclass(slots=True)
class Moment:
    """The data besides the request that determine a call: the time (Unix), a seed, and private keys in PEM."""

    at: float
    seed: str = dataclasses.field(repr=False)
    keys: list[str] = dataclasses.field(default_factory=list, repr=False)
    repeats: bool = False
    """Whether the keys are those of an earlier call, instead of generated."""
    _replayed: int = 0

    def key(self, make: Callable[[], Any]) -> Any:
        """Return the next private key, from `make` or from an earlier call."""
        if not self.repeats:
            made = make()
            self.keys.append(private_key_text(made))
            return made
        self._replayed += 1
        return private_key(self.keys[self._replayed - 1])


def private_key_text(key: Any) -> str:
    """Return a private key in PEM."""
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def private_key(text: str) -> Any:
    """Load a private key from `private_key_text`, without the slow validation."""
    return load_pem_private_key(text.encode(), None, unsafe_skip_rsa_key_validation=True)


_here = threading.local()


def _moment() -> Moment | None:
    return getattr(_here, "moment", None)


# Not patched: moto generates the ids of its backends here, once in a process, and they must be different.
_NOT_PATCHED: Final = frozenset({"moto.core.base_backend"})


class Repeatable:
    """Patches moto's modules while it is entered. Call `notice` when further modules may have been loaded."""

    def __init__(self) -> None:
        self._undo: list[tuple[ModuleType, str, Any]] = []
        self._seen: set[str] = set()

    def __enter__(self) -> Self:
        self.notice()
        return self

    def __exit__(self, *exc_info: object) -> None:
        for module, name, value in reversed(self._undo):
            setattr(module, name, value)
        self._undo.clear()
        self._seen.clear()
        mock_random.seed()

    def notice(self) -> None:
        """Patch the modules of moto that have been loaded since the last call."""
        for name in [
            name for name in sys.modules if name.startswith("moto.") and name not in self._seen | _NOT_PATCHED
        ]:
            self._seen.add(name)
            module = sys.modules[name]
            for attribute, value in list(vars(module).items()):
                ours = _REPLACEMENTS_BY_ID.get(id(value))
                if ours is not None:
                    self._undo.append((module, attribute, value))
                    setattr(module, attribute, ours)

    @contextlib.contextmanager
    def during(self, moment: Moment) -> Iterator[None]:
        """Use the moment's time, seed and keys in this thread while the block runs."""
        mock_random.seed(moment.seed)
        _here.moment = moment
        try:
            yield
        finally:
            _here.moment = None


class _ModuleReplacement(ModuleType):
    """A replacement for a module: has some attributes of its own, and takes all others from that module."""

    def __init__(self, module: ModuleType, **own: Any) -> None:
        super().__init__(module.__name__)
        self.__dict__.update(own)
        self.__dict__["_around"] = module

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_around"], name)


class _AnyDatetime(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, dt.datetime)

    def __subclasscheck__(cls, subclass: type) -> bool:
        return issubclass(subclass, dt.datetime)

    def __call__(cls, *args: Any, **kwargs: Any) -> dt.datetime:
        return dt.datetime(*args, **kwargs)  # noqa: DTZ001 - the caller decides

    def __getattr__(cls, name: str) -> Any:
        return getattr(dt.datetime, name)


class _Datetime(metaclass=_AnyDatetime):
    """A replacement for the class `datetime` that uses the moment's time."""

    @staticmethod
    def now(tz: dt.tzinfo | None = None) -> dt.datetime:
        return dt.datetime.fromtimestamp(_time(), tz)

    @staticmethod
    def today() -> dt.datetime:
        return _Datetime.now()

    @staticmethod
    def utcnow() -> dt.datetime:
        return _Datetime.now(dt.UTC).replace(tzinfo=None)


def _time() -> float:
    moment = _moment()
    return time.time() if moment is None else moment.at


def _time_ns() -> int:
    return int(_time() * 1e9)


def _gmtime(seconds: float | None = None) -> time.struct_time:
    return time.gmtime(_time() if seconds is None else seconds)


def _localtime(seconds: float | None = None) -> time.struct_time:
    return time.localtime(_time() if seconds is None else seconds)


def _urandom(size: int) -> bytes:
    return os.urandom(size) if _moment() is None else mock_random.randbytes(size)


def _uuid1() -> uuid.UUID:
    return uuid.uuid1() if _moment() is None else mock_random.uuid1()


def _uuid4() -> uuid.UUID:
    return uuid.uuid4() if _moment() is None else mock_random.uuid4()


def _token_bytes(size: int | None = None) -> bytes:
    return _urandom(secrets.DEFAULT_ENTROPY if size is None else size)


def _token_hex(size: int | None = None) -> str:
    return _token_bytes(size).hex()


def _random_function(name: str) -> Callable[..., Any]:
    def drawn(*args: Any, **kwargs: Any) -> Any:
        source = random if _moment() is None else mock_random
        return getattr(source, name)(*args, **kwargs)

    return drawn


def _key_generator(make: Callable[..., Any]) -> Callable[..., Any]:
    def generate_private_key(*args: Any, **kwargs: Any) -> Any:
        moment = _moment()
        return make(*args, **kwargs) if moment is None else moment.key(lambda: make(*args, **kwargs))

    return generate_private_key


def _not_repeated(send: Callable[..., Any]) -> Callable[..., Any]:
    def sent(*args: Any, **kwargs: Any) -> Any:
        moment = _moment()
        if moment is None or not moment.repeats:
            return send(*args, **kwargs)
        response = requests.Response()
        response.status_code = HTTPStatus.OK
        return response

    return sent


_HTTP_FUNCTIONS: Final = {
    name: _not_repeated(getattr(requests, name))
    for name in ("delete", "get", "head", "options", "patch", "post", "put", "request")
}
_RANDOM_FUNCTIONS: Final = {
    name: _random_function(name)
    for name in (
        "choice",
        "choices",
        "getrandbits",
        "randbytes",
        "randint",
        "random",
        "randrange",
        "sample",
        "shuffle",
        "uniform",
    )
}
_CLOCK: Final = {"time": _time, "time_ns": _time_ns, "gmtime": _gmtime, "localtime": _localtime}
_REPLACEMENTS: Final[list[tuple[Any, Any]]] = [
    (dt, _ModuleReplacement(dt, datetime=_Datetime)),
    (dt.datetime, _Datetime),
    (time, _ModuleReplacement(time, **_CLOCK)),
    *((getattr(time, name), ours) for name, ours in _CLOCK.items()),
    (os, _ModuleReplacement(os, urandom=_urandom)),
    (os.urandom, _urandom),
    (random, _ModuleReplacement(random, **_RANDOM_FUNCTIONS)),
    *((getattr(random, name), ours) for name, ours in _RANDOM_FUNCTIONS.items()),
    (requests, _ModuleReplacement(requests, **_HTTP_FUNCTIONS)),
    (secrets, _ModuleReplacement(secrets, token_bytes=_token_bytes, token_hex=_token_hex)),
    (uuid, _ModuleReplacement(uuid, uuid1=_uuid1, uuid4=_uuid4)),
    (uuid.uuid1, _uuid1),
    (uuid.uuid4, _uuid4),
    (rsa, _ModuleReplacement(rsa, generate_private_key=_key_generator(rsa.generate_private_key))),
    (ec, _ModuleReplacement(ec, generate_private_key=_key_generator(ec.generate_private_key))),
]
# By the `id()` of the original, because a module can import it under any name. Bound methods such as `random.choice`
# exist as long as their module, so that their ids stay valid.
_REPLACEMENTS_BY_ID: Final = {id(theirs): ours for theirs, ours in _REPLACEMENTS}
