"""The stream key as a Pulumi resource."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi.dynamic

from ivs_stream_key.connection import Connection, with_secrets
from ivs_stream_key.ivs.ownership import Owner
from ivs_stream_key.properties import (
    ADOPT,
    CHANNEL_ARN,
    COMPUTED,
    CONNECTION,
    DECLARED,
    DELETION_PROTECTION,
    EXISTING_KEY,
    FAIL,
    KEEP,
    OWNER,
    PROTECT,
    ROTATION_DAYS,
    ROTATION_SCHEDULE,
    ROTATION_TRIGGERS,
    SECRET_INPUTS,
    TAGS,
    VALUE,
    WHEN_LIVE,
)
from ivs_stream_key.provider import StreamKeyProvider
from ivs_stream_key.reusable_inputs import reusable
from ivs_stream_key.secret_tags import names_of_secrets, parent_of, with_secret_tags

__all__ = ["StreamKey"]

# The type prefix of every dynamic resource in Python.
_PACKAGE: Final = "pulumi-python"
_TYPE: Final = f"{_PACKAGE}:dynamic/ivs:StreamKey"

# Pulumi's placeholders for a missing organization or project. Under mocks both are missing.
_NO_ORGANIZATION: Final = "organization"


class StreamKey(pulumi.dynamic.Resource, module="ivs", name="StreamKey"):
    """The stream key of an Amazon IVS channel: what an encoder needs, besides the ingest endpoint, to go live.

    IVS allows one key for each channel. A replacement therefore deletes the old key first, whatever causes it (a
    changed `channel_arn` or `rotation_triggers`, the age in `rotation_days`, `pulumi up --replace`, the option
    `replacement_trigger`), unless the resource option `delete_before_replace` is set to False. A replacement does not
    interrupt a running broadcast unless `when_live` says so; once the broadcast ends or its encoder reconnects, it
    needs the new key.

    IVS allows 50 tags for each key. One of them, ``pulumi-ivs-stream-key:owner``, names the stack and the resource that
    own the key. With it, an interrupted create is resumed, a key that moves to another resource is kept, and a key of
    another stack is not changed. The tag is left out if there are 50 `tags`; the owner of such a key is unknown.
    """

    arn: pulumi.Output[str]
    """The key's ARN, ``arn:aws:ivs:REGION:ACCOUNT:stream-key/ID``; also the resource's id."""

    value: pulumi.Output[str]
    """The key itself, a password: always a secret, in the state too."""

    channel_arn: pulumi.Output[str]
    """The ARN of the channel."""

    tags: pulumi.Output[Mapping[str, str]]
    """The key's own tags, without default tags and AWS's own (`aws:…`); empty if there are none."""

    tags_all: pulumi.Output[Mapping[str, str]]
    """All tags of the key, including default tags of the provider's settings, without ignored ones.

    A secret if `tags` contain one. (For `tags` the engine knows which values are secrets.)
    """

    created_at: pulumi.Output[str | None]
    """When the key was created, or came under Pulumi by adoption; UTC, ISO 8601: ``2026-01-31T23:59:59Z``.

    IVS does not return a key's age: the time is taken when Pulumi creates or adopts the key, and is None after `get`.
    """

    rotation_days: pulumi.Output[float | None]
    """The age in days at which the key is replaced, as given; None if not given, and after `get`."""

    rotation_due_at: pulumi.Output[str | None]
    """From when on `pulumi up` replaces the key for its age; as `created_at`. None without `rotation_days`."""

    rotation_schedule: pulumi.Output[Mapping[str, Any] | None]
    """The rotation schedule as given; None if none was, and after `get`."""

    rotation_triggers: pulumi.Output[Mapping[str, Any] | None]
    """The rotation triggers as given; None if none were, and after `get`."""

    existing_key: pulumi.Output[str | None]
    """What create does with a key that the channel already has: as given, or the default; None after `get`."""

    when_live: pulumi.Output[str | None]
    """What rotating or deleting the key does while the channel is live, as given; None after `get`."""

    owner_tag: pulumi.Output[str | None]
    """The tag ``pulumi-ivs-stream-key:owner`` that the key was given, or had when it was imported; empty if none.

    A key without it was imported, adopted with 50 tags, or created by hand: another stack that has a StreamKey on the
    channel treats it as unmanaged.
    """

    connection: pulumi.Output[Mapping[str, Any] | None]
    """The connection as given, None if not given; a secret as a whole if it contains one."""

    deletion_protection: pulumi.Output[bool | None]
    """Whether only a rotation can delete the key, as given; None if not given, and after `get`."""

    def __init__(
        self,
        resource_name: str,
        channel_arn: pulumi.Input[str],
        *,
        tags: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        rotation_triggers: pulumi.Input[Mapping[str, Any]] | None = None,
        rotation_days: pulumi.Input[float] | None = None,
        rotation_schedule: pulumi.Input[Mapping[str, Any]] | None = None,
        existing_key: pulumi.Input[str] | None = None,
        when_live: pulumi.Input[str] = KEEP,
        connection: pulumi.Input[Connection] | pulumi.Input[Mapping[str, Any]] | None = None,
        deletion_protection: pulumi.Input[bool] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the stream key of a channel.

        `channel_arn`: ``arn:aws:ivs:REGION:ACCOUNT:channel/ID``; calls to IVS go to its region. A change replaces the
        key.

        `tags`: at most 50, keys of 1 to 128 characters that do not start with ``aws:``, values of up to 256. They
        change in place. Tags that somebody else put on the key are removed by the next update after a refresh.

        `rotation_triggers`: names and values of your choice (strings, numbers, booleans, lists and mappings of them;
        secrets too). Any change replaces the key: that is how a key is rotated.

        `rotation_days`: a whole number, 1 or more. The first `pulumi up` that runs so many days or more after
        `created_at` replaces the key. Nothing rotates unless `pulumi up` runs: schedule it. A change of the number does
        not rotate the key, but may make it due. The age of an imported or adopted key counts from when it came under
        Pulumi.

        `rotation_schedule`: spreads the rotations of many keys. With ``{"phase": 3}`` the key is due on day 3 of a
        cycle of `rotation_days` (the number of days since 1970, modulo `rotation_days`), at the latest when its age
        reaches `rotation_days`. With ``"group"`` and ``"most"`` one run rotates at most that many keys of the group
        because of their age. The others wait for the next run, unless they have reached twice the age in
        `rotation_days`. LiveChannels computes the schedule from the channel's name.

        `existing_key`: what a create does with a key that the channel already has, such as the one that IVS itself
        creates with every channel. ``"replace"``, the default, deletes it and creates a new one. ``"adopt"`` takes it
        over with its value, and replaces its tags by `tags`. ``"fail"`` refuses, except for a key of this stack: one
        that an interrupted run created, one whose state was lost, or one that moves here from another resource. A key
        that another stack manages is refused unless ``"replace"`` or ``"adopt"`` is given explicitly; that stack leaves
        the key alone from then on. A change takes effect at the next creation.

        `when_live`: what rotating or deleting the key does while the channel is live. ``"keep"`` lets the broadcast
        run, and warns that its encoder cannot reconnect with the old key. ``"fail"`` refuses, already in the preview,
        and nothing is deleted. ``"stop"``, for a leaked key, ends the broadcast once the key is deleted. A change takes
        effect in the run that makes it; `pulumi destroy` uses the value of the last `up`.

        `deletion_protection`: True means that only a rotation can delete the key. The provider refuses a destroy, and
        the key's removal from the program: first take the option out, and run `pulumi up`. Pulumi's option `protect`
        refuses rotations too.

        `connection`: credentials and endpoints in place of the stack's `aws:*` config, for programs with explicit
        providers. It has the arguments of an `aws.Provider`. Nothing of the stack's config is added to it, not even
        default tags. Its credentials, external ids and proxies become secrets automatically. A change of `connection`
        is an update that makes no call to AWS.

        ValueError if `existing_key` is ``"adopt"`` or ``"fail"`` and `opts` sets `delete_before_replace` to False: a
        replacement that is created before the old key is deleted would adopt that same key, or fail on it. ValueError
        if `opts` sets `import_`, which Pulumi does not support for dynamic resources: use `existing_key` ``"adopt"`` or
        `python -m ivs_stream_key import`. ValueError if `opts` sets `provider` or `providers` to an `aws.Provider` or
        the like, which a dynamic resource cannot use: use `connection`. ValueError if lists and mappings in an input
        are nested more than 100 deep.
        """
        if existing_key in (ADOPT, FAIL) and opts is not None and opts.delete_before_replace is False:
            raise ValueError(
                f"StreamKey {resource_name!r}: existing_key={existing_key!r} and delete_before_replace=False cannot be "
                "combined: IVS allows one key a channel, and the old one would still exist when its replacement is "
                "created. Leave delete_before_replace out."
            )
        given = {
            CHANNEL_ARN: channel_arn,
            TAGS: tags,
            ROTATION_TRIGGERS: rotation_triggers,
            ROTATION_DAYS: rotation_days,
            ROTATION_SCHEDULE: rotation_schedule,
            EXISTING_KEY: existing_key,
            WHEN_LIVE: when_live,
            CONNECTION: connection,
            DELETION_PROTECTION: deletion_protection,
        }
        # Each input is used twice, but a coroutine can be awaited only once.
        inputs = {name: reusable(value, f"StreamKey {resource_name!r}: {name}") for name, value in given.items()}
        self._declare(
            resource_name,
            {
                **inputs,
                CONNECTION: with_secrets(inputs[CONNECTION]),
                # Read later, when the options are complete: a parent or a transformation may set `protect`.
                PROTECT: pulumi.Output.from_input(None).apply(lambda _: getattr(self, "_protect", None) or None),
                OWNER: pulumi.Output.from_input(self._owner(resource_name, opts, inputs[ROTATION_TRIGGERS])),
                SECRET_INPUTS: pulumi.Output.from_input(names_of_secrets(inputs)),
            },
            opts,
        )

    @staticmethod
    async def _owner(name: str, opts: pulumi.ResourceOptions | None, triggers: Any) -> Mapping[str, Any] | None:
        """Return the data for the owner tag, as an input: the engine does not pass the URN to a dynamic provider.

        The parent's URN is awaited instead of passed as an output, because an output would make the key depend on the
        parent, and so on all children of a component.
        """
        parent = parent_of(opts)
        parent_urn = None if parent is None else await parent.urn.future()
        if parent_urn is None:
            return None
        secret = await pulumi.Output.from_input(triggers).is_secret()
        return {
            "organization": pulumi.get_organization() or _NO_ORGANIZATION,
            "urn": Owner.urn_below(parent_urn, _TYPE, name),
            # No digest of secret triggers, because their values could be guessed from it.
            **({"secret_triggers": True} if secret else {}),
        }

    @classmethod
    def get(
        cls,
        resource_name: str,
        arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
        *,
        connection: pulumi.Input[Connection] | pulumi.Input[Mapping[str, Any]] | None = None,
    ) -> "StreamKey":
        """Read an existing stream key by its ARN without managing it: Pulumi neither changes nor deletes it.

        `connection` has the meaning that it has for a managed key. The operation fails if the key does not exist.
        ValueError if `opts` sets an option that StreamKey itself refuses.
        """
        key = cls.__new__(cls)
        key._declare(  # noqa: SLF001 - this class's own, and __init__ wants a channel
            resource_name,
            {CONNECTION: with_secrets(reusable(connection, f"StreamKey {resource_name!r}: {CONNECTION}"))},
            pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=arn)),
        )
        return key

    def _declare(self, resource_name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions | None) -> None:
        # The SDK refuses `opts` that are no ResourceOptions.
        if isinstance(opts, pulumi.ResourceOptions):
            _refuse_options(resource_name, opts)
        # A property that is None is not sent as an input, but declares an output.
        props = {**dict.fromkeys((*DECLARED, *COMPUTED)), **inputs}
        # The engine marks outputs as secret only if the input of that name is one, so `value` is marked here. `pulumi
        # up --replace` asks for no diff: the option makes it delete first.
        ours = pulumi.ResourceOptions(additional_secret_outputs=[VALUE], delete_before_replace=True)
        merged = pulumi.ResourceOptions.merge(ours, opts)
        super().__init__(StreamKeyProvider(), resource_name, *with_secret_tags(props, merged))
        # In a preview and under mocks no engine marks the output, so that it is marked here too.
        self.value = pulumi.Output.secret(self.value)


def _refuse_options(resource_name: str, opts: pulumi.ResourceOptions) -> None:
    """Raise ValueError for options that in dynamic resources have no effect, or fail without a clear error."""
    if opts.import_ is not None:
        raise ValueError(
            f"StreamKey {resource_name!r}: expected no option import_, got one: Pulumi cannot import dynamic "
            "resources that way (pulumi#16175). Set existing_key='adopt' instead, or see "
            "`python -m ivs_stream_key import -h`."
        )
    several = opts.providers.values() if isinstance(opts.providers, Mapping) else opts.providers or ()
    for option, provider in (("provider", opts.provider), *(("providers", one) for one in several)):
        if provider is not None and provider.package != _PACKAGE:
            raise ValueError(
                f"StreamKey {resource_name!r}: expected no option {option}, got one for the package "
                f"{provider.package!r}: it cannot create a dynamic resource, and Pulumi would ignore it. Pass "
                "connection= with the arguments of that provider instead."
            )
