"""The calls to IVS that a stream key needs. They log nothing: a key's value is a password."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ivs_stream_key.answers import asking
from ivs_stream_key.errors import NotFound
from ivs_stream_key.service import limits

if TYPE_CHECKING:
    from mypy_boto3_ivs import IVSClient

__all__ = ["Ivs", "Key"]

# AWS's own tags (aws:cloudformation:… and the like) come with every answer, and nobody can declare or remove them.
_SYSTEM_TAGS = "aws:"


@dataclass(frozen=True, slots=True)
class Key:
    """A stream key as IVS has it; `tags` without AWS's own. The value is in no repr."""

    arn: str
    channel_arn: str
    value: str = field(repr=False)
    tags: dict[str, str]


class Ivs:
    """IVS in one region. Each method makes one call, or one a page; every failure is a StreamKeyError."""

    def __init__(self, client: "IVSClient") -> None:
        self._client = client

    def keys_of(self, channel_arn: str) -> list[str]:
        """Return the ARNs of the channel's stream keys: one or none, as the quota stands. NotFound without channel."""
        with asking("ListStreamKeys", channel_arn):
            pages = self._client.get_paginator("list_stream_keys").paginate(
                channelArn=channel_arn, PaginationConfig={"PageSize": limits().largest_page}
            )
            return [key["arn"] for page in pages for key in page["streamKeys"]]

    def get(self, arn: str) -> Key | None:
        """Return the stream key, or None if there is none (any more)."""
        try:
            with asking("GetStreamKey", arn):
                return _key(self._client.get_stream_key(arn=arn)["streamKey"])
        except NotFound:
            return None

    def create(self, channel_arn: str, tags: Mapping[str, str]) -> Key:
        """Make a stream key for the channel. QuotaExceeded if it has one."""
        with asking("CreateStreamKey", channel_arn):
            return _key(self._client.create_stream_key(channelArn=channel_arn, tags=dict(tags))["streamKey"])

    def delete(self, arn: str) -> None:
        """Delete the stream key; one that is gone, alone or with its channel, is as good as deleted."""
        with contextlib.suppress(NotFound), asking("DeleteStreamKey", arn):
            self._client.delete_stream_key(arn=arn)

    def retag(self, arn: str, old: Mapping[str, str], new: Mapping[str, str]) -> None:
        """Turn the tags `old` of the stream key into `new`, with no call for what is the same."""
        gone = sorted(old.keys() - new.keys())
        # First, so that a key that has all the tags it can have gets room for others.
        if gone:
            with asking("UntagResource", arn):
                self._client.untag_resource(resourceArn=arn, tagKeys=gone)
        changed = {name: value for name, value in new.items() if old.get(name) != value}
        if changed:
            with asking("TagResource", arn):
                self._client.tag_resource(resourceArn=arn, tags=changed)


def _key(answer: Mapping[str, Any]) -> Key:
    tags: Mapping[str, str] = answer.get("tags") or {}
    return Key(
        arn=answer["arn"],
        channel_arn=answer["channelArn"],
        value=answer["value"],
        tags={name: value for name, value in tags.items() if not name.startswith(_SYSTEM_TAGS)},
    )
