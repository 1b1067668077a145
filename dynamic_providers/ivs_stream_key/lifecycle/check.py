"""The check of a stream key's inputs: reports every error at once, by property, before any call to AWS."""

import itertools
import json
import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from pulumi.dynamic import CheckFailure
from pulumi.output import Unknown

from ivs_stream_key.aws import arns
from ivs_stream_key.aws.service_model import TextLimit, limits
from ivs_stream_key.ivs.ownership import OWNER_TAG_KEY
from ivs_stream_key.lifecycle.rotation import MOST_DAYS
from ivs_stream_key.messages.descriptions import closest, control_characters, kind_of, printable, slip_of
from ivs_stream_key.messages.formatting import format_value
from ivs_stream_key.messages.redaction import redacted
from ivs_stream_key.properties import (
    CHANNEL_ARN,
    CONNECTION,
    DELETION_PROTECTION,
    EXISTING_KEY,
    EXISTING_KEY_CHOICES,
    ROTATION_DAYS,
    ROTATION_SCHEDULE,
    ROTATION_TRIGGERS,
    TAGS,
    WHEN_LIVE,
    WHEN_LIVE_CHOICES,
)

__all__ = ["failures", "is_whole_number", "tag_failures", "without_secret_values"]

_ARN: Final = "arn:"
# The prefix is reserved for AWS in any case (aws:, AWS:), although the pattern in the service model allows it.
_RESERVED: Final = "aws:"
_NO_TAGS: Final[Mapping[str, str]] = {}
_HOLD_SECRETS: Final = (CONNECTION, ROTATION_TRIGGERS, TAGS)
_LONGEST_NAME: Final = 160
# Larger whole numbers may not fit into a float.
_LARGEST: Final = 10**300
_SCHEDULE: Final = ("phase", "group", "most")
_TRIGGER: Final = "a string, a finite number, a boolean, or a list or mapping of these"


def failures(
    inputs: Mapping[str, Any],
    default_tags: Mapping[str, str] = _NO_TAGS,
    secret: Collection[str] = (),
) -> list[CheckFailure]:
    """Return the failures of `inputs`, one for each invalid property; none if all are valid.

    `default_tags` count towards IVS's limit of tags.

    A value that is not known yet is accepted. Failures do not quote values, because any value may be a secret: they
    give its kind and length. They do quote numbers, the channel's ARN, and the names of tags and rotation triggers,
    unless the input is in `secret`, the inputs that the program has marked as secrets.
    """
    return [
        *_channel_arn_failures(inputs.get(CHANNEL_ARN), CHANNEL_ARN in secret),
        *_tags_failures(inputs.get(TAGS), default_tags, TAGS in secret),
        *_rotation_triggers_failures(inputs.get(ROTATION_TRIGGERS), ROTATION_TRIGGERS in secret),
        *_rotation_days_failures(inputs.get(ROTATION_DAYS), ROTATION_DAYS in secret),
        *_rotation_schedule_failures(inputs.get(ROTATION_SCHEDULE), ROTATION_SCHEDULE in secret),
        *_choice_failures(
            EXISTING_KEY,
            EXISTING_KEY_CHOICES,
            inputs.get(EXISTING_KEY),
            "It says what create does with a key that the channel already has; leave it out to replace that key.",
        ),
        *_choice_failures(
            WHEN_LIVE,
            WHEN_LIVE_CHOICES,
            inputs.get(WHEN_LIVE),
            "It says what rotating or deleting does while the channel is live; leave it out to let the broadcast run.",
        ),
        *_deletion_protection_failures(inputs.get(DELETION_PROTECTION)),
    ]


def without_secret_values(
    failure: CheckFailure, inputs: Mapping[str, Any], secret: Collection[str] = ()
) -> CheckFailure:
    """Return the failure in a form that shows no secret; its reason names the property if needed.

    The engine shows the value of the property that a failure names, even if it is a secret. So a failure names a
    property only if its value cannot be secret (a number, a boolean, a channel's ARN), or if it is an element of a
    mapping, whose value the engine does not show.
    """
    name = failure.property
    if name and (name in secret or not _is_public(name, inputs.get(name))):
        return CheckFailure("", f"{name}: {failure.reason}")
    return failure


def _is_public(name: str, value: Any) -> bool:
    if name == CHANNEL_ARN and isinstance(value, str):
        return value.startswith(_ARN) and redacted(value) == value
    return name not in _HOLD_SECRETS and isinstance(value, int | float | None)


def _failure(path: str, expected: str, got: str, remedy: str) -> CheckFailure:
    return CheckFailure(path, f"expected {expected}, got {got}. {remedy}")


