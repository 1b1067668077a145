"""The package ``time``: times that are read from a clock when a resource is created, and stored in its state."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterator
from typing import ClassVar, Final

from rehearsal.local_providers.local_resource import LocalResource
from rehearsal.provider import CheckFailure, CheckResult, PropertyMap, ProviderFactory, ReadResult

__all__ = ["Clock", "times"]

Clock = Callable[[], dt.datetime]
_PARTS: Final = ("year", "month", "day", "hour", "minute", "second")
_UNITS: Final = ("Years", "Months", "Days", "Hours", "Minutes", "Seconds")


def _text(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC)


def _parts(moment: dt.datetime) -> PropertyMap:
    whole = moment.astimezone(dt.UTC)
    return {**{name: getattr(whole, name) for name in _PARTS}, "unix": int(whole.timestamp())}


def _time_plus(moment: dt.datetime, given: PropertyMap, prefix: str) -> dt.datetime:
    """Return the time plus the durations in the inputs. If the month has no such day, its last day is used."""
    count = {unit: int(given.get(f"{prefix}{unit}") or 0) for unit in _UNITS}
    months = moment.month - 1 + count["Months"] + 12 * count["Years"]
    year, month = moment.year + months // 12, months % 12 + 1
    day = min(moment.day, calendar.monthrange(year, month)[1])
    seconds = dt.timedelta(days=count["Days"], hours=count["Hours"], minutes=count["Minutes"], seconds=count["Seconds"])
    return moment.replace(year=year, month=month, day=day) + seconds


class _Time(LocalResource):
    base: ClassVar[str] = "rfc3339"
    """The input with the time; the default is now."""

    def __init__(self, now: Clock) -> None:
        self._now = now

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        del urn, olds
        return CheckResult(dict(news), tuple(self._failures(news)))

    def _failures(self, news: PropertyMap) -> Iterator[CheckFailure]:
        text = news.get(self.base)
        if isinstance(text, str):
            try:
                _moment(text)
            except ValueError:
                yield CheckFailure(self.base, "expected a time such as 2026-01-31T23:59:59Z")

    def make(self, inputs: PropertyMap) -> tuple[str, PropertyMap]:
        moment = _text(_moment(inputs[self.base]) if inputs.get(self.base) else self._now())
        return moment, self.remake(moment, inputs, {self.base: moment})


class Static(_Time):
    """``time:index/static:Static``: the time of its creation, or a given time."""

    computed: ClassVar[tuple[str, ...]] = ("rfc3339", *_PARTS, "unix")

    def remake(self, id: str, inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap:
        del id, inputs
        return {"rfc3339": outputs["rfc3339"], **_parts(_moment(outputs["rfc3339"]))}


class Rotating(Static):
    """``time:index/rotating:Rotating``: after its rotation time, a read reports that it does not exist any more."""

    computed = (*Static.computed, "rotationRfc3339")
    in_place = frozenset(f"rotation{unit}" for unit in ("Years", "Months", "Days", "Hours", "Minutes", "Rfc3339"))

    def _failures(self, news: PropertyMap) -> Iterator[CheckFailure]:
        yield from super()._failures(news)
        if not self.in_place & news.keys():
            yield CheckFailure("", f"expected at least one of {', '.join(sorted(self.in_place))}")

    def remake(self, id: str, inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap:
        begun = super().remake(id, inputs, outputs)
        until = inputs.get("rotationRfc3339") or _text(_time_plus(_moment(begun["rfc3339"]), inputs, "rotation"))
        return {**begun, "rotationRfc3339": until}

    def read(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult | None:
        until = outputs.get("rotationRfc3339")
        over = isinstance(until, str) and self._now() >= _moment(until)
        return None if over else super().read(urn, id, inputs, outputs)


class Offset(_Time):
    """``time:index/offset:Offset``: a time plus an offset."""

    base = "baseRfc3339"
    computed = ("baseRfc3339", "rfc3339", *_PARTS, "unix")
    in_place = frozenset(f"offset{unit}" for unit in _UNITS)

    def remake(self, id: str, inputs: PropertyMap, outputs: PropertyMap) -> PropertyMap:
        del id
        moment = _time_plus(_moment(outputs["baseRfc3339"]), inputs, "offset")
        return {"baseRfc3339": outputs["baseRfc3339"], "rfc3339": _text(moment), **_parts(moment)}


class Sleep(LocalResource):
    """``time:index/sleep:Sleep``: does not wait in a rehearsal."""

    in_place = frozenset({"createDuration", "destroyDuration"})

    def __init__(self, now: Clock) -> None:
        self._now = now

    def make(self, inputs: PropertyMap) -> tuple[str, PropertyMap]:
        del inputs
        return _text(self._now()), {}


def times(now: Clock) -> dict[str, ProviderFactory]:
    """Return the models of the package; `now` is their clock."""
    kinds = {"offset:Offset": Offset, "rotating:Rotating": Rotating, "sleep:Sleep": Sleep, "static:Static": Static}
    return {f"time:index/{name}": _maker(kind, now) for name, kind in kinds.items()}


def _maker(kind: Callable[[Clock], LocalResource], now: Clock) -> ProviderFactory:
    return lambda: kind(now)
