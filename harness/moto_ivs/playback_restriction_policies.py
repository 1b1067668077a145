"""Playback restriction policies: the countries and sites from which viewers may watch a channel."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, cast

from moto.core.responses import ActionResult

from moto_ivs.exceptions import ValidationException
from moto_ivs.models import StreamKeyBackend, lock
from moto_ivs.resources import resource_by_arn
from moto_ivs.responses import NoContent, StreamKeyResponse

__all__ = ["PlaybackRestrictionPolicyBackend", "PlaybackRestrictionPolicyResponse"]

# Stated in the documentation of the members, but not in the model.
_PAGE_SIZE = 1
_DEFAULTS: dict[str, Any] = {
    "allowedCountries": [],
    "allowedOrigins": [],
    "enableStrictOriginEnforcement": False,
    "name": "",
}
# Checks the form of ISO 3166-1 alpha-2 codes, not which codes are assigned.
_COUNTRY = re.compile(r"[A-Z]{2}")
_ORIGIN = re.compile(r"null|[A-Za-z][A-Za-z0-9+.-]*://[^/?#\s]+")


class PlaybackRestrictionPolicyBackend(StreamKeyBackend):
    """Holds the methods that the installation copies onto IVSBackend; it is never instantiated.

    A policy is a dict with the members of botocore's shape PlaybackRestrictionPolicy.
    """

    @property
    def playback_restriction_policies(self) -> dict[str, dict[str, Any]]:
        """The playback restriction policies, by their ARN."""
        return self._stored("playback_restriction_policies")

    def create_playback_restriction_policy(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Create one from the request's members. Raises ValidationException for an invalid country or origin."""
        _check(given)
        return self._create_stored(
            "playback_restriction_policies", "playback-restriction-policy", {**_DEFAULTS, **given}
        )

    def get_playback_restriction_policy(self, arn: str) -> dict[str, Any]:
        return resource_by_arn(self.playback_restriction_policies, arn)

    def list_playback_restriction_policies(
        self, *, max_results: int | None, next_token: str | None
    ) -> tuple[list[dict[str, Any]], str | None]:
        """Return summaries, and the next page's token."""
        return self._page_of_stored(
            "playback_restriction_policies",
            ("arn", *_DEFAULTS, "tags"),
            of="ListPlaybackRestrictionPolicies",
            at_most=max_results or _PAGE_SIZE,
            token=next_token,
        )

    def update_playback_restriction_policy(self, arn: str, changes: Mapping[str, Any]) -> dict[str, Any]:
        """Change the given members. Errors as of the creation, and ResourceNotFoundException."""
        with lock:
            self.get_playback_restriction_policy(arn)
            _check(changes)
            return self._update_stored("playback_restriction_policies", arn, changes)

    def delete_playback_restriction_policy(self, arn: str) -> None:
        """Delete it. Raises ConflictException while a channel has it."""
        self._delete_unused(
            "playback_restriction_policies",
            arn,
            member="playbackRestrictionPolicyArn",
            kind="Playback restriction policy",
        )


class PlaybackRestrictionPolicyResponse(StreamKeyResponse):
    """Holds the methods that the installation copies onto IVSResponse; it is never instantiated."""

    def create_playback_restriction_policy(self) -> ActionResult:
        policy = self._restriction_backend.create_playback_restriction_policy(self._request_members())
        return ActionResult({"playbackRestrictionPolicy": policy})

    def get_playback_restriction_policy(self) -> ActionResult:
        policy = self._restriction_backend.get_playback_restriction_policy(self._request_members()["arn"])
        return ActionResult({"playbackRestrictionPolicy": policy})

    def list_playback_restriction_policies(self) -> ActionResult:
        return self._list_response(
            "playbackRestrictionPolicies", self._restriction_backend.list_playback_restriction_policies
        )

    def update_playback_restriction_policy(self) -> ActionResult:
        members = self._request_members()
        policy = self._restriction_backend.update_playback_restriction_policy(members["arn"], members)
        return ActionResult({"playbackRestrictionPolicy": policy})

    def delete_playback_restriction_policy(self) -> ActionResult:
        self._restriction_backend.delete_playback_restriction_policy(self._request_members()["arn"])
        return NoContent()

    @property
    def _restriction_backend(self) -> PlaybackRestrictionPolicyBackend:
        return cast("PlaybackRestrictionPolicyBackend", self.ivs_backend)


def _check(given: Mapping[str, Any]) -> None:
    for name, form, what in (
        ("allowedCountries", _COUNTRY, "an ISO 3166-1 alpha-2 country code, as in US"),
        ("allowedOrigins", _ORIGIN, "an origin, as in https://example.com"),
    ):
        for value in given.get(name, ()):
            if form.fullmatch(value) is None:
                raise ValidationException(f"Value '{value}' at '{name}' failed to satisfy constraint: expected {what}")