def _channel_arn_failures(arn: Any, is_secret: bool) -> Iterator[CheckFailure]:
    # ARNs are no secrets. Other text may be one: a provider is not told what a transform has marked as secret.
    is_like_one = isinstance(arn, str) and arn.startswith(_ARN)
    describe = format_value if is_like_one and not is_secret else kind_of
    limit = limits().channel_arn
    match arn:
        case Unknown():
            return
        case str() if limit.fits_length(arn) and limit.matches(arn):
            return
        case str() if len(arn) > limit.longest:
            got = f"{describe(arn)}, which has {len(arn)}"
            expected = f"the ARN of an IVS channel of at most {limit.longest} characters"
        case _:
            got = describe(arn)
            expected = f"the ARN of an IVS channel ({arns.form(arns.CHANNEL)})"
    yield _failure(CHANNEL_ARN, expected, got, "Pass the `arn` of an aws.ivs.Channel.")


def tag_failures(
    tags: Any, default_tags: Mapping[str, str] = _NO_TAGS, is_secret: bool = False
) -> Iterator[CheckFailure]:
    """Yield the errors in the tags of any resource of IVS, in a form that shows none of their values.

    If all of them are a secret, their names are not shown either.
    """
    for failure in _tags_failures(tags, default_tags, is_secret):
        yield CheckFailure("", f"{failure.property}: {failure.reason}")


def _tags_failures(tags: Any, default_tags: Mapping[str, str], is_secret: bool) -> Iterator[CheckFailure]:
    tags = {} if tags is None else tags
    if isinstance(tags, Unknown):
        return
    if not isinstance(tags, Mapping):
        yield _failure(
            TAGS, "a mapping of strings to strings", kind_of(tags), 'Write tags={"key": "value"}, or leave it out.'
        )
        return
    most = limits().most_tags
    number = len({**default_tags, **tags})
    if number > most:
        got = f"{number}, with {len(default_tags)} default tags" if default_tags else f"{number}"
        yield _failure(TAGS, f"at most {most} tags", got, f"Leave {number - most} out: IVS allows no more on a key.")
    # One failure for each tag: its key and its value may both be invalid.
    invalid = ((key, [*_tag_key_problems(key, is_secret), *_tag_value_problems(value)]) for key, value in tags.items())
    # Report no more failures than IVS allows tags, however many tags the input has.
    for key, problems in itertools.islice((one for one in invalid if one[1]), most):
        yield _element_failure(TAGS, key, " ".join(problems), is_secret)


def _tag_key_problems(key: Any, is_secret: bool) -> Iterator[str]:
    if not isinstance(key, str):
        yield f"As its key, expected a string, got {kind_of(key)}. Put it in quotes."
        return
    describe = kind_of if is_secret else format_value
    yield from _text_problems("key", key, limits().tag_key, is_secret)
    if key.lower().startswith(_RESERVED):
        yield (
            f"As its key, expected one without the prefix {_RESERVED!r}, got {describe(key)}. "
            "Rename it: AWS reserves that prefix."
        )
    if key == OWNER_TAG_KEY:
        yield f"As its key, expected another than {OWNER_TAG_KEY!r}. Rename it: StreamKey uses that tag for the owner."


def _tag_value_problems(value: Any) -> Iterator[str]:
    if isinstance(value, Unknown):
        return
    if not isinstance(value, str):
        yield f"As its value, expected a string, got {kind_of(value)}. Convert it to a string, or leave the tag out."
        return
    yield from _text_problems("value", value, limits().tag_value, is_secret=True)


def _text_problems(role: str, text: str, limit: TextLimit, is_secret: bool) -> Iterator[str]:
    if not limit.fits_length(text):
        remedy = "Shorten it." if text else "Give it a name."
        yield f"As its {role}, expected {limit.shortest} to {limit.longest} characters, got {len(text)}. {remedy}"
    if text and not limit.matches(text):
        disallowed_characters = ", ".join(f"{c!r} (U+{ord(c):04X})" for c in limit.disallowed_characters(text))
        if is_secret:
            # The value of a tag may be a password, so the message does not show its special characters.
            got = f"{kind_of(text)} with {control_characters(text) or 'characters besides these'}"
        else:
            got = f"{format_value(text)} with {disallowed_characters or 'others'}"
        yield (
            f"As its {role}, expected letters, digits, spaces and other characters of the pattern {limit.pattern}, "
            f"got {got}. Leave those out."
        )


