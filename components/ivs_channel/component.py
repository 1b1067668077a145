"""The live channel as a Pulumi component."""

from collections.abc import Mapping
from typing import Any, Final, cast, overload

import pulumi
from pulumi_aws.ivs import Channel

from ivs_channel import made_for_channels, resource_arguments
from ivs_channel.arguments import SETTINGS, LiveChannelArgs, PlaybackRestriction, merge_arguments
from ivs_channel.child_options import ChildOptions, merged_options, validated_options
from ivs_channel.encoder_settings import EncoderSettings, encoder_settings
from ivs_channel.provider_connection import connection_of
from ivs_channel.published_places import taken_in_this_program
from ivs_channel.publishing import KeyToPublish, Place, PublishTo, destinations, document, publish
from ivs_channel.recording import Recording
from ivs_stream_key import ChannelSettings, Connection, StreamKey
from ivs_stream_key.reusable_inputs import reusable

__all__ = ["LiveChannel"]

# Arguments that are not inputs of a resource: they determine which resources are declared, and with which options.
_NO_INPUTS: Final = frozenset(
    {"channel_options", "key_options", "playback_authorization", "playback_restriction", "publish_to", "recording"}
)


class LiveChannel(pulumi.ComponentResource):
    """An Amazon IVS channel and its stream key: what an encoder needs to go live, and a player to watch.

    Its children are an `aws.ivs.Channel` and a StreamKey, both with the component's own name, and the resources of
    `publish_to`: `aws.ssm.Parameter`s, and `aws.secretsmanager.Secret`s with their versions.

    `opts` reaches them as in any component:

    - `provider` and `providers` create the channel. The key is created in the channel's region and account, with
      `connection`: by default the arguments of that provider, or without one the stack's `aws:*` config.
    - `depends_on` delays the children, `aliases` find them under the component's earlier names, `retain_on_delete` and
      `deleted_with` apply to them, `transforms` and `transformations` see them.
    - `protect` applies to the channel and the published copies. The key gets `deletion_protection` instead, so that it
      can still rotate. A destroy, or the removal of the component, fails and changes nothing.
    - Pulumi ignores some options on a component (`ignore_changes`, `delete_before_replace`, `replace_on_changes`,
      `replacement_trigger`, `custom_timeouts`…). Pass them to a child with `channel_options`, `key_options` or a
      transform.
    """

    channel_arn: pulumi.Output[str]
    """The channel's ARN, ``arn:aws:ivs:REGION:ACCOUNT:channel/ID``."""

    playback_url: pulumi.Output[str]
    """The URL of the broadcast for players: an HLS playlist (``.m3u8``) over HTTPS."""

    ingest_endpoint: pulumi.Output[str]
    """The host for encoders, without scheme, port or path; `ingest_url` has them."""

    ingest_url: pulumi.Output[str]
    """The server setting of an encoder: ``rtmps://INGEST_ENDPOINT:443/app/``. It needs `stream_key` too."""

    stream_key_arn: pulumi.Output[str]
    """The stream key's ARN, ``arn:aws:ivs:REGION:ACCOUNT:stream-key/ID``; each rotation changes it."""

    stream_key: pulumi.Output[str]
    """The stream key, a password: whoever has it can go live on the channel. Always a secret."""

    srt_endpoint: pulumi.Output[str | None]
    """The host for SRT encoders; None without the argument `srt`."""

    srt_passphrase: pulumi.Output[str | None]
    """The passphrase of SRT, always a secret; None without `srt`, empty if the channel allows insecure ingest."""

    encoder_settings: EncoderSettings
    """The settings of an encoder, by protocol: ``rtmps``; ``rtmp`` with `insecure_ingest`; ``srt`` with `srt`.

    Each has the outputs ``server`` and ``stream_key``, as in OBS, ``url``, and ``ffmpeg``, a command. Those that
    contain the key are secrets: all but ``server``, and for SRT that too.
    """

    published: pulumi.Output[Mapping[str, str]]
    """The ARNs of the published copies of the key, by path; for a function, by its name.

    Of copies with one path, in several regions, all but the first are at ``PATH@REGION``; a secret with the path of a
    parameter, or the other way round, is at ``secrets_manager:PATH`` or ``ssm:PATH``.
    """

    @overload
    def __init__(
        self, resource_name: str, args: LiveChannelArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None: ...

    @overload
    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        authorized: pulumi.Input[bool] | None = None,
        latency_mode: pulumi.Input[str] | None = None,
        name: pulumi.Input[str] | None = None,
        recording_configuration_arn: pulumi.Input[str] | None = None,
        region: pulumi.Input[str] | None = None,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        type: pulumi.Input[str] | None = None,
        rotation_triggers: pulumi.Input[Mapping[str, Any]] | None = None,
        rotation_days: pulumi.Input[float] | None = None,
        rotation_schedule: pulumi.Input[Mapping[str, Any]] | None = None,
        existing_key: pulumi.Input[str] | None = None,
        when_live: pulumi.Input[str] = ...,
        connection: pulumi.Input[Connection] | pulumi.Input[Mapping[str, Any]] | None = None,
        deletion_protection: pulumi.Input[bool] | None = None,
        ad_configuration_arn: pulumi.Input[str] | None = None,
        container_format: pulumi.Input[str] | None = None,
        failover_slate_configuration_arn: pulumi.Input[str] | None = None,
        insecure_ingest: pulumi.Input[bool] | None = None,
        multitrack_input_configuration: pulumi.Input[Mapping[str, Any]] | None = None,
        playback_restriction_policy_arn: pulumi.Input[str] | None = None,
        playback_restriction: PlaybackRestriction | Mapping[str, Any] | None = None,
        preset: pulumi.Input[str] | None = None,
        srt: bool = ...,
        recording: pulumi.Input[str] | Recording | Mapping[str, Any] | pulumi.Resource | None = None,
        playback_authorization: pulumi.Input[str] | bool | None = None,
        channel_options: ChildOptions | None = None,
        key_options: ChildOptions | None = None,
        publish_to: PublishTo | None = None,
    ) -> None: ...

    def __init__(
        self,
        resource_name: str,
        *positional: object,
        args: object = None,
        opts: pulumi.ResourceOptions | None = None,
        **inputs: Any,
    ) -> None:
        """Declare the channel and its key, with the arguments of LiveChannelArgs, passed as such an object or by name.

        TypeError if they are passed both ways, or for an unknown argument; TypeError and ValueError for an invalid
        `publish_to`.
        """
        declared, opts = merge_arguments(resource_name, positional, args, opts, inputs)
        subject = f"LiveChannel {resource_name!r}"
        places = destinations(subject, resource_name, declared.publish_to, declared.region)
        declared = LiveChannelArgs(**resource_arguments.validated(vars(declared), subject))
        channel_options = validated_options(declared.channel_options, f"{subject}: channel_options")
        key_options = validated_options(declared.key_options, f"{subject}: key_options")
        given = LiveChannelArgs(
            **{
                name: reusable(value, f"LiveChannel {resource_name!r}: {name}")
                for name, value in vars(declared).items()
                if name not in _NO_INPUTS
            }
        )
        super().__init__("ivs:index:LiveChannel", resource_name, {}, opts)
        # The children wait for the component's dependencies even without their own `depends_on`. It writes these
        # dependencies into the children's state, for tools that do not know about components.
        child = pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts is not None else None)

        # The provider from `opts`, or inherited from a parent. The SDK has no public attribute for it.
        provider = self._providers.get("aws")
        taken_in_this_program().take(subject, resource_name, places, given.region, provider)
        if provider is not None and given.connection is None:
            given.connection = connection_of(provider, subject)
        self._declare_resources_for_channel(resource_name, declared, given, child)
        # The children's names are in users' states. They begin with the component's name, so that an alias of the
        # component covers them too.
        self.channel = Channel(
            resource_name,
            authorized=given.authorized,
            latency_mode=given.latency_mode,
            name=given.name,
            recording_configuration_arn=given.recording_configuration_arn,
            region=given.region,
            tags=given.tags,
            type=given.type,
            opts=merged_options(child, channel_options, f"{subject}: channel_options"),
        )
        """The child `aws.ivs.Channel`, for outputs that the component does not have."""

        # After construction the option has its final value, which may be inherited or set by a transformation.
        protected = self.channel._protect  # noqa: SLF001 - the SDK has no public name for it
        self.settings = self._channel_settings(resource_name, given, child)
        """The child ChannelSettings, if any of its arguments, or `srt`, is given."""

        merged = pulumi.ResourceOptions.merge(
            child, pulumi.ResourceOptions(depends_on=[self.settings] if self.settings else None)
        )
        # Not deleted_with the channel, which IVS deletes with its key: see
        # docs/decisions/0003-live-channel-deletes-key.md.
        self.key = StreamKey(
            resource_name,
            self.channel.arn,
            tags=given.tags,
            rotation_triggers=given.rotation_triggers,
            rotation_days=given.rotation_days,
            rotation_schedule=given.rotation_schedule,
            existing_key=given.existing_key,
            when_live=given.when_live,
            connection=given.connection,
            deletion_protection=protected or None if given.deletion_protection is None else given.deletion_protection,
            # A key with `protect` could not rotate, because Pulumi does not replace protected resources.
            opts=merged_options(
                pulumi.ResourceOptions.merge(merged, pulumi.ResourceOptions(protect=False)) if protected else merged,
                key_options,
                f"{subject}: key_options",
            ),
        )
        """The child StreamKey."""

        self.channel_arn = self.channel.arn
        self.playback_url = self.channel.playback_url
        self.ingest_endpoint = self.channel.ingest_endpoint
        self.ingest_url = self.ingest_endpoint.apply(_ingest_url)
        self.stream_key_arn = self.key.arn
        self.stream_key = self.key.value
        none: pulumi.Output[Any] = pulumi.Output.from_input(None)
        self.srt_endpoint = self.settings.srt_endpoint if self.settings and given.srt else none
        self.srt_passphrase = self.settings.srt_passphrase if self.settings and given.srt else none
        self.encoder_settings = encoder_settings(
            self.ingest_endpoint,
            self.stream_key,
            insecure=given.insecure_ingest,
            srt=(self.srt_endpoint, self.srt_passphrase) if given.srt else None,
        )
        # Without arguments, `Output.all` returns a list.
        copies = self._publish(resource_name, places, given, child) if places else {}
        self.published = pulumi.Output.all(**copies) if copies else pulumi.Output.from_input({})
        self.register_outputs(
            {
                "channel_arn": self.channel_arn,
                "playback_url": self.playback_url,
                "ingest_endpoint": self.ingest_endpoint,
                "ingest_url": self.ingest_url,
                "stream_key_arn": self.stream_key_arn,
                "stream_key": self.stream_key,
                **({"published": self.published} if places else {}),
                **({"srt_endpoint": self.srt_endpoint, "srt_passphrase": self.srt_passphrase} if given.srt else {}),
            }
        )

    @staticmethod
    def _declare_resources_for_channel(
        name: str, declared: LiveChannelArgs, given: LiveChannelArgs, child: pulumi.ResourceOptions
    ) -> None:
        """Declare the resources that are created for the channel, and set the arguments that refer to them."""
        place = {"region": given.region, "tags": given.tags, "connection": given.connection}
        subject = f"LiveChannel {name!r}"
        if declared.recording is not None:
            given.recording_configuration_arn = made_for_channels.recording(
                name, declared.recording, place, child, f"{subject}: recording"
            )
        if declared.playback_authorization is not None:
            given.authorized = made_for_channels.authorization(
                name, declared.playback_authorization, place, child, f"{subject}: playback_authorization"
            )
        if declared.playback_restriction is not None:
            given.playback_restriction_policy_arn = made_for_channels.restriction(
                name,
                cast(PlaybackRestriction, declared.playback_restriction),
                place,
                child,
                f"{subject}: playback_restriction",
            )

    def _channel_settings(
        self,
        name: str,
        given: LiveChannelArgs,
        child: pulumi.ResourceOptions,
    ) -> ChannelSettings | None:
        """Declare a ChannelSettings if any of its arguments is given.

        It is normally `deleted_with` the channel: resetting the settings of a channel that is about to be deleted needs
        a call, which IVS refuses while the channel is live. But if the channel refers to other resources, these may be
        deleted before the channel. Then the settings are reset first, which removes the references.
        """
        wanted = {field: getattr(given, field) for field in SETTINGS}
        if all(value is None for value in wanted.values()) and not given.srt:
            return None
        refers = any(wanted[field] is not None for field in SETTINGS if field.endswith("_arn"))
        own = pulumi.ResourceOptions(deleted_with=None if refers else self.channel, protect=False)
        return ChannelSettings(
            name,
            self.channel.arn,
            channel_type=given.type,
            **wanted,
            connection=given.connection,
            opts=pulumi.ResourceOptions.merge(child, own),
        )

    def _publish(
        self, name: str, places: list[Place], given: LiveChannelArgs, child: pulumi.ResourceOptions
    ) -> Mapping[str, pulumi.Input[str]]:
        """Publish the key; the copies depend on the key, so that they are deleted before it."""
        key = KeyToPublish(
            name=name,
            server=self.ingest_url,
            stream_key=self.stream_key,
            playback_url=self.playback_url,
            channel_arn=self.channel_arn,
            document=document(
                server=self.ingest_url,
                stream_key=self.stream_key,
                playback_url=self.playback_url,
                channel_arn=self.channel_arn,
            ),
            tags=given.tags,
            region=given.region,
        )
        return publish(places, key, pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[self.key])))


def _ingest_url(endpoint: str | None) -> str:
    # Under mocks that return only the inputs, a channel has no endpoint.
    return cast(str, None) if not endpoint else f"rtmps://{endpoint}:443/app/"
