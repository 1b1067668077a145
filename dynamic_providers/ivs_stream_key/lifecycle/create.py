"""Creates a channel's key, or takes over the key that the channel already has.

A create may run twice: botocore repeats a call whose response was lost, and the engine repeats a create that was
interrupted. So a key gets the owner tag when it is created, and a repeated create recognizes its own key.
docs/decisions/0010-whose-key-it-is.md gives the reasons.
"""

import contextlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from ivs_stream_key import clock
from ivs_stream_key.aws import arns
from ivs_stream_key.errors import (
    KeyExists,
    NotFound,
    QuotaExceeded,
    ServiceFailed,
    StreamKeyError,
    Throttled,
    Unreachable,
)
from ivs_stream_key.ivs.ownership import (
    OWNER_TAG_KEY,
    Owner,
    Ownership,
    leaves_room,
    owner_tag_for,
    owner_tag_of_takeover,
    ownership_of,
    parse_owner_tag,
)
from ivs_stream_key.lifecycle import live_broadcast
from ivs_stream_key.lifecycle.existing_keys import decide, forget, keys_on, without
from ivs_stream_key.lifecycle.operation import Operation
from ivs_stream_key.lifecycle.preview import announce_resumption
from ivs_stream_key.properties import CHANNEL_ARN, KEEP, OWNER, ROTATION_TRIGGERS, TAGS, WHEN_LIVE

if TYPE_CHECKING:
    from ivs_stream_key.ivs.stream_keys import Ivs, Key, Listed

__all__ = ["Given", "key_for"]

_WITHOUT_KEY: Final = (
    "the channel {}, and an earlier key of it no longer works: nobody can go live on it, though a running broadcast "
    "goes on. Where that key was published, readers still find it. The next `pulumi up` that succeeds fixes this."
)
_ANOTHERS: Final = "the earlier key of this StreamKey is deleted, and the one that the channel has is not its own."
_HAS_NONE: Final = "has no stream key"
_MAY_HAVE_NONE: Final = "may have no stream key"

# After these errors it is unknown whether the call, or a repetition of it by botocore, was carried out.
_UNCERTAIN: Final = (QuotaExceeded, ServiceFailed, Throttled, Unreachable)


class _Outdated(Exception):
    """The cached list of keys is outdated: the key to take over has been deleted since."""


class Given(NamedTuple):
    """The result of a create: the key, its owner tag (empty if there was no room), and its time of creation.

    `created_at` is the time of the takeover if the key's creation time is unknown. It is in UTC, ISO 8601.
    """

    key: "Key"
    owner_tag: str
    created_at: str


def key_for(props: Mapping[str, Any], operation: Operation) -> Given:
    """Create or take over the channel's key. Use the list of keys that check has cached, unless it is outdated.

    Makes two calls for a channel without a key, three or four for one with a key, and StopStream for
    ``when_live="stop"``. KeyExists if `existing_key`, another stack's owner tag, or another StreamKey of this run
    forbids changing the existing key. OnAir if `when_live` forbids it. QuotaExceeded if somebody else has created a key
    since the keys were listed. Other AWS errors are raised as their StreamKeyError.
    """
    channel = arns.parse(props[CHANNEL_ARN], arns.CHANNEL)
    with _note_missing_key_on_failure(channel, operation):
        found, remembered = keys_on(operation, channel)
        try:
            given = _give_key(found, props, operation, channel, sure=not remembered)
        except (KeyExists, QuotaExceeded, _Outdated):
            if not remembered:
                raise
            found, _ = keys_on(operation, channel, again=True)
            given = _give_key(found, props, operation, channel, sure=True)
        finally:
            forget(operation, channel)
    operation.channels_without_key.discard(channel.text)
    return given