def _rotation_triggers_failures(triggers: Any, is_secret: bool) -> Iterator[CheckFailure]:
    if triggers is None or isinstance(triggers, Unknown):
        return
    if not isinstance(triggers, Mapping):
        yield _failure(
            ROTATION_TRIGGERS,
            "a mapping whose every change rotates the key",
            kind_of(triggers),
            'Write rotation_triggers={"name": value}.',
        )
        return
    for name, value in triggers.items():
        if not isinstance(name, str):
            reason = f"expected a string as its name, got {kind_of(name)}. Put it in quotes."
            yield _element_failure(ROTATION_TRIGGERS, name, reason, is_secret)
        elif not _comparable(value):
            reason = f"expected {_TRIGGER}, got {kind_of(value)}. Convert it to a string."
            yield _element_failure(ROTATION_TRIGGERS, name, reason, is_secret)


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


def _rotation_days_failures(days: Any, is_secret: bool) -> Iterator[CheckFailure]:
    match days:
        case None | Unknown():
            return
        case _ if is_whole_number(days, 1, MOST_DAYS):
            return
        case float() if not is_secret:
            got = f"{days:g}"
        case int() if not isinstance(days, bool) and not is_secret and abs(days) < _LARGEST:
            got = f"{days:g}"
        case _:
            got = kind_of(days)
    yield _failure(
        ROTATION_DAYS,
        f"a whole number of days, 1 to {MOST_DAYS}",
        got,
        "Write for example rotation_days=30, or leave it out: then the key does not rotate by age.",
    )


def _rotation_schedule_failures(schedule: Any, is_secret: bool) -> Iterator[CheckFailure]:
    if schedule is None or isinstance(schedule, Unknown):
        return
    if not isinstance(schedule, Mapping):
        yield _failure(
            ROTATION_SCHEDULE, "a mapping", kind_of(schedule), 'Write for example rotation_schedule={"phase": 3}.'
        )
        return
    for name in schedule:
        if name not in _SCHEDULE:
            meant = slip_of(name, _SCHEDULE)
            remedy = f"Did you mean {meant}?" if meant else "Leave it out."
            yield _failure(ROTATION_SCHEDULE, f"the names {', '.join(_SCHEDULE)}", f"another: {kind_of(name)}", remedy)
    for name, least, remedy in (
        ("phase", 0, "It is the key's day in a cycle of rotation_days."),
        ("most", 1, "It is how many keys of the group one run may rotate for their age."),
    ):
        value = schedule.get(name)
        if value is None or isinstance(value, Unknown) or is_whole_number(value, least, MOST_DAYS):
            continue
        is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LARGEST
        got = f"{value:g}" if is_number and not is_secret else kind_of(value)
        yield _failure(f"{ROTATION_SCHEDULE}.{name}", f"a whole number, {least} to {MOST_DAYS}", got, remedy)
    group = schedule.get("group")
    if group is not None and not isinstance(group, str | Unknown):
        yield _failure(f"{ROTATION_SCHEDULE}.group", "a string", kind_of(group), "It is the name of the keys' group.")
    if (schedule.get("most") is None) != (group is None):
        given, lacking = ("group", "most") if schedule.get("most") is None else ("most", "group")
        remedy = f"Give {lacking} too, or leave {given} out."
        yield _failure(ROTATION_SCHEDULE, "both group and most, or neither", f"{given} alone", remedy)


def is_whole_number(value: Any, least: int, most: int) -> bool:
    """Return whether the value is a whole number within these bounds; Pulumi sends such numbers as floats."""
    # In Python, True equals the number 1.
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and least <= value <= most and value == int(value)


def _choice_failures(name: str, choices: Sequence[str], choice: Any, remedy: str) -> Iterator[CheckFailure]:
    if choice is None or isinstance(choice, Unknown) or choice in choices:
        return
    *others, last = map(repr, choices)
    meant = closest(choice, choices)
    got = kind_of(choice) if meant is None else f"{kind_of(choice)} that is close to {meant!r}"
    yield _failure(name, f"{', '.join(others)} or {last}", got, remedy)


def _deletion_protection_failures(choice: Any) -> Iterator[CheckFailure]:
    if choice is None or isinstance(choice, bool | Unknown):
        return
    yield _failure(
        DELETION_PROTECTION,
        "True or False",
        kind_of(choice),
        "True refuses every deletion that is not part of a rotation; leave it out to allow deletion.",
    )


def _element_failure(root: str, key: Any, reason: str, is_secret: bool) -> CheckFailure:
    """Return the failure of an element of a mapping, without the element's name if the mapping is a secret."""
    if is_secret:
        return CheckFailure(root, f"at a name that is {kind_of(key)}: {reason}")
    return CheckFailure(_path(root, key), reason)


def _path(root: str, key: Any) -> str:
    """Return the path of an element, as Pulumi writes it: ``tags["team"]``."""
    text = redacted(str(key))
    name = json.dumps(text if len(text) <= _LONGEST_NAME else f"{text[:_LONGEST_NAME]}…", ensure_ascii=False)
    return f"{root}[{printable(name)}]"
