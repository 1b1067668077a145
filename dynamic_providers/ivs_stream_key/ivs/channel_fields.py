"""The calls to IVS that read and set fields of a channel. They log nothing: a channel has an SRT passphrase."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from ivs_stream_key.aws.error_mapping import translate_aws_errors

if TYPE_CHECKING:
    from mypy_boto3_ivs import IVSClient

__all__ = ["ChannelFields"]


class ChannelFields:
    """The channels of one region, as in IVS's responses. Every failure is a StreamKeyError."""

    def __init__(self, client: "IVSClient") -> None:
        self._client = client

    def get(self, arn: str) -> Mapping[str, Any]:
        """Return the channel; NotFound if it does not exist."""
        with translate_aws_errors("GetChannel", arn):
            return self._client.get_channel(arn=arn)["channel"]

    def update(self, arn: str, members: Mapping[str, Any]) -> Mapping[str, Any]:
        """Set the members, and return the channel. Conflict while it is live."""
        with translate_aws_errors("UpdateChannel", arn):
            return cast(Any, self._client).update_channel(arn=arn, **members)["channel"]  # type: ignore[no-any-return]
