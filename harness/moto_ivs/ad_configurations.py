"""Ad configurations, and the ad breaks of live channels that use them.

moto lacks MediaTailor: only the ARN of the playback configuration is checked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, cast

from moto.core.responses import ActionResult
from moto.core.utils import iso_8601_datetime_without_milliseconds, utcnow
from moto.moto_api._internal import mock_random

from moto_ivs.exceptions import ConflictException, ValidationException
from moto_ivs.models import StreamKeyBackend, lock
from moto_ivs.resources import resource_by_arn
from moto_ivs.responses import NoContent, StreamKeyResponse

__all__ = ["AdConfigurationBackend", "AdConfigurationResponse"]

# Stated in the documentation of the members, but not in the model.
_PAGE_SIZE = 100
_DEFAULTS: dict[str, Any] = {"name": "", "postRollConfiguration": {"durationSeconds": 15, "enabled": False}}


class AdConfigurationBackend(StreamKeyBackend):
    """Holds the methods that the installation copies onto IVSBackend; it is never instantiated.

    A configuration is a dict with the members of botocore's shape AdConfiguration.
    """

    @property
    def ad_configurations(self) -> dict[str, dict[str, Any]]:
        """The ad configurations, by their ARN."""
        return self._stored("ad_configurations")

    def create_ad_configuration(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Create one from the request's members. Raises ValidationException for MediaTailor elsewhere."""
        self._check_media_tailor(given)
        return self._create_stored("ad_configurations", "ad-configuration", {**_DEFAULTS, **given})

    def get_ad_configuration(self, arn: str) -> dict[str, Any]:
        return resource_by_arn(self.ad_configurations, arn)

    def list_ad_configurations(
        self, *, max_results: int | None, next_token: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return summaries, and the next page's token."""
        return self._page_of_stored(
            "ad_configurations",
            ("arn", "mediaTailorPlaybackConfigurations", *_DEFAULTS, "tags"),
            of="ListAdConfigurations",
            at_most=max_results or _PAGE_SIZE,
            token=next_token,
        )

    def update_ad_configuration(self, arn: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change the given members. Errors as of the creation, and ResourceNotFoundException."""
        with lock:
            self.get_ad_configuration(arn)
            self._check_media_tailor(changes)
            return self._update_stored("ad_configurations", arn, changes)

    def delete_ad_configuration(self, arn: str) -> None:
        """Delete it. Raises ConflictException while a channel has it."""
        self._delete_unused("ad_configurations", arn, member="adConfigurationArn", kind="Ad configuration")

    def insert_ad_break(
        self, channel_arn: str, *, ad_break_id: str | None, target_start_at: dt.datetime | None
    ) -> dict[str, Any]:
        """Insert a break with the given id and time, by default a new id and the current time; return both.

        Raises ResourceNotFoundException, ChannelNotBroadcasting, ConflictException for a channel without ad
        configuration and for an id that the stream has already had, and ValidationException for a past time.
        """
        with lock:
            stream = self.get_stream(channel_arn)
            if not self._find_channel(channel_arn).get("adConfigurationArn"):
                raise ConflictException(f"Channel: {channel_arn} has no ad configuration")
            now = utcnow()
            at = now if target_start_at is None else _in_utc(target_start_at)
            if at < now:
                raise ValidationException("Value at 'targetStartAt' failed to satisfy constraint: it is in the past")
            used = stream.get("adBreakIds", [])
            if ad_break_id in used:
                raise ConflictException(f"Channel: {channel_arn} has had the ad break {ad_break_id}")
            given = ad_break_id or mock_random.get_random_string(12)
            self.streams[channel_arn] = {**stream, "adBreakIds": [*used, given]}
            return {"adBreakId": given, "targetStartAt": iso_8601_datetime_without_milliseconds(at)}

    def _check_media_tailor(self, given: Mapping[str, Any]) -> None:
        here = f"arn:{self.partition}:mediatailor:{self.region_name}:{self.account_id}:"
        for integration in given.get("mediaTailorPlaybackConfigurations", ()):
            arn = integration.get("playbackConfigurationArn")
            if arn is None or not arn.startswith(here):
                raise ValidationException(
                    f"Value '{arn}' at 'mediaTailorPlaybackConfigurations' failed to satisfy constraint: "
                    f"expected a playback configuration of this account and region, {here}playbackConfiguration/…"
                )


class AdConfigurationResponse(StreamKeyResponse):
    """Holds the methods that the installation copies onto IVSResponse; it is never instantiated."""

    def create_ad_configuration(self) -> ActionResult:
        return ActionResult({"adConfiguration": self._ad_backend.create_ad_configuration(self._request_members())})

    def get_ad_configuration(self) -> ActionResult:
        return ActionResult({"adConfiguration": self._ad_backend.get_ad_configuration(self._request_members()["arn"])})

    def list_ad_configurations(self) -> ActionResult:
        return self._list_response("adConfigurations", self._ad_backend.list_ad_configurations)

    def update_ad_configuration(self) -> ActionResult:
        members = self._request_members()
        return ActionResult({"adConfiguration": self._ad_backend.update_ad_configuration(members["arn"], members)})

    def delete_ad_configuration(self) -> ActionResult:
        self._ad_backend.delete_ad_configuration(self._request_members()["arn"])
        return NoContent()

    def insert_ad_break(self) -> ActionResult:
        members = self._request_members()
        return ActionResult(
            self._ad_backend.insert_ad_break(
                members["channelArn"],
                ad_break_id=members.get("adBreakId"),
                target_start_at=members.get("targetStartAt"),
            )
        )

    @property
    def _ad_backend(self) -> AdConfigurationBackend:
        return cast("AdConfigurationBackend", self.ivs_backend)


def _in_utc(moment: dt.datetime) -> dt.datetime:
    """Return the time of moto's clock, without a time zone."""
    return moment if moment.tzinfo is None else moment.astimezone(dt.UTC).replace(tzinfo=None)
