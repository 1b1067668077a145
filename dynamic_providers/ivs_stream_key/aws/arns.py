"""ARNs of IVS channels and stream keys."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from ivs_stream_key.errors import BadArn
from ivs_stream_key.messages.formatting import format_value

__all__ = [
    "CHANNEL",
    "PLAYBACK_RESTRICTION_POLICY",
    "RECORDING_CONFIGURATION",
    "STREAM_KEY",
    "Arn",
    "Kind",
    "form",
    "parse",
]

Kind = Literal[
    "ad-configuration",
    "channel",
    "failover-slate-configuration",
    "playback-restriction-policy",
    "recording-configuration",
    "stream-key",
]
CHANNEL: Final = "channel"
STREAM_KEY: Final = "stream-key"
PLAYBACK_RESTRICTION_POLICY: Final = "playback-restriction-policy"
RECORDING_CONFIGURATION: Final = "recording-configuration"

_PARTS: Final = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):ivs:(?P<region>[a-z0-9-]+):(?P<account>[0-9]+):(?P<kind>[a-z-]+)/[A-Za-z0-9-]+"
)


@dataclass(frozen=True, slots=True)
class Arn:
    """An ARN of IVS: `text` is all of it, `region` and `account` are parts."""

    text: str
    region: str
    account: str

    def __str__(self) -> str:
        return self.text


def form(kind: Kind) -> str:
    """Return the form of an ARN of `kind`, for messages."""
    return f"arn:aws:ivs:REGION:ACCOUNT:{kind}/ID"


def parse(text: object, kind: Kind) -> Arn:
    """Parse an ARN of `kind`; BadArn if `text` is not one."""
    match = _PARTS.fullmatch(text) if isinstance(text, str) else None
    if match is None or match["kind"] != kind:
        raise BadArn(
            f"This is not the ARN of an IVS {kind.replace('-', ' ')}.",
            expected=form(kind),
            got=format_value(text),
            remedy="pass the ARN as IVS returns it: the `arn` output of a channel or a stream key.",
        )
    return Arn(match.string, match["region"], match["account"])
