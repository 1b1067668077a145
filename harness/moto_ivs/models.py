"""Stream keys, streams and tags: methods added to moto's IVSBackend, and patches of its methods.

The state is plain dicts in the backend's `__dict__`, under the names in `STATE`, created on first use. So an existing
backend gets it too, a reset clears it, and `pickle` includes it.
"""

from __future__ import annotations

import copy
import functools
import threading
from collections.abc import Callable, Collection, Mapping
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
from moto_ivs.resources import page_of_summaries, resource_by_arn
from moto_ivs.validate import check_tags

__all__ = [
    "STATE",
    "TAGGED",
    "StreamKeyBackend",
    "create_key_with_channel",
    "delete_key_with_channel",
    "lock",
    "refuse_if_live",
]

TAGGED = (
    "stream_keys",
    "recording_configurations",
    "playback_key_pairs",
    "playback_restriction_policies",
    "ad_configurations",
    "failover_slate_configurations",
)
STATE = (*TAGGED, "streams", "stream_sessions")

# Stated in the documentation of `maxResults`, but not in the model.
_PAGE_SIZE_OF_KEYS = 1
_PAGE_SIZE_OF_STREAMS = 100

# The events of a session are those of EventBridge, with these types.
_STATE = "IVS Stream State Change"
_HEALTH = "IVS Stream Health Change"
_STARVING = "STARVING"
_EVENTS_A_SESSION = 500

_REFERENCES = {
    "failover_slate_configurations": "failoverSlateConfigurationArn",
    "recording_configurations": "recordingConfigurationArn",
}

# A threaded server handles requests in parallel, but must not create two keys for a channel. The lock is not an
# attribute of the backend, because a lock can't be pickled.
lock = threading.RLock()


