"""Makes moto repeat a call exactly: with the same clock and the same random values.

moto takes random values from its own `mock_random`, which can be seeded, but also from the operating system, and the
time from the clock. While this is installed, moto's modules (and no others) see their own clock, `os`, `random`,
`secrets` and `uuid`. These use the current moment if the thread is in one, else the real ones. Private keys can't be
generated twice: those of a moment are recorded, and returned again when it is repeated. What moto sends over HTTP, such
as a message to its subscribers, is sent once, and not when the call is repeated.
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
    """What a call depends on besides the request: the time (seconds since 1970), a seed, and private keys in PEM."""

    at: float
    seed: str = dataclasses.field(repr=False)
    keys: list[str] = dataclasses.field(default_factory=list, repr=False)
    repeats: bool = False
    """Whether the keys are replayed, and not generated."""
    _given: int = 0

    def key(self, make: Callable[[], Any]) -> Any:
        """Return the next private key."""
        if not self.repeats:
            made = make()
            self.keys.append(private_key_text(made))
            return made
        self._given += 1
        return private_key(self.keys[self._given - 1])


def private_key_text(key: Any) -> str:
    """Return a private key in PEM."""
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def private_key(text: str) -> Any:
    """Load a private key that this program has written, without the slow validation."""
    return load_pem_private_key(text.encode(), None, unsafe_skip_rsa_key_validation=True)


_here = threading.local()


def _moment() -> Moment | None:
    return getattr(_here, "moment", None)


# The id by which moto distinguishes its backends is generated once in a process, and must differ.
_APART: Final = frozenset({"moto.core.base_backend"})


class Repeatable:
    """Patches moto's modules while it is entered; call `notice` after new ones may have been loaded."""

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
        """Patch the modules of moto that were loaded since."""
        for name in [name for name in sys.modules if name.startswith("moto.") and name not in self._seen | _APART]:
            self._seen.add(name)
            module = sys.modules[name]
            for attribute, value in list(vars(module).items()):
                ours = _OURS.get(id(value))
                if ours is not None:
                    self._undo.append((module, attribute, value))
                    setattr(module, attribute, ours)

    @contextlib.contextmanager
    def during(self, moment: Moment) -> Iterator[None]:
        """Make this thread's work in the block depend only on the moment."""
        mock_random.seed(moment.seed)
        _here.moment = moment
        try:
            yield
        finally:
            _here.moment = None


class _Around(ModuleType):
    """A module with some names of its own; others are looked up in the module that it replaces."""

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
    """The class `datetime`, with the clock of the moment."""

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


def _by_chance(name: str) -> Callable[..., Any]:
    def drawn(*args: Any, **kwargs: Any) -> Any:
        source = random if _moment() is None else mock_random
        return getattr(source, name)(*args, **kwargs)

    return drawn


def _key_of(make: Callable[..., Any]) -> Callable[..., Any]:
    def generate_private_key(*args: Any, **kwargs: Any) -> Any:
        moment = _moment()
        return make(*args, **kwargs) if moment is None else moment.key(lambda: make(*args, **kwargs))

    return generate_private_key


def _sent_once(send: Callable[..., Any]) -> Callable[..., Any]:
    def sent(*args: Any, **kwargs: Any) -> Any:
        moment = _moment()
        if moment is None or not moment.repeats:
            return send(*args, **kwargs)
        answer = requests.Response()
        answer.status_code = HTTPStatus.OK
        return answer

    return sent


_SENDS: Final = {
    name: _sent_once(getattr(requests, name))
    for name in ("delete", "get", "head", "options", "patch", "post", "put", "request")
}
_DRAWS: Final = {
    name: _by_chance(name)
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
_PAIRS: Final[list[tuple[Any, Any]]] = [
    (dt, _Around(dt, datetime=_Datetime)),
    (dt.datetime, _Datetime),
    (time, _Around(time, **_CLOCK)),
    *((getattr(time, name), ours) for name, ours in _CLOCK.items()),
    (os, _Around(os, urandom=_urandom)),
    (os.urandom, _urandom),
    (random, _Around(random, **_DRAWS)),
    *((getattr(random, name), ours) for name, ours in _DRAWS.items()),
    (requests, _Around(requests, **_SENDS)),
    (secrets, _Around(secrets, token_bytes=_token_bytes, token_hex=_token_hex)),
    (uuid, _Around(uuid, uuid1=_uuid1, uuid4=_uuid4)),
    (uuid.uuid1, _uuid1),
    (uuid.uuid4, _uuid4),
    (rsa, _Around(rsa, generate_private_key=_key_of(rsa.generate_private_key))),
    (ec, _Around(ec, generate_private_key=_key_of(ec.generate_private_key))),
]
# By identity, since a module's name may be bound to anything. Bound methods such as `random.choice` live as long as
# their module.
_OURS: Final = {id(theirs): ours for theirs, ours in _PAIRS}
