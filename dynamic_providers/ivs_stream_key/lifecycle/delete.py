"""Decides whether a delete keeps the key because another resource has taken it over.

If a key moves to another resource, in this stack or another, the old resource still has it in its state. The delete of
the old resource must keep the key. It recognizes the takeover by the owner tag, which every takeover rewrites.
"""

import json
from collections.abc import Mapping
from typing import Any

from ivs_stream_key.aws import arns
from ivs_stream_key.ivs.ownership import OWNER_TAG_KEY, Owner, parse_owner_tag
from ivs_stream_key.lifecycle.existing_keys import listed_key
from ivs_stream_key.lifecycle.operation import Operation
from ivs_stream_key.lifecycle.takeovers import is_taken_over
from ivs_stream_key.messages import diagnostics
from ivs_stream_key.messages.formatting import format_value
from ivs_stream_key.properties import OWNER, OWNER_TAG

__all__ = ["entry_of", "has_successor", "is_spared"]


def entry_of(outputs: Mapping[str, Any]) -> str:
    """Return a text that identifies a resource's entry in the state, if several entries have the same key."""
    return json.dumps([outputs.get(OWNER), outputs.get(OWNER_TAG)], sort_keys=True, default=repr)


def is_spared(operation: Operation, key: arns.Arn, channel: arns.Arn, outputs: Mapping[str, Any]) -> bool:
    """Whether the delete of a resource with these outputs keeps the key; prints a message if so.

    Makes a call if this run has not listed the channel's keys.
    """
    if key.text in operation.adopted:
        return True
    holder, known = operation.held.get(key.text), outputs.get(OWNER_TAG)
    is_holder = holder is not None and holder.entry == entry_of(outputs)
    if is_holder and key.text in operation.confirmed:
        return False
    listed = listed_key(operation, channel, key)
    text = listed.owner_tag if listed is not None else None
    if holder is not None and not is_holder:
        # A move to another resource was interrupted and then reverted: write the tag of the program's resource again.
        if holder.owner_tag and text == known != holder.owner_tag:
            operation.clients.ivs(key).retag(key.text, {}, {}, {OWNER_TAG_KEY: holder.owner_tag})
        return True
    if listed is None or not is_taken_over(listed, known, Owner.of(outputs.get(OWNER))):
        return False
    owner_tag = parse_owner_tag(text)
    by = f"by {format_value(owner_tag.name)}" if owner_tag is not None and owner_tag.name else "by another StreamKey"
    operation.spared.add(channel.text)
    diagnostics.info(f"The stream key {key} of {channel} is kept: it was taken over {by}.")
    return True


def has_successor(operation: Operation, key: arns.Arn, channel: arns.Arn) -> bool:
    """Whether the key does not exist any more, but the channel has another key, whose broadcast must not be stopped.

    Uses the keys that `is_spared` has listed, and makes no call.
    """
    known = operation.listings.get(channel.text)
    if known is None or key.text in operation.confirmed:
        return False
    return bool(known.keys) and all(one.arn != key.text for one in known.keys)
