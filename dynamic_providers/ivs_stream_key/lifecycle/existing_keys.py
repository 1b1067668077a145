"""Decides what a create does with a key that the channel already has, by the key's owner and `existing_key`.

| found key | not given | `"replace"` | `"adopt"` | `"fail"` |
|---|---|---|---|---|
| without an owner tag | replaced | replaced | taken over | refused |
| this resource's, or another's of the same stack | replaced | replaced | taken over | taken over |
| another stack's, or with the tag of an older version | refused | replaced | taken over | refused |

A key of the same stack is replaced instead of taken over if it is due for rotation, or if a rotation replaces it.
docs/decisions/0010-whose-key-it-is.md gives the reasons.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from ivs_stream_key.aws import arns
from ivs_stream_key.errors import KeyExists, NotFound
from ivs_stream_key.ivs.ownership import Owner, Ownership, ownership_of, parse_owner_tag
from ivs_stream_key.lifecycle import rotation
from ivs_stream_key.lifecycle.operation import Listing, Operation
from ivs_stream_key.messages.formatting import format_value
from ivs_stream_key.properties import (
    ADOPT,
    CHANNEL_ARN,
    CREATED_AT,
    EXISTING_KEY,
    FAIL,
    OWNER,
    REPLACE,
    ROTATION_TRIGGERS,
    TAGS,
)

if TYPE_CHECKING:
    from ivs_stream_key.ivs.stream_keys import Listed

__all__ = [
    "Decision",
    "decide",
    "described",
    "forget",
    "keys_on",
    "listed_key",
    "place_of",
    "refuse_other_stacks",
    "without",
]

# Seconds after which a cached list of keys expires. A create usually follows its check within seconds.
_LISTING_AGE: Final = 60.0

_TAKE_OVER: Final = (
    "give this StreamKey a channel of its own; or, to take the key over from there, set existing_key='adopt' (keeps "
    "its value) or 'replace' (makes another): the other stack's rotation and destroy then leave the key alone."
)
_RENAMED: Final = " If that is this stack under an earlier name, set it for this run."


@dataclass(frozen=True, slots=True)
class Decision:
    """What a create does with the keys `found`: it keeps `takes_over`; if that is None, it deletes all of them."""

    found: "tuple[Listed, ...]"
    takes_over: "Listed | None" = None


def place_of(props: Mapping[str, Any]) -> tuple[str, str]:
    """Return a pair that identifies the resource and its channel."""
    return json.dumps(props.get(OWNER), sort_keys=True, default=repr), str(props.get(CHANNEL_ARN))


def keys_on(operation: Operation, channel: arns.Arn, *, again: bool = False) -> "tuple[tuple[Listed, ...], bool]":
    """Return the channel's keys, and whether they are cached from earlier in this run; `again` always calls IVS."""
    known = operation.listings.get(channel.text)
    if known is not None and not again and operation.seconds() - known.at < _LISTING_AGE:
        return known.keys, True
    keys = tuple(operation.clients.ivs(channel).keys_of(channel.text))
    operation.listings[channel.text] = Listing(keys, operation.seconds())
    return keys, False


def listed_key(operation: Operation, channel: arns.Arn, key: arns.Arn) -> "Listed | None":
    """Return a key from the list of `keys_on`; None if the key or the channel does not exist any more."""
    try:
        keys, _ = keys_on(operation, channel)
    except NotFound:
        return None
    return next((one for one in keys if one.arn == key.text), None)


def forget(operation: Operation, channel: arns.Arn) -> None:
    """Forget the channel's cached keys, which may have changed."""
    operation.listings.pop(channel.text, None)


def without(operation: Operation, channel: arns.Arn, key_arn: str) -> None:
    """Record that a key of the channel is deleted."""
    operation.deleted.add(key_arn)
    known = operation.listings.get(channel.text)
    if known is not None:
        keys = tuple(key for key in known.keys if key.arn != key_arn)
        operation.listings[channel.text] = Listing(keys, known.at)


def decide(found: "Sequence[Listed]", props: Mapping[str, Any], operation: Operation, channel: arns.Arn) -> Decision:
    """Return what a create with these inputs does with the keys found on its channel; KeyExists if it is refused."""
    _refuse_second(found, channel, operation)
    refuse_other_stacks(found, props, operation, channel)
    owner, choice = Owner.of(props.get(OWNER)), props.get(EXISTING_KEY) or REPLACE
    held = operation.held_on.get(place_of(props))
    if choice == FAIL:
        tags = operation.clients.tagging().merged(props.get(TAGS))
        keys_of_others = [key for key in found if key.arn != held and not _is_own(key, owner, tags, operation)]
        _refuse_other_owners(keys_of_others, owner, channel)
    if choice in (ADOPT, FAIL) and len(found) > 1:
        raise KeyExists(
            f"The channel {channel} has several stream keys; existing_key={choice!r} can take over only one.",
            resource=channel.text,
            expected="one stream key or none",
            got=", ".join(key.arn for key in found),
            remedy="delete the other keys.",
        )
    if choice in (ADOPT, FAIL) and found and not _is_rotated(found[0], props, operation):
        return Decision(tuple(found), found[0])
    return Decision(tuple(found))


