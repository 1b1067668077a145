"""Channels: adds the members, references and errors that moto's channels lack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from moto.core.responses import ActionResult
from moto.moto_api._internal import mock_random

from moto_ivs.exceptions import ConflictException, ValidationException
from moto_ivs.models import StreamKeyBackend, lock
from moto_ivs.resources import page_of_summaries, resource_by_arn
from moto_ivs.responses import StreamKeyResponse

__all__ = ["REPLACED", "ChannelBackend", "ChannelResponse"]

# Stated in the documentation of the members, but not in the model.
_PAGE_SIZE = 100
_PASSPHRASE_LENGTH = 70
_PRESET = "HIGHER_BANDWIDTH_DELIVERY"
_WITH_PRESET = ("ADVANCED_HD", "ADVANCED_SD")

# The members that moto supports, by its name for each, with the default of a channel.
_MOTO_MEMBERS: dict[str, tuple[str, Any]] = {
    "authorized": ("authorized", False),
    "channel_type": ("type", "STANDARD"),
    "insecure_ingest": ("insecureIngest", False),
    "latency_mode": ("latencyMode", "LOW"),
    "name": ("name", ""),
    "preset": ("preset", ""),
    "recording_configuration_arn": ("recordingConfigurationArn", ""),
}
# The attributes of the backend that hold the resources to which a channel refers. Recording configurations are not
# among them: a patch of moto's own operations checks those.
_REFERENCES = {
    "adConfigurationArn": "ad_configurations",
    "failoverSlateConfigurationArn": "failover_slate_configurations",
    "playbackRestrictionPolicyArn": "playback_restriction_policies",
}
_OTHER_MEMBERS = ("containerFormat", "multitrackInputConfiguration", *_REFERENCES)
_FILTERS = {
    "filterByName": "name",
    "filterByRecordingConfigurationArn": "recordingConfigurationArn",
    "filterByPlaybackRestrictionPolicyArn": "playbackRestrictionPolicyArn",
    "filterByAdConfigurationArn": "adConfigurationArn",
    "filterByFailoverSlateConfigurationArn": "failoverSlateConfigurationArn",
}
_SUMMARY = (
    "arn",
    "authorized",
    "insecureIngest",
    "latencyMode",
    "name",
    "preset",
    "recordingConfigurationArn",
    "tags",
    "type",
    *_REFERENCES,
)

REPLACED = ("create_channel", "list_channels", "batch_get_channel", "update_channel")
"""moto's operations that ChannelResponse replaces."""


