"""The fields of a channel in botocore's model of IVS for which pulumi-aws's channel has no argument.

A test compares `FIELDS` and `OF_PULUMI_AWS` with the model: together they are complete.
"""

import functools
from collections.abc import Mapping
from typing import Any, Final

from ivs_stream_key.aws.service_model import loader

__all__ = [
    "FIELDS",
    "MULTITRACK",
    "OF_PULUMI_AWS",
    "choices",
    "choices_of",
    "default_of",
    "from_answer",
    "members",
    "to_request",
]

MULTITRACK: Final = "multitrack_input_configuration"

FIELDS: Final[Mapping[str, str]] = {
    "ad_configuration_arn": "adConfigurationArn",
    "container_format": "containerFormat",
    "failover_slate_configuration_arn": "failoverSlateConfigurationArn",
    "insecure_ingest": "insecureIngest",
    MULTITRACK: "multitrackInputConfiguration",
    "playback_restriction_policy_arn": "playbackRestrictionPolicyArn",
    "preset": "preset",
}
"""The fields of a channel that are set here, each with its name in the API."""

OF_PULUMI_AWS: Final = ("authorized", "latencyMode", "name", "recordingConfigurationArn", "type")
"""The fields with arguments in `aws.ivs.Channel`, by their names in the API; and tags, which UpdateChannel lacks."""

_WITHOUT_MULTITRACK: Final[Mapping[str, Any]] = {"enabled": False}
_SNAKE: Final[Mapping[str, str]] = {"maximumResolution": "maximum_resolution"}
_CAMEL: Final[Mapping[str, str]] = {snake: camel for camel, snake in _SNAKE.items()}
_ADVANCED: Final = "ADVANCED_"
_DEFAULTS: Final[Mapping[str, Any]] = {
    "container_format": "TS",
    "insecure_ingest": False,
    MULTITRACK: _WITHOUT_MULTITRACK,
}
_PRESET_OF_ADVANCED: Final = "HIGHER_BANDWIDTH_DELIVERY"


@functools.cache
def _shapes() -> Mapping[str, Any]:
    shapes: Mapping[str, Any] = loader().load_service_model("ivs", "service-2", api_version=None)["shapes"]
    return shapes


def members(shape: str) -> Mapping[str, Any]:
    """Return the shapes of a structure's members in the model, by the members' names in the API."""
    return {name: _shapes()[member["shape"]] for name, member in _shapes()[shape]["members"].items()}


def choices(field: str, part: str | None = None) -> tuple[str, ...]:
    """Return the values that IVS accepts for a field or a member of the multitrack input; empty if all are valid."""
    shape = members("UpdateChannelRequest")[FIELDS[field]]
    if part is not None:
        shape = _shapes()[shape["members"][_CAMEL.get(part, part)]["shape"]]
    return tuple(shape.get("enum", ()))


def choices_of(shape: str) -> tuple[str, ...]:
    """Return the values that IVS accepts for a string of this shape; empty if all are valid."""
    return tuple(_shapes()[shape].get("enum", ()))


def default_of(field: str, channel_type: str) -> Any:
    """Return IVS's default of a field for this channel type; None if the type has no such field."""
    if field == "preset":
        return _PRESET_OF_ADVANCED if channel_type.startswith(_ADVANCED) else None
    return _DEFAULTS.get(field, "")


def from_answer(field: str, channel: Mapping[str, Any]) -> Any:
    """Return a field of a channel from a response of IVS."""
    value = channel.get(FIELDS[field])
    if field == MULTITRACK:
        value = value if value and value.get("enabled") else _WITHOUT_MULTITRACK
        return {_SNAKE.get(name, name): part for name, part in value.items()}
    if value is None:
        return False if field == "insecure_ingest" else ""
    return value


def to_request(field: str, value: Any) -> tuple[str, Any]:
    """Return a field for UpdateChannel: its name in the API, and its value."""
    if field == MULTITRACK:
        value = {_CAMEL.get(name, name): part for name, part in value.items() if part is not None}
    return FIELDS[field], value
