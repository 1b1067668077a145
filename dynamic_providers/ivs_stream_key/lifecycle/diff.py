"""Finds the declared properties that have changed."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pulumi.output import Unknown

from ivs_stream_key.properties import COMPARED, DELETION_PROTECTION, EXISTING_KEY, KEEP, REPLACE, WHEN_LIVE

__all__ = ["changed"]

_DEFAULTS: Final[Mapping[str, str | bool]] = {EXISTING_KEY: REPLACE, WHEN_LIVE: KEEP, DELETION_PROTECTION: False}


def changed(olds: Mapping[str, Any], news: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the compared properties in which `news` differs from `olds`, the old outputs.

    A value that is not known yet counts as a change, as in bridged providers: the preview shows what may happen. An
    unknown `channel_arn` always causes a replacement, because the ARN of an unchanged channel is known. A missing
    property equals its default. So an imported key, or one in an older state without the property, shows no change.
    """
    return tuple(name for name in COMPARED if not _same(_value_of(olds, name), _value_of(news, name)))


def _value_of(props: Mapping[str, Any], name: str) -> Any:
    value = props.get(name)
    return _DEFAULTS.get(name, {}) if value is None else value


def _same(old: Any, new: Any) -> bool:
    match old, new:
        case (Unknown(), _) | (_, Unknown()):
            return False
        case Mapping(), Mapping():
            # Pulumi keeps None values in some messages and drops them in others.
            before = {k: v for k, v in old.items() if v is not None}
            after = {k: v for k, v in new.items() if v is not None}
            return before.keys() == after.keys() and all(_same(v, after[k]) for k, v in before.items())
        case (str(), _) | (_, str()) | (bool(), _) | (_, bool()):
            # True == 1 in Python, but they are different values of a rotation trigger.
            return type(old) is type(new) and bool(old == new)
        case (int() | float(), int() | float()):
            # Pulumi stores every number as a double: 1 becomes 1.0, and 2**53 + 1 becomes 2**53.
            return float(old) == float(new)
        case Sequence(), Sequence():
            return len(old) == len(new) and all(map(_same, old, new))
        case _:
            return bool(old == new)
