"""Stream keys, streams and tags: what moto's IVSBackend lacks, and what it needs mended.

The state is plain dicts in the backend's `__dict__`, under the names in `STATE`, made when first asked for: a
backend from before the installation has it, a reset forgets it, and `pickle` takes it along.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Mapping
from typing import Any

from moto.core.utils import iso_8601_datetime_without_milliseconds, utcnow
from moto.ivs.models import IVSBackend
from moto.moto_api._internal import mock_random

from moto_ivs.exceptions import (
    BroadcastError,
    ChannelNotBroadcasting,
    ConflictException,
    ResourceNotFoundException,
    ServiceQuotaExceededException,
)
from moto_ivs.paging import page
from moto_ivs.validate import check_tags

__all__ = ["STATE", "StreamKeyBackend", "keep_live_channel", "keep_own_key", "lock", "take_key_along"]

STATE = ("stream_keys", "streams", "recording_configurations", "playback_key_pairs")

# Stated in the documentation of `maxResults`, not in the model's metadata.
_KEYS_A_PAGE = 1
_STREAMS_A_PAGE = 100

# A threaded server serves requests at once, and one key a channel has to hold there too. Not on the backend:
# a lock can't be pickled.
lock = threading.RLock()


class StreamKeyBackend(IVSBackend):
    """Holds what the installation copies onto IVSBackend; no backend is ever made of this class.

    A stream key is a dict of arn, channelArn, tags and value; a stream is a dict of channelArn, health,
    playbackUrl, startTime (ISO 8601, UTC), state, streamId and viewerCount: the members of botocore's shapes.
    """

    @property
    def stream_keys(self) -> dict[str, dict[str, Any]]:
        """The stream keys, by their ARN."""
        keys: dict[str, dict[str, Any]] = self.__dict__.setdefault("stream_keys", {})
        return keys

    @property
    def streams(self) -> dict[str, dict[str, Any]]:
        """The streams that are on air, by their channel's ARN."""
        streams: dict[str, dict[str, Any]] = self.__dict__.setdefault("streams", {})
        return streams

    @property
    def recording_configurations(self) -> dict[str, dict[str, Any]]:
        """The recording configurations, by their ARN."""
        configurations: dict[str, dict[str, Any]] = self.__dict__.setdefault("recording_configurations", {})
        return configurations

    @property
    def playback_key_pairs(self) -> dict[str, dict[str, Any]]:
        """The playback key pairs, by their ARN."""
        pairs: dict[str, dict[str, Any]] = self.__dict__.setdefault("playback_key_pairs", {})
        return pairs

    def create_stream_key(self, channel_arn: str, tags: Mapping[str, str]) -> dict[str, Any]:
        with lock:
            self._find_channel(channel_arn)
            if self._keys_of(channel_arn):
                raise ServiceQuotaExceededException(
                    f"Channel: {channel_arn} has a stream key already, and there is a limit of 1 for each channel"
                )
            return self._add_stream_key(channel_arn, tags)

    def get_stream_key(self, arn: str) -> dict[str, Any]:
        try:
            return self.stream_keys[arn]
        except KeyError:
            raise ResourceNotFoundException(f"Resource: {arn} not found") from None

    def batch_get_stream_key(self, arns: list[str]) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
        found, errors = [], []
        for arn in dict.fromkeys(arns):
            try:
                found.append(self.get_stream_key(arn))
            except ResourceNotFoundException as error:
                errors.append({"arn": arn, "code": error.error_type, "message": error.message})
        return found, errors

    def list_stream_keys(
        self, channel_arn: str, *, max_results: int | None, next_token: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return summaries, which have no value, and the next page's token."""
        with lock:
            self._find_channel(channel_arn)
            keys = self._keys_of(channel_arn)
        given, token = page(
            keys,
            lambda key: key["arn"],
            of=f"ListStreamKeys {channel_arn}",
            at_most=max_results or _KEYS_A_PAGE,
            token=next_token,
        )
        return [{name: key[name] for name in ("arn", "channelArn", "tags")} for key in given], token

    def delete_stream_key(self, arn: str) -> None:
        """Delete the key. A broadcast that it started goes on."""
        with lock:
            self.get_stream_key(arn)
            del self.stream_keys[arn]

    def list_tags_for_resource(self, resource_arn: str) -> dict[str, str]:
        tags: dict[str, str] = self._tagged(resource_arn)["tags"]
        return tags

    def tag_resource(self, resource_arn: str, tags: Mapping[str, str]) -> None:
        with lock:
            resource = self._tagged(resource_arn)
            merged = {**resource["tags"], **tags}
            check_tags(merged)
            # A new dict, never one changed in place: another thread may be writing the old one into its answer.
            resource["tags"] = merged

    def untag_resource(self, resource_arn: str, tag_keys: list[str]) -> None:
        with lock:
            resource = self._tagged(resource_arn)
            resource["tags"] = {key: value for key, value in resource["tags"].items() if key not in tag_keys}

    def get_stream(self, channel_arn: str) -> dict[str, Any]:
        self._find_channel(channel_arn)
        try:
            return self.streams[channel_arn]
        except KeyError:
            raise ChannelNotBroadcasting(f"Channel: {channel_arn} is not broadcasting") from None

    def list_streams(
        self, *, health: str | None, max_results: int | None, next_token: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        with lock:
            streams = [stream for stream in self.streams.values() if health in (None, stream["health"])]
        return page(
            streams,
            lambda stream: stream["channelArn"],
            of=f"ListStreams {health or ''}",
            at_most=max_results or _STREAMS_A_PAGE,
            token=next_token,
        )

    def stop_stream(self, channel_arn: str) -> None:
        """End the broadcast. Encoders that would reconnect are not modelled: the channel stays off the air."""
        with lock:
            self.get_stream(channel_arn)
            del self.streams[channel_arn]

    def put_on_air(self, channel_arn: str, *, health: str, viewer_count: int) -> None:
        """Start a broadcast, or give the one that runs a new health and viewer count. Not part of the AWS API.

        Raises ResourceNotFoundException, and BroadcastError where the channel has no key to start with.
        """
        with lock:
            channel = self._find_channel(channel_arn)
            seen = {"health": health, "viewerCount": viewer_count}
            if channel_arn in self.streams:
                self.streams[channel_arn] = {**self.streams[channel_arn], **seen}
                return
            if not self._keys_of(channel_arn):
                raise BroadcastError(f"{channel_arn} has no stream key: nothing can start broadcasting to it")
            self.streams[channel_arn] = {
                "channelArn": channel_arn,
                "playbackUrl": channel["playbackUrl"],
                "startTime": iso_8601_datetime_without_milliseconds(utcnow()),
                "state": "LIVE",
                "streamId": f"st-{mock_random.get_random_string(23)}",
                **seen,
            }

    def take_off_air(self, channel_arn: str) -> None:
        """End the broadcast if there is one. Not part of the AWS API. Raises ResourceNotFoundException."""
        with lock:
            self._find_channel(channel_arn)
            self.streams.pop(channel_arn, None)

    def _keys_of(self, channel_arn: str) -> list[dict[str, Any]]:
        return [key for key in self.stream_keys.values() if key["channelArn"] == channel_arn]

    def _new_arn(self, kind: str) -> str:
        owner = f"arn:{self.partition}:ivs:{self.region_name}:{self.account_id}"
        return f"{owner}:{kind}/{mock_random.get_random_string(12)}"

    def _add_stream_key(self, channel_arn: str, tags: Mapping[str, str]) -> dict[str, Any]:
        arn = self._new_arn("stream-key")
        parts = ("sk", self.region_name, mock_random.get_random_string(12), mock_random.get_random_string(30))
        key = {"arn": arn, "channelArn": channel_arn, "tags": dict(tags), "value": "_".join(parts)}
        self.stream_keys[arn] = key
        return key

    def _tagged(self, resource_arn: str) -> dict[str, Any]:
        for held in (self.stream_keys, self.recording_configurations, self.playback_key_pairs):
            if resource_arn in held:
                return held[resource_arn]
        return self._find_channel(resource_arn)


def keep_own_key(create_channel: Callable[..., Any]) -> Callable[..., Any]:
    """Mend CreateChannel: the key that it returns is one that exists.

    The tags are the channel's alone: CreateChannel's documentation speaks of the channel's tags, a stream key is
    a resource with tags of its own, and CreateChannel takes none for it.
    """

    @functools.wraps(create_channel)
    def mended(self: StreamKeyBackend, *args: Any, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        channel, _ = create_channel(self, *args, **kwargs)
        with lock:
            return channel, self._add_stream_key(channel["arn"], {})

    return mended


def take_key_along(delete_channel: Callable[..., Any]) -> Callable[..., Any]:
    """Mend DeleteChannel: it deletes the channel's key, and refuses a channel that is live."""

    @functools.wraps(delete_channel)
    def mended(self: StreamKeyBackend, arn: str) -> None:
        with lock:
            _refuse_if_live(self, arn, "deleted")
            delete_channel(self, arn)
            for key in self._keys_of(arn):
                del self.stream_keys[key["arn"]]

    return mended


def keep_live_channel(update_channel: Callable[..., Any]) -> Callable[..., Any]:
    """Mend UpdateChannel: it refuses a channel that is live."""

    @functools.wraps(update_channel)
    def mended(self: StreamKeyBackend, arn: str, **kwargs: Any) -> dict[str, Any]:
        with lock:
            _refuse_if_live(self, arn, "updated")
            channel: dict[str, Any] = update_channel(self, arn, **kwargs)
            return channel

    return mended


def _refuse_if_live(backend: StreamKeyBackend, channel_arn: str, deed: str) -> None:
    if channel_arn in backend.streams:
        raise ConflictException(f"Channel: {channel_arn} is live and can't be {deed}: stop its stream first")
