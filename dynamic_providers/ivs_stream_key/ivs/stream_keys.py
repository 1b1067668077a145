"""The calls to IVS for a stream key. They log nothing: a key's value is a password."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from ivs_stream_key.aws.error_mapping import translate_aws_errors
from ivs_stream_key.aws.service_model import limits
from ivs_stream_key.clock import timestamp
from ivs_stream_key.errors import NotFound, NotLive
from ivs_stream_key.ivs.ownership import OWNER_TAG_KEY, leaves_room
from ivs_stream_key.ivs.rate_limiter import RateLimiter
from ivs_stream_key.ivs.tags import retag, without_system_tags

if TYPE_CHECKING:
    from mypy_boto3_ivs import IVSClient

__all__ = ["Ivs", "Key", "Listed", "Stream"]

# Responses include tags of AWS services (aws:cloudformation:…), which users can neither declare nor remove.
_OFFLINE: Final = "OFFLINE"


@dataclass(frozen=True, slots=True)
class Key:
    """A stream key. `tags` exclude AWS's own tags and the owner tag, which is `owner_tag`. No repr shows the value."""

    arn: str
    channel_arn: str
    value: str = field(repr=False)
    tags: dict[str, str] = field(repr=False)
    owner_tag: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A stream key as ListStreamKeys returns it, without its value; `tags` and `owner_tag` are as in `Key`."""

    arn: str
    tags: dict[str, str] = field(repr=False)
    owner_tag: str | None

    def was_created_with(self, owner_tag: Mapping[str, str], tags: Mapping[str, str]) -> bool:
        """Whether a create call with this owner tag, or without one with these tags, created the key."""
        return self.owner_tag == owner_tag[OWNER_TAG_KEY] if self.owner_tag is not None else self.is_full_of(tags)

    def is_full_of(self, tags: Mapping[str, str]) -> bool:
        """Whether the key has exactly these tags and no room for an owner tag: then the tags identify it."""
        return self.owner_tag is None and not leaves_room(tags) and self.tags == tags


@dataclass(frozen=True, slots=True)
class Stream:
    """A running broadcast: its id, and its start in UTC as ISO 8601; either is empty if IVS did not return it."""

    id: str
    since: str


class Ivs:
    """IVS in one region. Each method makes one call, or one for each page; every failure is a StreamKeyError.

    The rate of the client, which must not be shared, is limited from here on (see `ivs_stream_key.ivs.rate_limiter`).
    """

    def __init__(self, client: "IVSClient", rate_limiter: RateLimiter | None = None) -> None:
        self._client = client
        (rate_limiter or RateLimiter()).attach(client.meta.events, client.meta.service_model.service_name)

    def keys_of(self, channel_arn: str) -> list[Listed]:
        """Return the channel's stream keys: none or one, by IVS's quota. NotFound if there is no channel."""
        with translate_aws_errors("ListStreamKeys", channel_arn):
            pages = self._client.get_paginator("list_stream_keys").paginate(
                channelArn=channel_arn, PaginationConfig={"PageSize": limits().largest_page}
            )
            return [_listed(key) for page in pages for key in page["streamKeys"]]

    def get(self, arn: str) -> Key | None:
        """Return the stream key, or None if it does not exist."""
        try:
            with translate_aws_errors("GetStreamKey", arn):
                return _key(self._client.get_stream_key(arn=arn)["streamKey"])
        except NotFound:
            return None

    def create(self, channel_arn: str, tags: Mapping[str, str], owner_tag: Mapping[str, str]) -> Key:
        """Create a stream key for the channel, with the owner tag `owner_tag` if the tags leave room for it.

        QuotaExceeded if the channel has a key.
        """
        with translate_aws_errors("CreateStreamKey", channel_arn):
            given = {**tags, **owner_tag} if leaves_room(tags) else dict(tags)
            return _key(self._client.create_stream_key(channelArn=channel_arn, tags=given)["streamKey"])

    def delete(self, arn: str) -> None:
        """Delete the stream key; no error if it, or its channel, does not exist any more."""
        with contextlib.suppress(NotFound), translate_aws_errors("DeleteStreamKey", arn):
            self._client.delete_stream_key(arn=arn)

    def retag(
        self,
        arn: str,
        old: Mapping[str, str],
        new: Mapping[str, str],
        owner_tag: Mapping[str, str] | None = None,
        *,
        ignored: Mapping[str, str] | None = None,
    ) -> None:
        """Change the tags of the stream key from `old` to `new`, without a call if they are the same.

        `owner_tag`, if given, is written too if `new` leaves room for it; it is removed if not. `ignored` are tags that
        stay as they are, and need room.
        """
        staying = ignored or {}
        has_room = leaves_room({**staying, **new})
        gone = old.keys() - new.keys()
        if leaves_room({**staying, **old}) and not has_room:
            gone.add(OWNER_TAG_KEY)
        changed = {name: value for name, value in new.items() if old.get(name) != value}
        if owner_tag is not None and has_room:
            changed |= owner_tag
        retag(self._client, arn, gone, changed)

    def stream(self, channel_arn: str) -> Stream | None:
        """Return the running broadcast of the channel, or None."""
        try:
            with translate_aws_errors("GetStream", channel_arn):
                stream: Mapping[str, Any] = self._client.get_stream(channelArn=channel_arn)["stream"]
        except (NotFound, NotLive):
            return None
        if stream.get("state") == _OFFLINE:
            return None
        since = stream.get("startTime")
        return Stream(stream.get("streamId") or "", timestamp(since) if isinstance(since, datetime) else "")

    def stop_stream(self, channel_arn: str) -> bool:
        """End the running broadcast of the channel; return whether there was one."""
        try:
            with translate_aws_errors("StopStream", channel_arn):
                self._client.stop_stream(channelArn=channel_arn)
        except (NotFound, NotLive):
            return False
        return True


def _key(response: Mapping[str, Any]) -> Key:
    return Key(
        arn=response["arn"],
        channel_arn=response["channelArn"],
        value=response["value"],
        tags=_tags(response),
        owner_tag=_owner_tag(response),
    )


def _listed(response: Mapping[str, Any]) -> Listed:
    return Listed(arn=response["arn"], tags=_tags(response), owner_tag=_owner_tag(response))


def _owner_tag(response: Mapping[str, Any]) -> str | None:
    tags: Mapping[str, str] = response.get("tags") or {}
    return tags.get(OWNER_TAG_KEY)


def _tags(response: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in without_system_tags(response.get("tags")).items() if name != OWNER_TAG_KEY}
