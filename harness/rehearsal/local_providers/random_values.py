"""The package ``random``: random values that are generated when a resource is created, and stored in its state."""

from __future__ import annotations

import base64
import random
import secrets
import string
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, Final

from rehearsal.local_providers.local_resource import LocalResource
from rehearsal.provider import CheckFailure, CheckResult, PropertyMap, ReadResult

__all__ = ["RANDOM"]

_SPECIAL: Final = "!@#$%&*()-_=+[]{}<>:?"
_BCRYPT: Final = "./" + string.ascii_letters + string.digits
_BCRYPT_LENGTH: Final = 53
_ADJECTIVES: Final = "able calm bold brave eager fair fond glad keen kind loyal merry neat noble proud sound tidy warm"
_NAMES: Final = "ant bat bee bull cat crab deer dove eel elk fox frog gnat goat hare hawk ibex lark lion mole newt owl"
_LONGEST: Final = 100_000


class _Random(LocalResource):
    """The base class: any change of an input, such as `keepers`, replaces the resource."""

    lengths: ClassVar[tuple[str, ...]] = ()
    """Inputs that must be whole numbers, 1 or more."""

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        del urn, olds
        return CheckResult(dict(news), tuple(self._failures(news)))

    def _failures(self, news: PropertyMap) -> Iterator[CheckFailure]:
        for name in self.lengths:
            value = news.get(name, self.defaults.get(name))
            known = value is not None and isinstance(value, int | float | str | bool)
            whole = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _LONGEST
            if value is None or (known and not whole):
                yield CheckFailure(name, f"expected a whole number from 1 to {_LONGEST}")


class RandomId(_Random):
    """``random:index/randomId:RandomId``; its id is the value in URL-safe base64."""

    computed = ("b64Std", "b64Url", "dec", "hex")
    lengths = ("byteLength",)

    def make(self, inputs: PropertyMap) -> tuple[str, PropertyMap]:
        drawn = secrets.token_bytes(inputs["byteLength"])
        prefix = inputs.get("prefix") or ""
        short = base64.urlsafe_b64encode(drawn).decode().rstrip("=")
        return short, {
            "b64Std": prefix + base64.b64encode(drawn).decode(),
            "b64Url": prefix + short,
            "dec": prefix + str(int.from_bytes(drawn, "big")),
            "hex": prefix + drawn.hex(),
        }


class RandomBytes(_Random):
    """``random:index/randomBytes:RandomBytes``."""

    computed = ("base64", "hex")
    lengths = ("length",)

    def make(self, inputs: PropertyMap) -> tuple[str, PropertyMap]:
        drawn = secrets.token_bytes(inputs["length"])
        return "none", {"base64": base64.b64encode(drawn).decode(), "hex": drawn.hex()}


class RandomInteger(_Random):
    """``random:index/randomInteger:RandomInteger``: from `min` to `max`, both included."""

    computed = ("result",)

    def _failures(self, news: PropertyMap) -> Iterator[CheckFailure]:
        low, high = news.get("min"), news.get("max")
        for name, value in (("min", low), ("max", high)):
            if value is None:
                yield CheckFailure(name, "expected a whole number")
        if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
            yield CheckFailure("max", "expected a number that is not less than min")

    def make(self, inputs: PropertyMap) -> tuple[str, PropertyMap]:
        drawn = _source(inputs).randint(int(inputs["min"]), int(inputs["max"]))
        return str(drawn), {"result": drawn}


class RandomString(_Random):
    """``random:index/randomString:RandomString``."""

    computed: ClassVar[tuple[str, ...]] = ("result",)
    lengths = ("length",)
    defaults: ClassVar[PropertyMap] = {
        **dict.fromkeys(("lower", "number", "numeric", "special", "upper"), True),
        **dict.fromkeys(("minLower", "minNumeric", "minSpecial", "minUpper"), 0),
    }

    def _failures(self, news: PropertyMap) -> Iterator[CheckFailure]:
        yield from super()._failures(news)
        least = [news.get(name) or 0 for name in ("minLower", "minNumeric", "minSpecial", "minUpper")]
        length = news.get("length")
        if isinstance(length, int) and all(isinstance(n, int) for n in least) and sum(least) > length:
            yield CheckFailure("length", "expected at least the sum of minLower, minUpper, minNumeric and minSpecial")
        if not any(self._classes({**self.defaults, **news}).values()):
            yield CheckFailure("", "expected at least one of lower, upper, numeric and special")

    def _given(self, inputs: PropertyMap) -> PropertyMap:
        given = super()._given(inputs)
        for name, other in (("number", "numeric"), ("numeric", "number")):
            if name not in inputs and inputs.get(other) is not None:
                given[name] = inputs[other]
        return given

    @staticmethod
    def _classes(inputs: PropertyMap) -> dict[str, str]:
        wanted = {
            "Lower": (inputs["lower"], string.ascii_lowercase),
            "Upper": (inputs["upper"], string.ascii_uppercase),
            "Numeric": (inputs["numeric"] and inputs["number"], string.digits),
            "Special": (inputs["special"], inputs.get("overrideSpecial") or _SPECIAL),
        }
        return {name: str(letters) for name, (given, letters) in wanted.items() if given}

    def make(self, inputs: PropertyMap) -> tuple[str, PropertyMap]:
        classes = self._classes(inputs)
        everything = "".join(classes.values())
        drawn = [secrets.choice(letters) for name, letters in classes.items() for _ in range(inputs[f"min{name}"])]
        drawn += [secrets.choice(everything) for _ in range(inputs["length"] - len(drawn))]
        secrets.SystemRandom().shuffle(drawn)
        return self._named("".join(drawn))

    @staticmethod
    def _named(drawn: str) -> tuple[str, PropertyMap]:
        return drawn, {"result": drawn}

    def adopt(self, urn: str, id: str, wanted: PropertyMap) -> ReadResult:
        del urn
        name, made = self._named(id)
        inputs = {**wanted, "length": len(id)}
        return ReadResult(name, {**self._given(inputs), **made}, inputs)


