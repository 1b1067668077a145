"""The calls to IVS that find the channels whose keys are imported."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ivs_stream_key.aws import arns
from ivs_stream_key.aws.error_mapping import translate_aws_errors

if TYPE_CHECKING:
    from mypy_boto3_ivs import IVSClient

__all__ = ["Channel", "Channels"]

_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel: its ARN, its name in IVS (possibly empty), its tags."""

    arn: arns.Arn
    name: str
    tags: dict[str, str] = field(repr=False)

    @property
    def id(self) -> str:
        """The last part of the ARN."""
        return self.arn.text.rpartition("/")[2]


class Channels:
    """The channels of one region. Every failure is a StreamKeyError."""

    def __init__(self, client: "IVSClient") -> None:
        self._client = client

    def get(self, arn: arns.Arn) -> Channel:
        """Return the channel; NotFound if there is none."""
        with translate_aws_errors("GetChannel", arn.text):
            return _channel(self._client.get_channel(arn=arn.text)["channel"])

    def tagged(self, tags: Mapping[str, str]) -> Iterator[Channel]:
        """Yield the channels that have all of `tags`, with one call for each page."""
        where = f"the channels in {self._client.meta.region_name}"
        with translate_aws_errors("ListChannels", where):
            pages = self._client.get_paginator("list_channels").paginate(PaginationConfig={"PageSize": _PAGE})
            for page in pages:
                for response in page["channels"]:
                    channel = _channel(response)
                    if tags.items() <= channel.tags.items():
                        yield channel


def _channel(response: Mapping[str, Any]) -> Channel:
    arn = arns.parse(response["arn"], arns.CHANNEL)
    return Channel(arn, response.get("name") or "", dict(response.get("tags") or {}))
