"""The settings of a channel that `aws.ivs.Channel` has no argument for, as a Pulumi resource.

The path of its provider, ``ivs_stream_key.channel_settings.ChannelSettingsProvider``, is in users' state.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pulumi
import pulumi.dynamic
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from ivs_stream_key.aws import arns, channel_model
from ivs_stream_key.aws.channel_model import FIELDS, MULTITRACK
from ivs_stream_key.aws_config.setting_values import has_unknown
from ivs_stream_key.connected_provider import (
    ConnectedProvider,
    arn_failures,
    boolean_failures,
    choice_failures,
    mapping_failures,
    nesting_failures,
    present_properties,
    resource_properties,
    secret_inputs,
)
from ivs_stream_key.connection import Connection
from ivs_stream_key.error_reporting import report_errors
from ivs_stream_key.errors import NotFound
from ivs_stream_key.lifecycle.last_up import by_settings_of_the_last_up
from ivs_stream_key.messages.descriptions import kind_of
from ivs_stream_key.messages.redaction import SECRETS
from ivs_stream_key.properties import CHANNEL_ARN, CONNECTION

__all__ = ["ChannelSettings", "ChannelSettingsProvider"]

CHANNEL_TYPE: Final = "channel_type"
SRT_ENDPOINT: Final = "srt_endpoint"
SRT_PASSPHRASE: Final = "srt_passphrase"  # noqa: S105 - a property's name

_KEPT: Final = (CHANNEL_ARN, CHANNEL_TYPE, *FIELDS, CONNECTION)
_MULTITRACK: Final = ("enabled", "policy", "maximum_resolution")
_KINDS: Final[Mapping[str, arns.Kind]] = {
    "ad_configuration_arn": "ad-configuration",
    "failover_slate_configuration_arn": "failover-slate-configuration",
    "playback_restriction_policy_arn": "playback-restriction-policy",
}
_LEAVE_OUT: Final = "Leave it out for IVS's default."


class ChannelSettingsProvider(ConnectedProvider):
    """Sets fields of an existing channel: only those that are given.

    A removed field gets IVS's default, and so do all of them when the resource is deleted. IVS refuses to change a live
    channel.
    """

    @report_errors
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Validate the inputs, including combinations that IVS refuses; makes no call to AWS."""
        if deep := nesting_failures(news):
            return CheckResult({}, deep)
        secret_inputs(news)
        return CheckResult(present_properties(news, _KEPT), [*self.settings_failures(news), *_failures(news)])

    @report_errors
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Replace for another channel; update for other changes. Makes no call."""
        changed = [name for name in (*FIELDS, CONNECTION) if olds.get(name) != news.get(name)]
        moved = olds.get(CHANNEL_ARN) != news.get(CHANNEL_ARN)
        return DiffResult(
            changes=bool(changed or moved), replaces=[CHANNEL_ARN] if moved else [], delete_before_replace=False
        )

    @report_errors
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Set the fields that differ from the channel's, in two calls at most."""
        wanted = present_properties(props, FIELDS)
        return CreateResult(props[CHANNEL_ARN], self._outputs(props, self._set(props, wanted)))

    @report_errors
    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Set the fields that differ from the channel's, and IVS's default for removed ones."""
        return UpdateResult(
            self._outputs(news, self._set(news, present_properties(news, FIELDS), present_properties(olds, FIELDS)))
        )

    @report_errors
    @by_settings_of_the_last_up()
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Read the channel in one call, and return the fields that are set here; an empty id if it does not exist."""
        try:
            channel = self._channel(id_, props)
        except NotFound:
            return ReadResult("", {})
        found = {
            **props,
            CHANNEL_ARN: id_,
            **{f: channel_model.from_answer(f, channel) for f in present_properties(props, FIELDS)},
        }
        return ReadResult(id_, self._outputs(found, channel), present_properties(found, _KEPT))

    @report_errors
    @by_settings_of_the_last_up()
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Reset the fields to IVS's defaults; no error if the channel does not exist any more."""
        try:
            self._set({**props, CHANNEL_ARN: id_}, {}, present_properties(props, FIELDS))
        except NotFound:
            return

    def _channel(self, arn: str, props: Mapping[str, Any]) -> Mapping[str, Any]:
        parsed = arns.parse(arn, arns.CHANNEL)
        return self.clients(props).channel_fields(parsed).get(arn)

    def _set(
        self, props: Mapping[str, Any], wanted: Mapping[str, Any], before: Mapping[str, Any] | None = None
    ) -> Mapping[str, Any]:
        arn = arns.parse(props[CHANNEL_ARN], arns.CHANNEL)
        calls = self.clients(props).channel_fields(arn)
        channel = calls.get(arn.text)
        dropped = {
            name: channel_model.default_of(name, channel.get("type", ""))
            for name in (before or {})
            if name not in wanted
        }
        changes = {
            name: value
            for name, value in {**dropped, **wanted}.items()
            if value is not None and not _same(name, channel_model.from_answer(name, channel), value)
        }
        if not changes:
            return channel
        return calls.update(arn.text, dict(channel_model.to_request(name, value) for name, value in changes.items()))

    @staticmethod
    def _outputs(props: Mapping[str, Any], channel: Mapping[str, Any]) -> dict[str, Any]:
        srt = channel.get("srt") or {}
        SECRETS.learn(srt.get("passphrase"))
        return {
            **present_properties(props, _KEPT),
            SRT_ENDPOINT: srt.get("endpoint") or "",
            SRT_PASSPHRASE: srt.get("passphrase") or "",
        }


