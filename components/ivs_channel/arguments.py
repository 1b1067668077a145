"""The arguments of a live channel, and the two ways to pass them."""

import dataclasses
import difflib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import pulumi

from ivs_channel.child_options import ChildOptions
from ivs_channel.publishing import PublishTo
from ivs_channel.recording import Recording
from ivs_stream_key import Connection
from ivs_stream_key.aws.channel_model import FIELDS
from ivs_stream_key.messages.descriptions import kind_of, slip_of
from ivs_stream_key.messages.redaction import redacted
from ivs_stream_key.properties import KEEP

__all__ = ["ARGUMENTS", "SETTINGS", "LiveChannelArgs", "PlaybackRestriction", "describe_name", "merge_arguments"]

SETTINGS: Final = tuple(FIELDS)
"""The arguments of a ChannelSettings: settings of IVS that pulumi-aws lacks."""


@pulumi.input_type
@dataclasses.dataclass(kw_only=True)
class PlaybackRestriction:
    """The countries and sites from which a channel may be watched. An empty or missing list allows all."""

    allowed_countries: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Codes of ISO 3166-1, such as ``"CH"``."""

    allowed_origins: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    """Origins, such as ``"https://example.com"``."""

    enable_strict_origin_enforcement: pulumi.Input[bool] | None = None
    """Whether the origin of every request is checked, or only that of the first."""


@pulumi.input_type
@dataclasses.dataclass(kw_only=True)
class LiveChannelArgs:
    """The arguments of a LiveChannel: those of `aws.ivs.Channel`, those of the StreamKey on it, and its own.

    Each takes a plain value or an output. An argument that is left out, or None, is not sent: AWS decides. Values are
    checked where they are used: the channel's by pulumi-aws and IVS, the key's by StreamKey. No repr shows an argument
    that may be secret.
    """

    authorized: pulumi.Input[bool] | None = None
    """Whether viewers need a signed playback token; AWS's default is no."""

    latency_mode: pulumi.Input[str] | None = None
    """``"LOW"``, which is AWS's default, or ``"NORMAL"``."""

    name: pulumi.Input[str] | None = None
    """The channel's name in IVS; pulumi-aws's default is the resource's name and a random suffix."""

    recording_configuration_arn: pulumi.Input[str] | None = None
    """The recording configuration: ``arn:aws:ivs:REGION:ACCOUNT:recording-configuration/ID``, in the channel's region.

    Without one, broadcasts are not recorded.
    """

    region: pulumi.Input[str] | None = None
    """The channel's region, such as ``"eu-west-1"``; the AWS provider's by default. The key is in the same region."""

    tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = dataclasses.field(default=None, repr=False)
    """The tags of the channel and of the key: at most 50, keys of 1 to 128 characters, values of up to 256."""

    type: pulumi.Input[str] | None = None
    """The channel type, which sets resolutions and bitrates: ``"STANDARD"``, which is AWS's default, ``"BASIC"``…"""

    rotation_triggers: pulumi.Input[Mapping[str, Any]] | None = dataclasses.field(default=None, repr=False)
    """Names and values of your choice; any change replaces the stream key, and does not change the channel."""

    rotation_days: pulumi.Input[float] | None = None
    """A whole number, 1 or more: the first `pulumi up` so many days after the key was created replaces it.

    Nothing rotates unless `pulumi up` runs: schedule it.
    """

    rotation_schedule: pulumi.Input[Mapping[str, Any]] | None = None
    """Spreads the rotations of many keys: see StreamKey. LiveChannels sets it."""

    existing_key: pulumi.Input[str] | None = None
    """What the create of the StreamKey does with the channel's key: IVS creates one with every channel.

    ``"replace"``, the default, deletes it and creates a new one; ``"adopt"`` takes it over with its value; ``"fail"``
    refuses, and so fails on every new channel.
    """

    when_live: pulumi.Input[str] = KEEP
    """What rotating or deleting the key does while the channel is live.

    ``"keep"`` lets the broadcast run, and warns that its encoder cannot reconnect with the old key. ``"fail"`` refuses,
    already in the preview. ``"stop"``, for a leaked key, ends the broadcast once the key is deleted.
    """

    connection: pulumi.Input[Connection] | pulumi.Input[Mapping[str, Any]] | None = dataclasses.field(
        default=None, repr=False
    )
    """Credentials and endpoints for the key in place of the stack's `aws:*` config: a `Connection`, or a mapping.

    With an explicit AWS provider the default is that provider's arguments; {} means the AWS environment alone.
    """

    deletion_protection: pulumi.Input[bool] | None = None
    """Whether only a rotation can delete the key. (A destroy would delete it before its channel.)

    The default is True if the channel has the option `protect`.
    """

    ad_configuration_arn: pulumi.Input[str] | None = None
    """The ad configuration of the channel: ``arn:aws:ivs:REGION:ACCOUNT:ad-configuration/ID``."""

    container_format: pulumi.Input[str] | None = None
    """The container of the segments: ``"TS"``, which is IVS's default, or ``"FRAGMENTED_MP4"``."""

    failover_slate_configuration_arn: pulumi.Input[str] | None = None
    """What is shown when the broadcast fails: ``arn:aws:ivs:REGION:ACCOUNT:failover-slate-configuration/ID``."""

    insecure_ingest: pulumi.Input[bool] | None = None
    """Whether encoders may stream by RTMP, and by SRT without a passphrase; IVS's default is no."""

    multitrack_input_configuration: pulumi.Input[Mapping[str, Any]] | None = None
    """Several qualities from one encoder: ``{"enabled": True, "policy": "ALLOW", "maximum_resolution": "FULL_HD"}``.

    It needs the type ``"STANDARD"`` and the container format ``"FRAGMENTED_MP4"``.
    """

    playback_restriction_policy_arn: pulumi.Input[str] | None = None
    """From where the channel may be watched: ``arn:aws:ivs:REGION:ACCOUNT:playback-restriction-policy/ID``."""

    playback_restriction: PlaybackRestriction | Mapping[str, Any] | None = None
    """From where the channel may be watched, as a policy that is created for it; excludes the ARN of one.

    A mapping of the fields will do too.
    """

    preset: pulumi.Input[str] | None = None
    """How a channel of an ADVANCED type is transcoded.

    ``"HIGHER_BANDWIDTH_DELIVERY"``, which is IVS's default there, or ``"CONSTRAINED_BANDWIDTH_DELIVERY"``.
    """

    srt: bool = False
    """Whether `srt_endpoint` and `srt_passphrase` are read, and `encoder_settings` has SRT."""

    recording: "pulumi.Input[str] | Recording | Mapping[str, Any] | pulumi.Resource | None" = None
    """How broadcasts are recorded, in place of `recording_configuration_arn`.

    An ARN, a recording configuration, or a `Recording` (or a mapping of its fields), for which one is created for this
    channel.
    """

    playback_authorization: pulumi.Input[str] | bool | None = dataclasses.field(default=None, repr=False)
    """Who may watch, in place of `authorized`: with True, viewers need a token signed by one of the account's key
    pairs.

    A public key in PEM also creates a key pair from it; an account may have only a few.
    """

    channel_options: ChildOptions | None = dataclasses.field(default=None, repr=False)
    """Options of the child channel only, such as `ignore_changes`; or a function from options to options."""

    key_options: ChildOptions | None = dataclasses.field(default=None, repr=False)
    """Options of the child StreamKey only, or such a function."""

    publish_to: PublishTo | None = None
    """Where the key is published: `ssm` and `secrets_manager` of this package, functions by name, or a list of these.

    A rotation writes the new key there in the same run; the copy is deleted before the key. A function gets a
    `KeyToPublish` and the options for its resources.
    """


