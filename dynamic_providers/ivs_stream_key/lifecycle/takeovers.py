"""Detects whether somebody else has taken a key over from a resource, by the owner tag, which a takeover rewrites.

docs/decisions/0010-whose-key-it-is.md explains how.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ivs_stream_key.aws import arns
from ivs_stream_key.errors import KeyExists
from ivs_stream_key.ivs.ownership import Owner, Ownership, has_version, leaves_room, ownership_of, parse_owner_tag
from ivs_stream_key.lifecycle.existing_keys import described

if TYPE_CHECKING:
    from ivs_stream_key.ivs.stream_keys import Listed

__all__ = ["is_taken_over", "refuse_taken_over"]


def is_taken_over(listed: "Listed", known: Any, owner: Owner | None) -> bool:
    """Whether somebody else has taken a key over since its owner tag was `known`, the value in the outputs.

    `owner` is the key's owner according to the same outputs. A tag that names `owner` is no takeover, even if it
    differs from `known`: an update may have been interrupted after it set the tag.
    """
    if has_version(listed.owner_tag):
        is_own = (
            parse_owner_tag(listed.owner_tag) is not None
            and ownership_of(listed.owner_tag, owner) is Ownership.RESOURCE
        )
        return bool(listed.owner_tag != known) and not is_own
    # The owner tag is gone because the new owner's tags left no room for it. An update with so many tags by this
    # resource would have set `known` to an empty text.
    return listed.owner_tag is None and has_version(known) and not leaves_room(listed.tags)


def refuse_taken_over(
    listed: "Listed",
    known: Any,
    owners: Sequence[Owner | None],
    tags: Any,
    channel: arns.Arn,
) -> None:
    """KeyExists if another stack has taken the key over since its owner tag was `known`.

    `owners` are the key's owners according to the outputs and to the program; they differ after a rename of the stack.
    A takeover by a resource of the same stack is no error: the program no longer has that resource, and this one takes
    the key back. `tags` are declared in the program. An interrupted update may have set them already, and they may
    leave no room for an owner tag.
    """
    if not is_taken_over(listed, known, owners[0]):
        return
    ownerships = {ownership_of(listed.owner_tag, owner) for owner in owners}
    if ownerships & {Ownership.RESOURCE, Ownership.STACK} or (isinstance(tags, Mapping) and listed.is_full_of(tags)):
        return
    raise KeyExists(
        f"The stream key of the channel {channel} was taken over by another stack, and this one leaves it alone.",
        resource=channel.text,
        expected="the key as this StreamKey left it",
        got=f"{listed.arn}, {described(listed, owners[-1])}",
        remedy="remove this StreamKey from the program, which keeps the key; to take the key back, add it again in a "
        "later run, with existing_key='adopt' or 'replace'.",
    )
