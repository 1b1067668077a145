"""The calls to IVS about playback restriction policies."""

import contextlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ivs_stream_key.aws.error_mapping import translate_aws_errors
from ivs_stream_key.errors import NotFound
from ivs_stream_key.ivs.tags import retag, without_system_tags

if TYPE_CHECKING:
    from mypy_boto3_ivs import IVSClient

__all__ = ["RestrictionPolicies"]


class RestrictionPolicies:
    """The playback restriction policies of one region, as in IVS's responses. Every failure is a StreamKeyError."""

    def __init__(self, client: "IVSClient") -> None:
        self._client: Any = client

    def create(self, members: Mapping[str, Any], tags: Mapping[str, str]) -> Mapping[str, Any]:
        """Create one, and return it."""
        with translate_aws_errors("CreatePlaybackRestrictionPolicy", f"a policy in {self._client.meta.region_name}"):
            return _policy(self._client.create_playback_restriction_policy(**members, tags=dict(tags)))

    def get(self, arn: str) -> Mapping[str, Any] | None:
        """Return the policy, or None if it does not exist."""
        with contextlib.suppress(NotFound), translate_aws_errors("GetPlaybackRestrictionPolicy", arn):
            return _policy(self._client.get_playback_restriction_policy(arn=arn))
        return None

    def update(self, arn: str, members: Mapping[str, Any]) -> Mapping[str, Any]:
        """Set the members, and return the policy."""
        with translate_aws_errors("UpdatePlaybackRestrictionPolicy", arn):
            return _policy(self._client.update_playback_restriction_policy(arn=arn, **members))

    def delete(self, arn: str) -> None:
        """Delete the policy; no error if it does not exist any more. Conflict while a channel uses it."""
        with contextlib.suppress(NotFound), translate_aws_errors("DeletePlaybackRestrictionPolicy", arn):
            self._client.delete_playback_restriction_policy(arn=arn)

    def retag(self, arn: str, gone: Iterable[str], new: Mapping[str, str]) -> None:
        """Remove the tags `gone` and set the tags `new`; makes no call if both are empty."""
        retag(self._client, arn, gone, new)


def _policy(response: Mapping[str, Any]) -> Mapping[str, Any]:
    policy: Mapping[str, Any] = response["playbackRestrictionPolicy"]
    return {**policy, "tags": without_system_tags(policy.get("tags"))}