class ChannelBackend(StreamKeyBackend):
    """Holds the methods that the installation copies onto IVSBackend; it is never instantiated.

    A channel is a dict of moto's, with the other members of botocore's shape Channel.
    """

    def make_channel(self, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Create a channel from CreateChannel's members; return it and its stream key.

        Raises ResourceNotFoundException for a reference to something that does not exist, ValidationException for an
        invalid combination of members.
        """
        with lock:
            wanted = dict(_MOTO_MEMBERS.values()) | {"containerFormat": "TS"} | dict(given)
            self._check_channel(wanted)
            wanted["preset"] = _preset(wanted["type"], given.get("preset"))
            arguments = {name: wanted[member] for name, (member, _) in _MOTO_MEMBERS.items()}
            channel, key = self.create_channel(**arguments, tags=dict(given.get("tags", {})))
            channel.update(
                dict.fromkeys(_REFERENCES, ""), **{name: wanted[name] for name in _OTHER_MEMBERS if name in wanted}
            )
            channel["srt"] = self._srt(channel)
            return dict(channel), key

    def change_channel(self, arn: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Change a channel by UpdateChannel's members. Errors as of creation; ConflictException while it is live."""
        with lock:
            current = self._find_channel(arn)
            wanted = {**current, **given}
            self._check_channel(wanted)
            arguments = {name: given.get(member) for name, (member, _) in _MOTO_MEMBERS.items()}
            arguments["preset"] = _preset(wanted["type"], given.get("preset"), current["preset"])
            channel: dict[str, Any] = self.update_channel(arn, **arguments)
            channel.update({name: given[name] for name in _OTHER_MEMBERS if name in given})
            if "insecureIngest" in given:
                channel["srt"] = self._srt(channel)
            return dict(channel)

    def batch_of_channels(self, arns: list[str]) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
        """Return the existing channels, and an error for each other one."""
        with lock:
            return self._batch(arns, lambda arn: dict(self._find_channel(arn)))

    def page_of_channels(
        self, filters: Mapping[str, str], *, max_results: int | None, next_token: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return summaries of those whose members have these values, and the next page's token.

        Raises ConflictException for more than one filter.
        """
        if len(filters) > 1:
            raise ConflictException("Filters are mutually exclusive: a request has one at most")
        with lock:
            channels = [c for c in self.channels if all(c.get(name, "") == text for name, text in filters.items())]
        return page_of_summaries(
            channels,
            _SUMMARY,
            of=" ".join(["ListChannels", *(text for item in filters.items() for text in item)]),
            at_most=max_results or _PAGE_SIZE,
            token=next_token,
        )

    def _check_channel(self, channel: Mapping[str, Any]) -> None:
        """Raise an error if the channel refers to a missing resource or has an invalid combination of members."""
        for member, collection in _REFERENCES.items():
            if channel.get(member):
                resource_by_arn(self._stored(collection), channel[member])
        multitrack = channel.get("multitrackInputConfiguration", {})
        needed = {
            "type": channel["type"] == "STANDARD",
            "containerFormat": channel.get("containerFormat") == "FRAGMENTED_MP4",
            "multitrackInputConfiguration.policy": "policy" in multitrack,
            "multitrackInputConfiguration.maximumResolution": "maximumResolution" in multitrack,
        }
        for member, is_met in needed.items():
            if multitrack.get("enabled") and not is_met:
                raise ValidationException(
                    f"Value '{channel.get(member, 'null')}' at '{member}' failed to satisfy constraint: Multitrack "
                    "input takes the type STANDARD, the containerFormat FRAGMENTED_MP4, a policy and a "
                    "maximumResolution"
                )

    def _srt(self, channel: Mapping[str, Any]) -> dict[str, str]:
        """Return the SRT endpoint and passphrase; without a passphrase if the channel allows insecure ingest."""
        endpoint = {"endpoint": channel["ingestEndpoint"].replace("ingest", "srt", 1)}
        if channel["insecureIngest"]:
            return endpoint
        return endpoint | {"passphrase": mock_random.get_random_string(_PASSPHRASE_LENGTH)}


class ChannelResponse(StreamKeyResponse):
    """Holds the methods that replace IVSResponse's; it is never instantiated."""

    def create_channel(self) -> ActionResult:  # type: ignore[override]  # moto's responses are JSON
        channel, key = self._channel_backend.make_channel(self._request_members())
        return ActionResult({"channel": channel, "streamKey": key})

    def list_channels(self) -> ActionResult:  # type: ignore[override]
        members = self._request_members()
        channels, token = self._channel_backend.page_of_channels(
            {member: members[name] for name, member in _FILTERS.items() if name in members},
            max_results=members.get("maxResults"),
            next_token=members.get("nextToken"),
        )
        return ActionResult({"channels": channels, "nextToken": token})

    def batch_get_channel(self) -> ActionResult:  # type: ignore[override]
        channels, errors = self._channel_backend.batch_of_channels(self._request_members()["arns"])
        return ActionResult({"channels": channels, "errors": errors})

    def update_channel(self) -> ActionResult:  # type: ignore[override]
        members = self._request_members()
        return ActionResult({"channel": self._channel_backend.change_channel(members["arn"], members)})

    @property
    def _channel_backend(self) -> ChannelBackend:
        return cast("ChannelBackend", self.ivs_backend)


def _preset(channel_type: str, wanted: str | None, current: str = "") -> str:
    """Return the preset of a channel of this type. Raises ValidationException for one that the type does not allow."""
    if channel_type in _WITH_PRESET:
        return wanted or current or _PRESET
    if wanted:
        raise ValidationException(
            f"Value '{wanted}' at 'preset' failed to satisfy constraint: "
            f"The channel type must be one of {', '.join(_WITH_PRESET)}, not {channel_type}"
        )
    return ""
