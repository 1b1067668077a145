"""The check of a stream key's inputs: every fault at once, named by property, before anything is asked of AWS."""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from pulumi.dynamic import CheckFailure
from pulumi.output import Unknown

from ivs_stream_key import arns
from ivs_stream_key.keys import (
    CHANNEL_ARN,
    CONNECTION,
    DELETION_PROTECTION,
    EXISTING_KEY,
    EXISTING_KEY_CHOICES,
    ROTATION_DAYS,
    ROTATION_TRIGGERS,
    TAGS,
    WHEN_LIVE,
    WHEN_LIVE_CHOICES,
)
from ivs_stream_key.marks import MARK
from ivs_stream_key.rotation import MOST_DAYS
from ivs_stream_key.service import TextLimit, limits
from ivs_stream_key.wording import scrubbed, shown

__all__ = ["discreet", "failures"]

# In any mixture of cases; AWS gives such tags itself and lets nobody else touch them. The model's pattern allows them.
_RESERVED: Final = "aws:"
_NO_TAGS: Final[Mapping[str, str]] = {}
_MAY_BE_SECRET: Final = (CONNECTION, ROTATION_TRIGGERS)
_TRIGGER: Final = "a string, a finite number, a boolean, or a list or mapping of these"


def failures(inputs: Mapping[str, Any], default_tags: Mapping[str, str] = _NO_TAGS) -> list[CheckFailure]:
    """Return what is wrong with `inputs`: one failure for each property at fault, all of them; none if all is well.

    `default_tags` are on the key as well, and count for IVS's limit of tags.

    A value that is not known yet passes. Values of `rotation_triggers` may be secrets and are never quoted.
    """
    return [
        *_of_channel_arn(inputs.get(CHANNEL_ARN)),
        *_of_tags(inputs.get(TAGS), default_tags),
        *_of_rotation_triggers(inputs.get(ROTATION_TRIGGERS)),
        *_of_rotation_days(inputs.get(ROTATION_DAYS)),
        *_of_choice(
            EXISTING_KEY,
            EXISTING_KEY_CHOICES,
            inputs.get(EXISTING_KEY),
            "It says what is done with a key that the channel has already; leave it out to replace that key.",
        ),
        *_of_choice(
            WHEN_LIVE,
            WHEN_LIVE_CHOICES,
            inputs.get(WHEN_LIVE),
            "It says what rotating or deleting does while the channel is live; leave it out to let the broadcast run.",
        ),
        *_of_deletion_protection(inputs.get(DELETION_PROTECTION)),
    ]


def discreet(failure: CheckFailure, inputs: Mapping[str, Any]) -> CheckFailure:
    """Return the failure in a form that shows no secret: with the property named in its reason, where that is needed.

    Of the property that a failure names the engine shows the value as well, and does not heed that it is a secret.
    """
    value = str(inputs.get(failure.property, ""))
    if failure.property in _MAY_BE_SECRET or scrubbed(value) != value:
        return CheckFailure("", f"{failure.property}: {failure.reason}")
    return failure


def _failure(path: str, expected: str, got: str, remedy: str) -> CheckFailure:
    return CheckFailure(path, f"expected {expected}, got {got}. {remedy}")


def _of_channel_arn(arn: Any) -> Iterator[CheckFailure]:
    limit = limits().channel_arn
    match arn:
        case Unknown():
            return
        case str() if limit.fits_length(arn) and limit.matches(arn):
            return
        case str() if len(arn) > limit.longest:
            got = f"{shown(arn)}, which has {len(arn)}"
            expected = f"the ARN of an IVS channel of at most {limit.longest} characters"
        case _:
            got = shown(arn)
            expected = f"the ARN of an IVS channel ({arns.form(arns.CHANNEL)})"
    yield _failure(CHANNEL_ARN, expected, got, "Pass the `arn` of an aws.ivs.Channel.")


def _of_tags(tags: Any, default_tags: Mapping[str, str]) -> Iterator[CheckFailure]:
    tags = {} if tags is None else tags
    if isinstance(tags, Unknown):
        return
    if not isinstance(tags, Mapping):
        yield _failure(
            TAGS, "a mapping of strings to strings", shown(tags), 'Write tags={"key": "value"}, or leave it out.'
        )
        return
    most = limits().most_tags
    number = len({**default_tags, **tags})
    if number > most:
        got = f"{number}, with {len(default_tags)} default tags" if default_tags else f"{number}"
        yield _failure(TAGS, f"at most {most} tags", got, f"Leave {number - most} out: IVS allows no more on a key.")
    for key, value in tags.items():
        faults = [*_of_tag_key(key), *_of_tag_value(value)]
        if faults:
            # One failure a property: a tag is the property, and its key and value may both be at fault.
            yield CheckFailure(_path(TAGS, key), " ".join(faults))