class StreamKeyBackend(IVSBackend):
    """Holds the methods that the installation copies onto IVSBackend; it is never instantiated.

    A stream key is a dict of arn, channelArn, tags and value; a stream is a dict of channelArn, health,
    playbackUrl, startTime (ISO 8601, UTC), state, streamId and viewerCount; a session is one of channelArn, streamId,
    startTime, endTime, channel, recordingConfiguration, failoverSlateConfiguration and truncatedEvents: the members of
    botocore's shapes.
    """

    @property
    def stream_keys(self) -> dict[str, dict[str, Any]]:
        """The stream keys, by their ARN."""
        return self._stored("stream_keys")

    @property
    def streams(self) -> dict[str, dict[str, Any]]:
        """The live streams, by their channel's ARN."""
        return self._stored("streams")

    @property
    def stream_sessions(self) -> dict[str, dict[str, Any]]:
        """The sessions of existing channels, by their stream's id, the oldest first."""
        return self._stored("stream_sessions")

    def create_stream_key(self, channel_arn: str, tags: Mapping[str, str]) -> dict[str, Any]:
        with lock:
            self._find_channel(channel_arn)
            if self._keys_of(channel_arn):
                raise ServiceQuotaExceededException(
                    f"Channel: {channel_arn} has a stream key already, and there is a limit of 1 for each channel"
                )
            return self._add_stream_key(channel_arn, tags)

    def get_stream_key(self, arn: str) -> dict[str, Any]:
        return resource_by_arn(self.stream_keys, arn)

    def batch_get_stream_key(self, arns: list[str]) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
        return self._batch(arns, self.get_stream_key)

    def list_stream_keys(
        self, channel_arn: str, *, max_results: int | None, next_token: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return summaries, which have no value, and the next page's token."""
        with lock:
            self._find_channel(channel_arn)
            keys = self._keys_of(channel_arn)
        return page_of_summaries(
            keys,
            ("arn", "channelArn", "tags"),
            of=f"ListStreamKeys {channel_arn}",
            at_most=max_results or _PAGE_SIZE_OF_KEYS,
            token=next_token,
        )

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
            # Replace the dict instead of changing it: another thread may be serializing the old one.
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
            at_most=max_results or _PAGE_SIZE_OF_STREAMS,
            token=next_token,
        )

    def stop_stream(self, channel_arn: str) -> None:
        """End the broadcast. Reconnecting encoders are not modelled: the channel stays offline."""
        with lock:
            self.get_stream(channel_arn)
            self._end_stream(channel_arn)

    def start_broadcast(self, channel_arn: str, *, health: str, viewer_count: int) -> None:
        """Start a broadcast, or change the health and viewer count of a running one. Not part of the AWS API.

        Raises ResourceNotFoundException, and BroadcastError if the channel has no key.
        """
        with lock:
            channel = self._find_channel(channel_arn)
            observed = {"health": health, "viewerCount": viewer_count}
            stream = self.streams.get(channel_arn)
            if stream is None:
                if not self._keys_of(channel_arn):
                    raise BroadcastError(f"{channel_arn} has no stream key: nothing can start broadcasting to it")
                stream = self._new_stream(channel)
            self.streams[channel_arn] = {**stream, **observed}
            if (health == _STARVING) != (stream.get("health") == _STARVING):
                self._log(stream["streamId"], _HEALTH, f"Starvation {'Start' if health == _STARVING else 'End'}")

    def end_broadcast(self, channel_arn: str) -> None:
        """End the broadcast if there is one. Not part of the AWS API. Raises ResourceNotFoundException."""
        with lock:
            self._find_channel(channel_arn)
            if channel_arn in self.streams:
                self._end_stream(channel_arn)

    def _stored(self, name: str) -> dict[str, dict[str, Any]]:
        resources: dict[str, dict[str, Any]] = self.__dict__.setdefault(name, {})
        return resources

    def _batch(
        self, arns: list[str], get: Callable[[str], dict[str, Any]]
    ) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
        """Return the existing resources, and an error for each other one."""
        existing, errors = [], []
        for arn in dict.fromkeys(arns):
            try:
                existing.append(get(arn))
            except ResourceNotFoundException as error:
                errors.append({"arn": arn, "code": error.error_type, "message": error.message})
        return existing, errors

    def _create_stored(self, collection: str, kind: str, members: Mapping[str, Any]) -> dict[str, Any]:
        """Store a resource with these members, a new ARN with this `kind`, and its own copy of the tags."""
        with lock:
            resource = {"arn": self._new_arn(kind), **members, "tags": dict(members.get("tags", {}))}
            self._stored(collection)[resource["arn"]] = resource
            return resource

    def _update_stored(self, collection: str, arn: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Replace a resource by a changed copy. Raises ResourceNotFoundException."""
        with lock:
            changed = {**resource_by_arn(self._stored(collection), arn), **changes, "arn": arn}
            self._stored(collection)[arn] = changed
            return changed

    def _page_of_stored(
        self, collection: str, members: Collection[str], *, of: str, at_most: int, token: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return a page of summaries, with the arguments of `page_of_summaries`, and the next page's token."""
        with lock:
            resources = list(self._stored(collection).values())
        return page_of_summaries(resources, members, of=of, at_most=at_most, token=token)

    def _delete_unused(self, collection: str, arn: str, *, member: str, kind: str) -> None:
        """Delete a resource. Raises ConflictException, which names its `kind`, if a channel has it in `member`."""
        with lock:
            resource_by_arn(self._stored(collection), arn)
            for channel in self.channels:
                if channel.get(member) == arn:
                    raise ConflictException(f"{kind}: {arn} is in use by channel {channel['arn']}")
            del self._stored(collection)[arn]

    def _sessions_of(self, channel_arn: str) -> list[dict[str, Any]]:
        """Return the sessions of the channel, the oldest first."""
        return [session for session in self.stream_sessions.values() if session["channelArn"] == channel_arn]

    def _new_stream(self, channel: dict[str, Any]) -> dict[str, Any]:
        """Return a stream without health and viewers, with a new session."""
        stream_id = f"st-{mock_random.get_random_string(23)}"
        start = iso_8601_datetime_without_milliseconds(utcnow())
        session = {
            "channel": channel,
            "channelArn": channel["arn"],
            "endTime": None,
            "failoverSlateConfiguration": self._configuration_of("failover_slate_configurations", channel),
            "recordingConfiguration": self._configuration_of("recording_configurations", channel),
            "startTime": start,
            "streamId": stream_id,
            "truncatedEvents": [],
        }
        # The current configurations: later changes during the stream do not affect the session.
        self.stream_sessions[stream_id] = copy.deepcopy(session)
        for event in ("Session Created", "Stream Start"):
            self._log(stream_id, _STATE, event)
        return {
            "channelArn": channel["arn"],
            "playbackUrl": channel["playbackUrl"],
            "startTime": start,
            "state": "LIVE",
            "streamId": stream_id,
        }

    def _end_stream(self, channel_arn: str) -> None:
        stream_id = self.streams.pop(channel_arn)["streamId"]
        for event in ("Stream End", "Session Ended"):
            self._log(stream_id, _STATE, event)
        end = iso_8601_datetime_without_milliseconds(utcnow())
        self.stream_sessions[stream_id] = {**self.stream_sessions[stream_id], "endTime": end}

    def _log(self, stream_id: str, kind: str, name: str) -> None:
        session = self.stream_sessions[stream_id]
        event = {"eventTime": iso_8601_datetime_without_milliseconds(utcnow()), "name": name, "type": kind}
        events = [event, *session["truncatedEvents"]][:_EVENTS_A_SESSION]
        self.stream_sessions[stream_id] = {**session, "truncatedEvents": events}

    def _configuration_of(self, collection: str, channel: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the channel's configuration of that kind, if it has one."""
        return self._stored(collection).get(channel.get(_REFERENCES[collection], ""))

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
        for name in TAGGED:
            if resource_arn in self._stored(name):
                return self._stored(name)[resource_arn]
        return self._find_channel(resource_arn)


def create_key_with_channel(create_channel: Callable[..., Any]) -> Callable[..., Any]:
    """Patch CreateChannel: the key that it returns exists.

    The tags are only the channel's: CreateChannel's documentation speaks of the channel's tags, and a stream key is a
    resource with tags of its own, for which CreateChannel has no parameter.
    """

    @functools.wraps(create_channel)
    def patched(self: StreamKeyBackend, *args: Any, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        channel, _ = create_channel(self, *args, **kwargs)
        with lock:
            return channel, self._add_stream_key(channel["arn"], {})

    return patched


def delete_key_with_channel(delete_channel: Callable[..., Any]) -> Callable[..., Any]:
    """Patch DeleteChannel: it deletes the channel's key, and refuses a live channel."""

    @functools.wraps(delete_channel)
    def patched(self: StreamKeyBackend, arn: str) -> None:
        with lock:
            _check_not_live(self, arn, "deleted")
            delete_channel(self, arn)
            for key in self._keys_of(arn):
                del self.stream_keys[key["arn"]]
            for session in self._sessions_of(arn):
                del self.stream_sessions[session["streamId"]]

    return patched


def refuse_if_live(update_channel: Callable[..., Any]) -> Callable[..., Any]:
    """Patch UpdateChannel: it refuses a live channel."""

    @functools.wraps(update_channel)
    def patched(self: StreamKeyBackend, arn: str, **kwargs: Any) -> dict[str, Any]:
        with lock:
            _check_not_live(self, arn, "updated")
            channel: dict[str, Any] = update_channel(self, arn, **kwargs)
            return channel

    return patched


def _check_not_live(backend: StreamKeyBackend, channel_arn: str, action: str) -> None:
    if channel_arn in backend.streams:
        raise ConflictException(f"Channel: {channel_arn} is live and can't be {action}: stop its stream first")