ARGUMENTS: Final = tuple(field.name for field in dataclasses.fields(LiveChannelArgs))
"""The names of all arguments of a LiveChannel."""


def merge_arguments(
    resource_name: str,
    positional: tuple[Any, ...],
    args: object,
    opts: pulumi.ResourceOptions | None,
    inputs: Mapping[str, Any],
) -> tuple[LiveChannelArgs, pulumi.ResourceOptions | None]:
    """Return the arguments and options of a LiveChannel, whose arguments are passed as a LiveChannelArgs or by name.

    The LiveChannelArgs and the options may be positional or named. TypeError if arguments were passed both ways or
    twice, if the object has the wrong type, or for an unknown name.
    """
    subject = f"LiveChannel {resource_name!r}"
    rest = list(positional)
    if rest and args is None and not isinstance(rest[0], pulumi.ResourceOptions):
        args = rest.pop(0)
    if rest and opts is None and isinstance(rest[0], pulumi.ResourceOptions | None):
        opts = rest.pop(0)
    if rest:
        raise TypeError(
            f"{subject}: expected at most a LiveChannelArgs and a ResourceOptions after the name, each once, "
            f"got a {type(rest[0]).__qualname__} too. Pass each argument by its name."
        )
    if args is None:
        return LiveChannelArgs(**_checked_names(subject, inputs)), opts
    if not isinstance(args, LiveChannelArgs):
        raise TypeError(
            f"{subject}: expected args to be a LiveChannelArgs, got a {type(args).__qualname__}. "
            "Pass a LiveChannelArgs, or each argument by its name."
        )
    if inputs:
        raise TypeError(
            f"{subject}: expected the arguments in a LiveChannelArgs or by name, got both: {', '.join(inputs)} by "
            "name. Put these into the LiveChannelArgs."
        )
    return args, opts


def _checked_names(subject: str, inputs: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in inputs:
        if name not in ARGUMENTS:
            close = difflib.get_close_matches(name, ARGUMENTS, n=1)
            remedy = f"Did you mean {close[0]}?" if close else f"There are {', '.join(ARGUMENTS)}, and opts."
            # Names of keyword arguments are part of the program's source, and not secret.
            shown = redacted(name) if name.isidentifier() else kind_of(name)
            raise TypeError(f"{subject}: there is no argument {shown}. {remedy}")
    return inputs


def describe_name(name: object, known: Collection[str]) -> str:
    """Return an unknown name in a mapping for a message: quoted only if it is a close misspelling of a known name.

    Other names may be secrets, if the program has passed the wrong mapping.
    """
    return str(name) if slip_of(name, known) is not None else kind_of(name)
