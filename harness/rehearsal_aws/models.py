"""The types of pulumi-aws that are modelled, by their tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from rehearsal.provider import ProviderFactory
from rehearsal_aws.channel import Channel

__all__ = ["MODELS"]

MODELS: Final[Mapping[str, ProviderFactory]] = {
    "aws:ivs/channel:Channel": Channel,
}
