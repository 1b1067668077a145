"""A Pulumi resource for recording configurations, with all settings for renditions and thumbnails.

The path of its provider, ``ivs_stream_key.recording_configuration.RecordingConfigurationProvider``, is in users' state.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Final

import pulumi
import pulumi.dynamic
from pulumi.dynamic import CheckFailure
from pulumi.output import Unknown

from ivs_stream_key.aws import arns, channel_model
from ivs_stream_key.connected_provider import choice_failures, mapping_failures, resource_properties
from ivs_stream_key.connection import Connection
from ivs_stream_key.ivs.clients import Clients
from ivs_stream_key.lifecycle.check import is_whole_number
from ivs_stream_key.messages.descriptions import kind_of
from ivs_stream_key.properties import ARN, CONNECTION, TAGS, TAGS_ALL
from ivs_stream_key.secret_tags import with_secret_tags
from ivs_stream_key.tagged_provider import REGION, TaggedProvider

if TYPE_CHECKING:
    from ivs_stream_key.ivs.recording_configurations import RecordingConfigurations

__all__ = ["RecordingConfiguration", "RecordingConfigurationProvider"]

BUCKET: Final = "bucket_name"
NAME: Final = "name"
THUMBNAILS: Final = "thumbnails"
RENDITIONS: Final = "renditions"
WINDOW: Final = "reconnect_window_seconds"

_BUCKET: Final = re.compile("[0-9a-z.-]{3,63}")
_NAME: Final = re.compile("[a-zA-Z0-9_-]{0,128}")
_LONGEST_WINDOW: Final = 300
_SHORTEST_INTERVAL: Final = 1
_LONGEST_INTERVAL: Final = 60
_THUMBNAILS: Final[Mapping[str, str]] = {
    "recording_mode": "recordingMode",
    "target_interval_seconds": "targetIntervalSeconds",
    "resolution": "resolution",
    "storage": "storage",
}
_RENDITIONS: Final[Mapping[str, str]] = {"rendition_selection": "renditionSelection", "renditions": "renditions"}
_MODES: Final = ("DISABLED", "INTERVAL")
_SELECTIONS: Final = ("ALL", "NONE", "CUSTOM")


class RecordingConfigurationProvider(TaggedProvider["RecordingConfigurations"]):
    """Creates, reads, retags and deletes recording configurations. All other changes replace one, the new one first.

    A deleted configuration leaves its recordings in their bucket.
    """

    kind = arns.RECORDING_CONFIGURATION
    defaults: ClassVar[Mapping[str, Any]] = dict.fromkeys((BUCKET, NAME, THUMBNAILS, RENDITIONS, WINDOW))
    in_place = False
    sleep: Callable[[float], None] = time.sleep

    def calls(self, clients: Clients, region: str) -> "RecordingConfigurations":
        """Return the calls to IVS in a region."""
        return clients.recording_configurations(region)

    def failures(self, news: Mapping[str, Any]) -> Iterator[CheckFailure]:
        """Yield what is wrong with the inputs."""
        return _failures(news)

    def make(self, calls: "RecordingConfigurations", props: Mapping[str, Any], tags: Mapping[str, str]) -> str:
        """Create a configuration, and wait until IVS has set it up."""
        return calls.create(_request(props), tags, type(self).sleep)


class RecordingConfiguration(pulumi.dynamic.Resource, module="ivs", name="RecordingConfiguration"):
    """A recording configuration: where and how channels are recorded.

    Several channels may share one. The quota of an account allows only a few.
    """

    arn: pulumi.Output[str]
    """Its ARN, ``arn:aws:ivs:REGION:ACCOUNT:recording-configuration/ID``; also the resource's id."""

    tags_all: pulumi.Output[Mapping[str, str]]
    """All its tags, including default tags, without ignored ones; a secret if `tags` contain one."""

    def __init__(
        self,
        resource_name: str,
        bucket_name: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
        *,
        name: pulumi.Input[str] | None = None,
        thumbnails: pulumi.Input[Mapping[str, Any]] | None = None,
        renditions: pulumi.Input[Mapping[str, Any]] | None = None,
        reconnect_window_seconds: pulumi.Input[int] | None = None,
        region: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        connection: pulumi.Input[Connection] | pulumi.Input[Mapping[str, Any]] | None = None,
    ) -> None:
        """Declare a configuration that records to a bucket in its region.

        `thumbnails` may have ``recording_mode`` (``"INTERVAL"``, ``"DISABLED"``), ``target_interval_seconds`` (1 to
        60), ``resolution`` and ``storage``; `renditions` ``rendition_selection`` (``"ALL"``, ``"NONE"``, ``"CUSTOM"``)
        and ``renditions``. A broadcast that comes back within `reconnect_window_seconds` (0 to 300) goes on in the same
        recording. `region` is by default that of `connection`, the stack's ``aws:region`` or the AWS environment.
        """
        inputs = {
            BUCKET: bucket_name,
            NAME: name,
            THUMBNAILS: thumbnails,
            RENDITIONS: renditions,
            WINDOW: reconnect_window_seconds,
            REGION: region,
            TAGS: tags,
            CONNECTION: connection,
        }
        props = resource_properties(f"RecordingConfiguration {resource_name!r}", inputs, (ARN, TAGS_ALL))
        super().__init__(RecordingConfigurationProvider(), resource_name, *with_secret_tags(props, opts))