def _of_tag_key(key: Any) -> Iterator[str]:
    if not isinstance(key, str):
        yield f"As its key, expected a string, got {shown(key)}. Put it in quotes."
        return
    yield from _of_text("key", key, limits().tag_key)
    if key.lower().startswith(_RESERVED):
        yield (
            f"As its key, expected one without the prefix {_RESERVED!r}, got {shown(key)}. "
            "Name it otherwise: AWS keeps that prefix for itself."
        )
    if key == MARK:
        yield f"As its key, expected another than {MARK!r}. Name it otherwise: StreamKey marks its keys with that tag."


def _of_tag_value(value: Any) -> Iterator[str]:
    if isinstance(value, Unknown):
        return
    if not isinstance(value, str):
        yield f"As its value, expected a string, got {shown(value)}. Turn it into a string, or leave the tag out."
        return
    yield from _of_text("value", value, limits().tag_value)


def _of_text(role: str, text: str, limit: TextLimit) -> Iterator[str]:
    if not limit.fits_length(text):
        remedy = "Shorten it." if text else "Give it a name."
        yield f"As its {role}, expected {limit.shortest} to {limit.longest} characters, got {len(text)}. {remedy}"
    if text and not limit.matches(text):
        strangers = ", ".join(f"{c!r} (U+{ord(c):04X})" for c in limit.strangers(text))
        yield (
            f"As its {role}, expected letters, digits, spaces and other characters of the pattern {limit.pattern}, "
            f"got {shown(text)} with {strangers or 'others'}. Leave those out."
        )


def _of_rotation_triggers(triggers: Any) -> Iterator[CheckFailure]:
    if triggers is None or isinstance(triggers, Unknown):
        return
    if not isinstance(triggers, Mapping):
        yield _failure(
            ROTATION_TRIGGERS,
            "a mapping whose every change rotates the key",
            _kind(triggers),
            'Write rotation_triggers={"name": value}.',
        )
        return
    for name, value in triggers.items():
        if not isinstance(name, str):
            yield _failure(_path(ROTATION_TRIGGERS, name), "a string as its name", _kind(name), "Put it in quotes.")
        elif not _comparable(value):
            yield _failure(
                _path(ROTATION_TRIGGERS, name), _TRIGGER, _kind(value), "Turn it into a string that says it all."
            )


def _comparable(value: Any) -> bool:
    match value:
        case float():
            return math.isfinite(value)
        case None | Unknown() | str() | bool() | int():
            return True
        case bytes() | bytearray():
            return False
        case Mapping():
            return all(isinstance(k, str) and _comparable(v) for k, v in value.items())
        case Sequence():
            return all(map(_comparable, value))
        case _:
            return False


def _kind(value: Any) -> str:
    return "a string" if isinstance(value, str) else shown(value)


def _of_rotation_days(days: Any) -> Iterator[CheckFailure]:
    match days:
        case None | Unknown():
            return
        # To Python True is the number 1.
        case int() | float() if not isinstance(days, bool) and 1 <= days <= MOST_DAYS and days == int(days):
            return
        case int() | float() if not isinstance(days, bool):
            got = f"{days:g}"
        case _:
            got = shown(days)
    yield _failure(
        ROTATION_DAYS,
        f"a whole number of days, 1 to {MOST_DAYS}",
        got,
        "Write such as rotation_days=30, or leave it out: then the key does not rotate by age.",
    )


def _of_choice(name: str, choices: Sequence[str], choice: Any, remedy: str) -> Iterator[CheckFailure]:
    if choice is None or isinstance(choice, Unknown) or choice in choices:
        return
    *others, last = map(repr, choices)
    yield _failure(name, f"{', '.join(others)} or {last}", shown(choice), remedy)


def _of_deletion_protection(choice: Any) -> Iterator[CheckFailure]:
    if choice is None or isinstance(choice, bool | Unknown):
        return
    yield _failure(
        DELETION_PROTECTION,
        "True or False",
        shown(choice),
        "It says whether the key can be deleted otherwise than by a rotation; leave it out to let it be.",
    )


def _path(root: str, key: Any) -> str:
    """Return the path of an element, as Pulumi writes it: ``tags["team"]``."""
    return f"{root}[{json.dumps(scrubbed(str(key)), ensure_ascii=False)}]"
