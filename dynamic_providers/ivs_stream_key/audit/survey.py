"""Calls AWS for an audit: lists channels, their keys and live streams, and reads published copies."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from ivs_stream_key.audit.findings import Channel, CopyState
from ivs_stream_key.audit.states import Copy, StateKey
from ivs_stream_key.aws import arns
from ivs_stream_key.aws.error_mapping import translate_aws_errors
from ivs_stream_key.errors import NotFound, StreamKeyError
from ivs_stream_key.ivs.channels import Channels
from ivs_stream_key.messages.redaction import SECRETS

if TYPE_CHECKING:
    from ivs_stream_key.ivs.clients import Clients
    from ivs_stream_key.ivs.stream_keys import Listed

__all__ = ["Survey"]

_PAGE: Final = 100
_ABSENT: Final = frozenset({"ParameterNotFound", "ResourceNotFoundException"})

Progress = Callable[[int, int, str], None]


class Survey:
    """Reads channels within IVS's rate limit. Calls `progress` with the count so far, the total, and the unit."""

    def __init__(self, clients: "Clients", progress: Progress) -> None:
        self._clients = clients
        self._progress = progress

    def region(self, region: str) -> Iterator[Channel]:
        """Yield the channels of a region."""
        client = self._clients.client(region)
        found = list(Channels(client).tagged({}))
        live = self._live(region) if found else frozenset()
        for done, channel in enumerate(found, 1):
            yield self._channel(channel.arn, channel.name, live)
            self._progress(done, len(found), "channels")

    def of(self, states: Sequence[StateKey]) -> Iterator[Channel]:
        """Yield the channels of the stream keys in `states`."""
        # If several states have a key of the same channel, the first key names the channel.
        wanted = {key.channel_arn: key.name for key in reversed(states)}
        named = dict.fromkeys(key.channel_arn for key in states)
        parsed = [(arns.parse(arn, arns.CHANNEL), wanted[arn]) for arn in named]
        live = {region: self._live(region) for region in sorted({arn.region for arn, _ in parsed})}
        for done, (arn, name) in enumerate(parsed, 1):
            yield self._channel(arn, name, live[arn.region])
            self._progress(done, len(parsed), "channels")

    def copies(self, states: Sequence[StateKey], has: dict[str, str | None]) -> dict[str, list[CopyState]]:
        """Compare published copies with the current keys; `has` maps a channel's ARN to its key's ARN."""
        found: dict[str, list[CopyState]] = {}
        with_copies = [key for key in states if key.copies]
        for done, key in enumerate(with_copies, 1):
            arn = has.get(key.channel_arn)
            if arn is not None:
                found[key.urn] = self._compared(arn, key.copies)
            self._progress(done, len(with_copies), "published keys")
        return found

    def _channel(self, arn: arns.Arn, name: str, live: frozenset[str]) -> Channel:
        try:
            keys = self._clients.ivs(arn).keys_of(arn.text)
        except NotFound:
            return Channel(arn.text, name, is_there=False)
        key = keys[0] if keys else None
        is_live = arn.text in live
        return Channel(arn.text, name, is_live=is_live) if key is None else _with_key(arn, name, key, is_live)

    def _live(self, region: str) -> frozenset[str]:
        """Return the ARNs of the live channels, with one call for each page."""
        with translate_aws_errors("ListStreams", f"the streams in {region}"):
            pages = (
                self._clients.client(region)
                .get_paginator("list_streams")
                .paginate(PaginationConfig={"PageSize": _PAGE})
            )
            return frozenset(stream["channelArn"] for page in pages for stream in page["streams"])

    def _compared(self, key_arn: str, copies: Sequence[Copy]) -> list[CopyState]:
        arn = arns.parse(key_arn, arns.STREAM_KEY)
        try:
            key = self._clients.ivs(arn).get(key_arn)
        except StreamKeyError:
            key = None
        if key is None:
            return [CopyState(copy.place, "copy-unreadable") for copy in copies]
        SECRETS.learn(key.value)
        return [CopyState(copy.place, self._problem(copy, key.value, arn.region)) for copy in copies]

    def _problem(self, copy: Copy, value: str, region: str) -> str | None:
        try:
            text = self._read(copy, copy.region or region)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code")
            return "copy-missing" if code in _ABSENT else "copy-unreadable"
        except (BotoCoreError, StreamKeyError):
            return "copy-unreadable"
        # The key may be the whole text, or be part of JSON or of an encoder's URL.
        return None if value in text else "copy-differs"

    def _read(self, copy: Copy, region: str) -> str:
        if copy.kind == "parameter":
            ssm = self._clients.other("ssm", region)
            return str(ssm.get_parameter(Name=copy.place, WithDecryption=True)["Parameter"]["Value"])
        secrets = self._clients.other("secretsmanager", region)
        return str(secrets.get_secret_value(SecretId=copy.place).get("SecretString", ""))


def _with_key(arn: arns.Arn, name: str, key: "Listed", is_live: bool) -> Channel:
    return Channel(arn.text, name, key.arn, key.owner_tag, is_live)