def _request(props: Mapping[str, Any]) -> dict[str, Any]:
    thumbnails, renditions = props.get(THUMBNAILS), props.get(RENDITIONS)
    window = props.get(WINDOW)
    found = {
        "name": props.get(NAME),
        "destinationConfiguration": {"s3": {"bucketName": props[BUCKET]}},
        "thumbnailConfiguration": thumbnails and _named(thumbnails, _THUMBNAILS),
        "renditionConfiguration": renditions and _named(renditions, _RENDITIONS),
        "recordingReconnectWindowSeconds": None if window is None else int(window),
    }
    return {name: value for name, value in found.items() if value is not None}


def _named(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return the values by their names in the API. Whole numbers, which Pulumi sends as floats, become ints."""
    return {
        names[name]: int(value) if isinstance(value, float) else value
        for name, value in values.items()
        if value is not None
    }


def _failures(news: Mapping[str, Any]) -> Iterator[CheckFailure]:
    yield from _text_failures(BUCKET, news.get(BUCKET), _BUCKET, "the name of a bucket")
    if news.get(NAME) is not None:
        yield from _text_failures(NAME, news[NAME], _NAME, "at most 128 letters, digits, hyphens and underscores")
    yield from _number_failures(WINDOW, news.get(WINDOW), 0, _LONGEST_WINDOW)
    yield from _thumbnail_failures(news.get(THUMBNAILS))
    yield from _rendition_failures(news.get(RENDITIONS))


def _text_failures(name: str, value: Any, form: re.Pattern[str], expected: str) -> Iterator[CheckFailure]:
    if not isinstance(value, Unknown) and not (isinstance(value, str) and form.fullmatch(value)):
        yield CheckFailure("", f"{name}: expected {expected}, got {kind_of(value)}. Correct it.")


def _number_failures(name: str, value: Any, least: int, most: int) -> Iterator[CheckFailure]:
    if value is not None and not isinstance(value, Unknown) and not is_whole_number(value, least, most):
        yield CheckFailure("", f"{name}: expected a whole number, {least} to {most}, got {kind_of(value)}. Correct it.")


def _thumbnail_failures(value: Any) -> Iterator[CheckFailure]:
    yield from mapping_failures(THUMBNAILS, value, _THUMBNAILS, "Leave it out for none.")
    if not isinstance(value, Mapping):
        return
    mode = value.get("recording_mode")
    if mode is not None:
        yield from choice_failures(f"{THUMBNAILS}.recording_mode", mode, _MODES, "INTERVAL makes them.")
    if value.get("resolution") is not None:
        known = channel_model.choices_of("ThumbnailConfigurationResolution")
        yield from choice_failures(
            f"{THUMBNAILS}.resolution", value["resolution"], known, "Leave it out for IVS's own."
        )
    yield from _list_failures(f"{THUMBNAILS}.storage", value.get("storage"), "ThumbnailConfigurationStorage")
    interval = value.get("target_interval_seconds")
    yield from _number_failures(
        f"{THUMBNAILS}.target_interval_seconds", interval, _SHORTEST_INTERVAL, _LONGEST_INTERVAL
    )
    if mode == "DISABLED" and interval is not None:
        yield CheckFailure(
            "",
            f"{THUMBNAILS}: expected no target_interval_seconds where they are DISABLED, got one. "
            "Leave it out, or set recording_mode to INTERVAL.",
        )


def _rendition_failures(value: Any) -> Iterator[CheckFailure]:
    yield from mapping_failures(RENDITIONS, value, _RENDITIONS, "Leave it out for all.")
    if not isinstance(value, Mapping):
        return
    selection = value.get("rendition_selection")
    if selection is not None:
        yield from choice_failures(f"{RENDITIONS}.rendition_selection", selection, _SELECTIONS, "CUSTOM names some.")
    renditions = value.get("renditions")
    yield from _list_failures(f"{RENDITIONS}.renditions", renditions, "RenditionConfigurationRendition")
    if isinstance(selection, Unknown) or isinstance(renditions, Unknown):
        return
    if selection == "CUSTOM" and not renditions:
        yield CheckFailure(
            "",
            f"{RENDITIONS}: expected renditions where rendition_selection is CUSTOM, got none. List some, or leave the "
            "selection out for all.",
        )
    elif renditions and selection != "CUSTOM":
        yield CheckFailure(
            "",
            f"{RENDITIONS}: expected no renditions where rendition_selection is not CUSTOM, got some. Leave them out, "
            "or set rendition_selection to CUSTOM.",
        )


def _list_failures(name: str, value: Any, shape: str) -> Iterator[CheckFailure]:
    """Yield failures for a value that is not a list, and for elements that are not valid for the shape."""
    if value is None or isinstance(value, Unknown):
        return
    known = channel_model.choices_of(shape)
    if not isinstance(value, list | tuple):
        yield CheckFailure("", f"{name}: expected a list of {', '.join(known)}, got {kind_of(value)}. Write a list.")
        return
    for place, one in enumerate(value):
        yield from choice_failures(f"{name}[{place}]", one, known, "Leave the list out for IVS's default.")
