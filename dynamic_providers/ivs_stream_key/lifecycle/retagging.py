"""Changes a key's tags in an update, unless another stack has taken the key over; adds a missing owner tag.

A key has no owner tag if it had 50 tags, or somebody removed it. docs/decisions/0010-whose-key-it-is.md says more.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ivs_stream_key import clock
from ivs_stream_key.aws import arns
from ivs_stream_key.ivs.ownership import (
    OWNER_TAG_KEY,
    Owner,
    Ownership,
    leaves_room,
    owner_tag_of_takeover,
    ownership_of,
    parse_owner_tag,
)
from ivs_stream_key.lifecycle.existing_keys import forget, listed_key
from ivs_stream_key.lifecycle.operation import Operation
from ivs_stream_key.lifecycle.takeovers import refuse_taken_over
from ivs_stream_key.properties import CHANNEL_ARN, CREATED_AT, OWNER, OWNER_TAG, ROTATION_TRIGGERS

if TYPE_CHECKING:
    from ivs_stream_key.ivs.stream_keys import Listed

__all__ = ["retag"]


def retag(
    operation: Operation,
    key: arns.Arn,
    olds: Mapping[str, Any],
    news: Mapping[str, Any],
    tags: tuple[Mapping[str, str], Mapping[str, str]],
) -> str | None:
    """Change the tags from the first of `tags` to the second; return the new value of the output `owner_tag`.

    Makes one call to read the key besides those that change the tags. KeyExists if another stack has taken it over.
    """
    before, after = tags
    channel = arns.parse(olds[CHANNEL_ARN], arns.CHANNEL)
    # If the key does not exist, the call that changes its tags fails with that error.
    listed = listed_key(operation, channel, key)
    known: str | None = olds.get(OWNER_TAG)
    owner = Owner.of(olds.get(OWNER))
    ignored: dict[str, str] = {}
    owner_tag: dict[str, str] = {}
    if listed is not None:
        owners = (owner, Owner.of(operation.declared_owners.get(channel.text, news.get(OWNER))))
        refuse_taken_over(listed, known, owners, after, channel)
        tagging = operation.clients.tagging()
        ignored = {name: value for name, value in listed.tags.items() if tagging.ignores(name)}
        owner_tag = _missing_owner_tag(listed, owner, olds, news)
    operation.clients.ivs(key).retag(key.text, before, after, owner_tag or None, ignored=ignored)
    forget(operation, channel)
    if not leaves_room({**ignored, **after}):
        return ""
    return owner_tag.get(OWNER_TAG_KEY) or _of_its_own(listed, owner) or known


def _missing_owner_tag(
    listed: "Listed", owner: Owner | None, olds: Mapping[str, Any], news: Mapping[str, Any]
) -> dict[str, str]:
    """Return the owner tag to add to the key; empty if nothing is missing.

    The tag names the resource as in the state. If the update is interrupted before the state is written, a later delete
    then still recognizes its key. For an imported key, the state does not name the resource.
    """
    known = parse_owner_tag(olds.get(OWNER_TAG))
    ownership = ownership_of(listed.owner_tag, owner)
    if known is not None and listed.owner_tag != known.text and ownership in (Ownership.NOBODY, Ownership.STACK):
        return {OWNER_TAG_KEY: known.text}
    if owner is None or listed.owner_tag is not None:
        return {}
    since = olds.get(CREATED_AT) or clock.timestamp()
    return owner_tag_of_takeover(None, owner, news.get(ROTATION_TRIGGERS), since)


def _of_its_own(listed: "Listed | None", owner: Owner | None) -> str | None:
    own = listed is not None and ownership_of(listed.owner_tag, owner) is Ownership.RESOURCE
    return listed.owner_tag if listed is not None and own else None