def _give_key(
    found: "tuple[Listed, ...]", props: Mapping[str, Any], operation: Operation, channel: arns.Arn, *, sure: bool
) -> Given:
    """Create the key, or take one of the keys `found` over. `sure`: the keys are not from the cache.

    _Outdated if the key to take over does not exist, and the keys are from the cache.
    """
    decision = decide(found, props, operation, channel)
    if decision.takes_over is not None:
        given = _taken_over(decision.takes_over, props, operation, channel)
        if given is not None:
            return given
        if not sure:
            raise _Outdated
    elif found:
        live_broadcast.before_delete(operation, channel, props.get(WHEN_LIVE) or KEEP)
        _delete(operation, channel, found)
        operation.channels_without_key.add(channel.text)
    tags: dict[str, str] = operation.clients.tagging().merged(props.get(TAGS))
    made_at = clock.timestamp()
    owner_tag = owner_tag_for(Owner.of(props.get(OWNER)), props.get(ROTATION_TRIGGERS), made_at)
    key = _create_key(operation.clients.ivs(channel), channel, tags, owner_tag)
    operation.made.add(key.arn)
    live_broadcast.end_broadcast(operation, channel, props.get(WHEN_LIVE) or KEEP)
    return Given(key, owner_tag[OWNER_TAG_KEY] if leaves_room(tags) else "", made_at)


def _taken_over(listed: "Listed", props: Mapping[str, Any], operation: Operation, channel: arns.Arn) -> Given | None:
    """Take a key over and return it; None if it does not exist any more."""
    ivs, tagging, owner = operation.clients.ivs(channel), operation.clients.tagging(), Owner.of(props.get(OWNER))
    key = ivs.get(listed.arn)
    if key is None:
        return None
    tags, now = tagging.merged(props.get(TAGS)), clock.timestamp()
    ownership, earlier = ownership_of(key.owner_tag, owner), parse_owner_tag(key.owner_tag)
    ignored = {name: value for name, value in key.tags.items() if tagging.ignores(name)}
    has_room = leaves_room({**ignored, **tagging.visible(tags)})
    if ownership is Ownership.RESOURCE and earlier is not None and has_room:
        owner_tag = {OWNER_TAG_KEY: earlier.text}
        ivs.retag(key.arn, tagging.visible(key.tags), tagging.visible(tags))
        announce_resumption(operation, key.arn, f"StreamKey {owner.name!r}" if owner else "A StreamKey")
    else:
        owner_tag = owner_tag_of_takeover(key.owner_tag, owner, props.get(ROTATION_TRIGGERS), now)
        ivs.retag(key.arn, tagging.visible(key.tags), tagging.visible(tags), owner_tag, ignored=ignored)
    operation.adopted.add(key.arn)
    is_own = earlier is not None and ownership in (Ownership.RESOURCE, Ownership.STACK)
    return Given(key, owner_tag[OWNER_TAG_KEY] if has_room else "", earlier.time if earlier and is_own else now)


def _delete(operation: Operation, channel: arns.Arn, found: "tuple[Listed, ...]") -> None:
    try:
        for key in found:
            operation.clients.ivs(channel).delete(key.arn)
            without(operation, channel, key.arn)
    except _UNCERTAIN as error:
        error.aftermath = _WITHOUT_KEY.format(_MAY_HAVE_NONE)
        raise


def _create_key(ivs: "Ivs", channel: arns.Arn, tags: Mapping[str, str], owner_tag: Mapping[str, str]) -> "Key":
    """Create the key; if the outcome of the call is unknown, look for the key that it created."""
    try:
        return ivs.create(channel.text, tags, owner_tag)
    except NotFound:
        raise
    except StreamKeyError as error:
        if not isinstance(error, _UNCERTAIN):
            error.aftermath = _WITHOUT_KEY.format(_HAS_NONE)
            raise
        try:
            own = [key.arn for key in ivs.keys_of(channel.text) if key.was_created_with(owner_tag, tags)]
            made = ivs.get(own[0]) if own else None
        except StreamKeyError:
            # Report the first error, which is more useful. The next create lists the keys again.
            if not isinstance(error, QuotaExceeded):
                error.aftermath = _WITHOUT_KEY.format(_MAY_HAVE_NONE)
            raise error from None
        if made is None:
            if not isinstance(error, QuotaExceeded):
                error.aftermath = _WITHOUT_KEY.format(_HAS_NONE)
            raise
        return made


@contextlib.contextmanager
def _note_missing_key_on_failure(channel: arns.Arn, operation: Operation) -> Iterator[None]:
    """Add to an error of the block that the old key has been deleted, unless the error says so already."""
    try:
        yield
    except StreamKeyError as error:
        if (
            error.aftermath is None
            and channel.text in operation.channels_without_key
            and not isinstance(error, NotFound)
        ):
            anothers = isinstance(error, (KeyExists, QuotaExceeded))
            error.aftermath = _ANOTHERS if anothers else _WITHOUT_KEY.format(_HAS_NONE)
        raise