class ChannelSettings(pulumi.dynamic.Resource, module="ivs", name="ChannelSettings"):
    """The settings of a channel that `aws.ivs.Channel` has no argument for, and the data for SRT encoders.

    It changes an existing channel by UpdateChannel, and only the given fields. Two of them on one channel must not set
    the same field.
    """

    channel_arn: pulumi.Output[str]
    """The ARN of the channel; also the resource's id."""

    srt_endpoint: pulumi.Output[str]
    """The host for SRT encoders; empty if the channel has none."""

    srt_passphrase: pulumi.Output[str]
    """The passphrase of SRT, always a secret; empty if the channel allows insecure ingest."""

    def __init__(
        self,
        resource_name: str,
        channel_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
        *,
        channel_type: pulumi.Input[str] | None = None,
        ad_configuration_arn: pulumi.Input[str] | None = None,
        container_format: pulumi.Input[str] | None = None,
        failover_slate_configuration_arn: pulumi.Input[str] | None = None,
        insecure_ingest: pulumi.Input[bool] | None = None,
        multitrack_input_configuration: pulumi.Input[Mapping[str, Any]] | None = None,
        playback_restriction_policy_arn: pulumi.Input[str] | None = None,
        preset: pulumi.Input[str] | None = None,
        connection: pulumi.Input[Connection] | pulumi.Input[Mapping[str, Any]] | None = None,
    ) -> None:
        """Declare settings of a channel.

        `channel_type` is the type of the channel, by which a check finds invalid combinations. `container_format` is
        ``"TS"`` or ``"FRAGMENTED_MP4"``; `preset` is for channels of an ADVANCED type. For
        `multitrack_input_configuration` give ``enabled``, and with it ``policy`` and ``maximum_resolution``.
        `insecure_ingest` lets encoders stream by RTMP, and by SRT without a passphrase. A field that is left out is not
        changed; one that is removed later gets IVS's default. `connection` is as of a StreamKey.
        """
        inputs = {
            CHANNEL_ARN: channel_arn,
            CHANNEL_TYPE: channel_type,
            "ad_configuration_arn": ad_configuration_arn,
            "container_format": container_format,
            "failover_slate_configuration_arn": failover_slate_configuration_arn,
            "insecure_ingest": insecure_ingest,
            MULTITRACK: multitrack_input_configuration,
            "playback_restriction_policy_arn": playback_restriction_policy_arn,
            "preset": preset,
            CONNECTION: connection,
        }
        ours = pulumi.ResourceOptions(additional_secret_outputs=[SRT_PASSPHRASE])
        super().__init__(
            ChannelSettingsProvider(),
            resource_name,
            resource_properties(f"ChannelSettings {resource_name!r}", inputs, (SRT_ENDPOINT, SRT_PASSPHRASE)),
            pulumi.ResourceOptions.merge(ours, opts),
        )
        self.srt_passphrase = pulumi.Output.secret(self.srt_passphrase)


def _same(name: str, found: Any, wanted: Any) -> bool:
    if name == MULTITRACK and not wanted.get("enabled"):
        return not found.get("enabled")
    return bool(found == wanted)


def _failures(news: Mapping[str, Any]) -> Iterator[CheckFailure]:
    yield from arn_failures(CHANNEL_ARN, news.get(CHANNEL_ARN), arns.CHANNEL)
    for name in ("container_format", "preset"):
        if news.get(name) is not None:
            yield from choice_failures(name, news[name], channel_model.choices(name), _LEAVE_OUT)
    for name, kind in _KINDS.items():
        # An empty string removes the reference in IVS.
        if news.get(name) not in (None, ""):
            yield from arn_failures(name, news[name], kind)
    if news.get("insecure_ingest") is not None:
        yield from boolean_failures("insecure_ingest", news["insecure_ingest"])
    yield from _multitrack_failures(news)
    channel_type = news.get(CHANNEL_TYPE, "STANDARD")
    if isinstance(channel_type, str) and news.get("preset") is not None and not channel_type.startswith("ADVANCED_"):
        yield CheckFailure(
            "",
            "preset: expected a channel of the type ADVANCED_SD or ADVANCED_HD, got another. Give the channel one of "
            "these types, or leave the preset out.",
        )


def _multitrack_failures(news: Mapping[str, Any]) -> Iterator[CheckFailure]:
    multitrack = news.get(MULTITRACK)
    yield from mapping_failures(MULTITRACK, multitrack, _MULTITRACK, _LEAVE_OUT)
    if not isinstance(multitrack, Mapping):
        return
    yield from boolean_failures(f"{MULTITRACK}.enabled", multitrack.get("enabled"))
    for part in _MULTITRACK[1:]:
        if multitrack.get(part) is not None or multitrack.get("enabled") is True:
            yield from choice_failures(
                f"{MULTITRACK}.{part}",
                multitrack.get(part),
                channel_model.choices(MULTITRACK, part),
                "Multitrack input that is enabled needs it.",
            )
    if multitrack.get("enabled") is not True:
        return
    for name, value, needed in (
        ("container_format", news.get("container_format"), "FRAGMENTED_MP4"),
        (CHANNEL_TYPE, news.get(CHANNEL_TYPE, "STANDARD"), "STANDARD"),
    ):
        if not has_unknown(value) and value != needed:
            yield CheckFailure(
                "",
                f"{MULTITRACK}: expected {name} to be {needed!r} with it, got {kind_of(value)}. Give that too, or "
                "leave multitrack input out.",
            )