def refuse_other_stacks(
    found: "Iterable[Listed]", props: Mapping[str, Any], operation: Operation, channel: arns.Arn
) -> None:
    """Raise KeyExists for a key that another stack manages, unless `existing_key` is given to take it over.

    A rotation never takes a key over: a stack whose key was taken over does not take it back by rotating.
    """
    owner, chosen = Owner.of(props.get(OWNER)), props.get(EXISTING_KEY)
    place = place_of(props)
    rotates = (
        place in operation.established
        or channel.text in operation.spared
        or channel.text in operation.channels_without_key
    )
    for key in found:
        # A key in the program's own state is not another stack's, whatever the stack's name was when it was created.
        if key.arn in operation.held:
            continue
        ownership = ownership_of(key.owner_tag, owner)
        if ownership is Ownership.OTHER_STACK and rotates:
            raise KeyExists(
                f"The stream key of the channel {channel} was taken over by another stack, and this one leaves it "
                "alone.",
                resource=channel.text,
                expected="the key that this StreamKey made",
                got=f"{key.arn}, {described(key, owner)}",
                remedy="remove this StreamKey from the program, which keeps the key; to take the key back, add it "
                "again in a later run, with existing_key='adopt' or 'replace'.",
            )
        if chosen is None and ownership in (Ownership.OTHER_STACK, Ownership.UNKNOWN):
            raise KeyExists(
                f"The stream key of the channel {channel} belongs to another StreamKey.",
                resource=channel.text,
                expected="a channel without a stream key, or with one that no other StreamKey manages",
                got=f"{key.arn}, {described(key, owner)}",
                remedy=_TAKE_OVER + _RENAMED,
            )


def described(key: "Listed", owner: Owner | None) -> str:
    """Describe the owner of a key, as a relative clause for messages."""
    owner_tag = parse_owner_tag(key.owner_tag)
    name = format_value(owner_tag.name) if owner_tag is not None else ""
    match ownership_of(key.owner_tag, owner):
        case Ownership.NOBODY:
            return "which has no owner tag"
        case Ownership.RESOURCE:
            return "which was created for this same resource"
        case Ownership.STACK:
            return f"which was created for {name} in this stack"
        case Ownership.OTHER_STACK:
            return f"which {name} manages, in another stack"
        case _:
            return (
                "which was created for another StreamKey: its owner tag is of another version, and does not say which"
            )


def _refuse_second(found: "Sequence[Listed]", channel: arns.Arn, operation: Operation) -> None:
    ours = [key.arn for key in found if key.arn in operation.made or key.arn in operation.adopted]
    if ours:
        raise KeyExists(
            f"Another StreamKey has just created {ours[0]} for the channel {channel}: IVS allows one key a channel.",
            resource=channel.text,
            expected="one StreamKey a channel",
            got="two or more",
            remedy="remove one of them from the program, or give it a channel of its own.",
        )


def _refuse_other_owners(keys_of_others: "Sequence[Listed]", owner: Owner | None, channel: arns.Arn) -> None:
    if not keys_of_others:
        return
    from_other_stacks = [
        described(key, owner) for key in keys_of_others if ownership_of(key.owner_tag, owner) is Ownership.OTHER_STACK
    ]
    raise KeyExists(
        f"The channel {channel} has a stream key, and existing_key='fail' leaves it alone.",
        resource=channel.text,
        expected="a channel without a stream key",
        got=", ".join([*(key.arn for key in keys_of_others), *from_other_stacks]),
        remedy="delete that key, or set existing_key='replace' (deletes it) or 'adopt' (takes it over).",
    )


def _is_own(key: "Listed", owner: Owner | None, tags: Any, operation: Operation) -> bool:
    """Whether a key belongs to this stack. If `tags` leave no room for an owner tag, they identify the key."""
    return (
        key.arn in operation.held
        or ownership_of(key.owner_tag, owner) in (Ownership.RESOURCE, Ownership.STACK)
        or (isinstance(tags, Mapping) and key.is_full_of(tags))
    )


def _is_rotated(key: "Listed", props: Mapping[str, Any], operation: Operation) -> bool:
    """Whether a key that could be taken over has to be rotated instead."""
    place, owner, channel = place_of(props), Owner.of(props.get(OWNER)), str(props.get(CHANNEL_ARN))
    held = operation.held_on.get(place)
    if key.arn == held:
        # The old key of a rotation that the engine did not delete first (`retain_on_delete`, `delete_before_replace`).
        return True
    ownership, owner_tag = ownership_of(key.owner_tag, owner), parse_owner_tag(key.owner_tag)
    if held is None and place in operation.established:
        # The same for a replacement without a diff (`replacement_trigger`), so that the key to replace is not recorded.
        is_untouched = channel not in operation.channels_without_key and channel not in operation.spared
        if ownership is Ownership.RESOURCE or (ownership is Ownership.NOBODY and is_untouched):
            return True
    if ownership not in (Ownership.RESOURCE, Ownership.STACK) or owner_tag is None:
        return False
    same = owner_tag.same_triggers(props.get(ROTATION_TRIGGERS), owner)
    # If the triggers cannot be compared because the resource has moved, rotate: a leaked key must not stay valid.
    changed = same is False or (same is None and ownership is Ownership.STACK)
    return changed or rotation.is_due({CREATED_AT: owner_tag.time}, props)