class RandomPassword(RandomString):
    """``random:index/randomPassword:RandomPassword``; `bcryptHash` has bcrypt's form, but is a random text."""

    computed = ("result", "bcryptHash")

    @staticmethod
    def _named(drawn: str) -> tuple[str, PropertyMap]:
        hashed = "$2a$10$" + "".join(secrets.choice(_BCRYPT) for _ in range(_BCRYPT_LENGTH))
        return "none", {"result": drawn, "bcryptHash": hashed}


class RandomPet(_Random):
    """``random:index/randomPet:RandomPet``, from a short list of words."""

    lengths = ("length",)
    defaults: ClassVar[PropertyMap] = {"length": 2, "separator": "-"}

    def make(self, inputs: PropertyMap) -> tuple[str, PropertyMap]:
        words = [secrets.choice(_ADJECTIVES.split()) for _ in range(inputs["length"] - 1)]
        words.append(secrets.choice(_NAMES.split()))
        if inputs.get("prefix"):
            words.insert(0, inputs["prefix"])
        return str(inputs["separator"]).join(words), {}


class RandomShuffle(_Random):
    """``random:index/randomShuffle:RandomShuffle``: `resultCount` of the inputs, repeated if there are fewer."""

    computed = ("results",)

    def make(self, inputs: PropertyMap) -> tuple[str, PropertyMap]:
        source, values = _source(inputs), list(inputs.get("inputs") or [])
        count = inputs.get("resultCount")
        wanted = len(values) if count is None else int(count)
        drawn: list[Any] = []
        while values and len(drawn) < wanted:
            drawn += source.sample(values, min(len(values), wanted - len(drawn)))
        return "-", {"results": drawn}


class _Uuid(_Random):
    computed = ("result",)
    draw: ClassVar[Callable[[], uuid.UUID]]

    def make(self, inputs: PropertyMap) -> tuple[str, PropertyMap]:
        del inputs
        drawn = str(type(self).draw())
        return drawn, {"result": drawn}

    def adopt(self, urn: str, id: str, wanted: PropertyMap) -> ReadResult:
        del urn
        return ReadResult(id, {**wanted, "result": id}, wanted)


class RandomUuid(_Uuid):
    """``random:index/randomUuid:RandomUuid`` and ``randomUuid4``."""

    draw = staticmethod(uuid.uuid4)


def _uuid7() -> uuid.UUID:
    """Return a UUID of version 7, which begins with the time."""
    stamp = int(time.time() * 1000) << 80
    drawn = stamp | secrets.randbits(80)
    return uuid.UUID(int=drawn & ~(0xF << 76) & ~(0x3 << 62) | 0x7 << 76 | 0x2 << 62)


class RandomUuid7(_Uuid):
    """``random:index/randomUuid7:RandomUuid7``."""

    draw = staticmethod(_uuid7)


def _source(inputs: PropertyMap) -> random.Random:
    seed = inputs.get("seed")
    return random.Random(str(seed)) if seed else secrets.SystemRandom()  # noqa: S311 - a seed is asked for


RANDOM: Final = {
    "random:index/randomBytes:RandomBytes": RandomBytes,
    "random:index/randomId:RandomId": RandomId,
    "random:index/randomInteger:RandomInteger": RandomInteger,
    "random:index/randomPassword:RandomPassword": RandomPassword,
    "random:index/randomPet:RandomPet": RandomPet,
    "random:index/randomShuffle:RandomShuffle": RandomShuffle,
    "random:index/randomString:RandomString": RandomString,
    "random:index/randomUuid:RandomUuid": RandomUuid,
    "random:index/randomUuid4:RandomUuid4": RandomUuid,
    "random:index/randomUuid7:RandomUuid7": RandomUuid7,
}
