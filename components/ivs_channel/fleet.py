"""Many live channels as one Pulumi component."""

import contextlib
import hashlib
import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pulumi

from ivs_channel import fleet_file, made_for_channels, resource_arguments
from ivs_channel.arguments import ARGUMENTS, LiveChannelArgs, PlaybackRestriction, describe_name
from ivs_channel.component import LiveChannel
from ivs_channel.provider_connection import connection_of
from ivs_channel.published_places import Taken
from ivs_channel.publishing import destinations
from ivs_channel.recording import Recording
from ivs_stream_key.messages.descriptions import kind_of
from ivs_stream_key.reusable_inputs import reusable

__all__ = ["LiveChannels", "phase_of"]

# Arguments that the fleet computes itself.
_SET_BY_FLEET: Final = frozenset({"rotation_schedule"})
# Arguments whose values are ResourceOptions or functions, which a file cannot contain.
_NOT_IN_FILES: Final = frozenset({"channel_options", "key_options"})
_MOST_DAYS: Final = 1_000_000


class LiveChannels(pulumi.ComponentResource):
    """A fleet of live channels: one LiveChannel for each name, with its own arguments and those in `defaults`.

    The LiveChannels are its children. Their resource names are the channels' names, so that two fleets in a stack may
    not have a channel of the same name. Adding or removing a channel does not change the others.

    With `rotation_days`, each key has its own day in a cycle of that length, computed from its channel's name, so that
    not all keys rotate in the same night. No key gets older than `rotation_days`. The first rotation may come earlier.
    """

    channel_arns: Mapping[str, pulumi.Output[str]]
    """By channel name, the output `channel_arn` of each LiveChannel. The other outputs are by channel name too."""

    playback_urls: Mapping[str, pulumi.Output[str]]
    ingest_urls: Mapping[str, pulumi.Output[str]]
    stream_key_arns: Mapping[str, pulumi.Output[str]]
    published: Mapping[str, pulumi.Output[Mapping[str, str]]]

    stream_keys: Mapping[str, pulumi.Output[str]]
    """The stream keys, by name. Each is a secret."""

    rotations_due_at: Mapping[str, pulumi.Output[str | None]]
    """The time from which `pulumi up` rotates a key because of its age, by name; None without `rotation_days`."""

    def __init__(
        self,
        resource_name: str,
        channels: Mapping[str, Mapping[str, Any] | LiveChannelArgs] | str | Path,
        opts: pulumi.ResourceOptions | None = None,
        *,
        defaults: Mapping[str, Any] | LiveChannelArgs | None = None,
        max_rotations_per_up: int | None = None,
    ) -> None:
        """Declare the channels.

        `channels` maps names to arguments, which are added to `defaults` or override them; tags are merged. Or
        `channels` is the path of a YAML or JSON file with ``channels`` and optional ``defaults``. The argument
        `defaults` overrides the file's.

        `max_rotations_per_up` is the maximum number of keys that one run rotates because of their age, 1 or more. The
        others wait for the next run, and a message says so, also in a preview. A key that has reached twice its maximum
        age does not wait. Rotations because of `rotation_triggers` are not limited, and do not count.

        ValueError and TypeError for invalid arguments name the channel, or the file, line and field.
        """
        subject = f"LiveChannels {resource_name!r}"
        if max_rotations_per_up is not None and (
            isinstance(max_rotations_per_up, bool)
            or not isinstance(max_rotations_per_up, int)
            or max_rotations_per_up < 1
        ):
            raise ValueError(
                f"{subject}: max_rotations_per_up: expected a whole number, 1 or more, got "
                f"{kind_of(max_rotations_per_up)}. Leave it out for no limit."
            )
        common = _as_mapping(subject, "defaults", defaults)
        read = None
        if isinstance(channels, str | Path):
            read = fleet_file.read(channels, [name for name in ARGUMENTS if name not in _SET_BY_FLEET | _NOT_IN_FILES])
            channels, common = read.channels, _merged(read.defaults, common)
        if not isinstance(channels, Mapping):
            raise TypeError(
                f"{subject}: channels: expected a mapping by name, or the path of a file, got {kind_of(channels)}."
            )
        for name in channels:
            if not isinstance(name, str) or not name:
                raise TypeError(f"{subject}: channels: expected names that are text, got {kind_of(name)}.")
        with _with_location(read, f"{subject}: defaults", ("defaults",)):
            common = resource_arguments.validated(common, f"{subject}: defaults")
        declared = {}
        taken = Taken()
        for name, arguments in channels.items():
            own = f"{subject}: channels[{name!r}]"
            with _with_location(read, own, ("channels", name)):
                given = _merged(common, _as_mapping(subject, f"channels[{name!r}]", arguments))
                given = resource_arguments.validated(given, own)
                region = given.get("region")
                taken.take(own, name, destinations(own, name, given.get("publish_to"), region), region, None)
            declared[name] = given
        super().__init__("ivs:index:LiveChannels", resource_name, {}, opts)
        # The alias lets a LiveChannel that was declared without a fleet move into it, with its children.
        alone = pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)
        child = pulumi.ResourceOptions(parent=self, aliases=[alone])
        shared = self._shared_resources(resource_name, common, subject)
        declared = {
            name: {
                **given,
                **{field: value for field, value in shared.items() if given.get(field) is common.get(field)},
            }
            for name, given in declared.items()
        }
        self.channels: Mapping[str, LiveChannel] = {
            name: LiveChannel(
                name,
                LiveChannelArgs(**given, **_schedule(resource_name, name, given, max_rotations_per_up)),
                child,
            )
            for name, given in declared.items()
        }
        """The LiveChannels, by name."""

        def by_name(output: Callable[[LiveChannel], Any]) -> Mapping[str, Any]:
            return {name: output(channel) for name, channel in self.channels.items()}

        self.channel_arns = by_name(lambda channel: channel.channel_arn)
        self.playback_urls = by_name(lambda channel: channel.playback_url)
        self.ingest_urls = by_name(lambda channel: channel.ingest_url)
        self.stream_key_arns = by_name(lambda channel: channel.stream_key_arn)
        self.stream_keys = by_name(lambda channel: channel.stream_key)
        self.published = by_name(lambda channel: channel.published)
        self.rotations_due_at = by_name(lambda channel: channel.key.rotation_due_at)
        self.register_outputs({})

    def _shared_resources(self, name: str, common: Mapping[str, Any], subject: str) -> dict[str, Any]:
        """Create the resources that `defaults` ask for, once for all channels; return arguments that refer to them."""
        child = pulumi.ResourceOptions(parent=self)
        place = {name: common.get(name) for name in ("region", "tags", "connection")}
        # The provider from `opts`, or inherited from a parent. The SDK has no public attribute for it.
        provider = self._providers.get("aws")
        if provider is not None and place["connection"] is None:
            place["connection"] = connection_of(provider, subject)
        shared = {}
        if isinstance(common.get("recording"), Recording):
            shared["recording"] = made_for_channels.recording(name, common["recording"], place, child, subject)
        if isinstance(common.get("playback_restriction"), PlaybackRestriction):
            arn = made_for_channels.restriction(name, common["playback_restriction"], place, child, subject)
            shared |= {"playback_restriction": None, "playback_restriction_policy_arn": arn}
        if common.get("playback_authorization") not in (None, True, False):
            public_key = common["playback_authorization"]
            shared["playback_authorization"] = made_for_channels.authorization(name, public_key, place, child, subject)
        return shared


@contextlib.contextmanager
def _with_location(read: fleet_file.FleetFile | None, subject: str, section: tuple[str, ...]) -> Iterator[None]:
    """Add the file, line and field to errors about an argument in the file; these errors begin with `subject`."""
    try:
        yield
    except (TypeError, ValueError) as error:
        argument, colon, message = str(error).removeprefix(f"{subject}: ").partition(": ")
        if read is None or not colon:
            raise
        located = read.at((*section, argument), message)
        if located is None and section[0] == "channels":
            located = read.at(("defaults", argument), message, section[1])
        if located is None:
            raise
        raise type(error)(located) from None


def phase_of(name: str, days: float) -> int:
    """Return the day, in a cycle of `days`, on which the key of the channel `name` rotates."""
    digest = hashlib.sha256(name.encode()).digest()
    return int.from_bytes(digest[:8], "big") % max(1, math.floor(days))


def _schedule(fleet: str, name: str, given: Mapping[str, Any], most: int | None) -> dict[str, Any]:
    """Return the argument that spreads rotations, for a channel whose key rotates by age."""
    days = given.get("rotation_days")
    if days is None:
        return {}
    limit = {} if most is None else {"group": fleet, "most": most}
    if isinstance(days, pulumi.Output) or inspect.isawaitable(days):
        # `reusable` returns the same output here and for the key's own `rotation_days`.
        phase = reusable(days).apply(lambda found: _phase(name, found))
        return {"rotation_schedule": {"phase": phase, **limit}}
    return {"rotation_schedule": {"phase": _phase(name, days), **limit}}


def _phase(name: str, days: Any) -> int:
    # 0 for an invalid number of days, which StreamKey refuses.
    return phase_of(name, days) if isinstance(days, int | float) and 1 <= days <= _MOST_DAYS else 0


def _as_mapping(subject: str, where: str, given: Mapping[str, Any] | LiveChannelArgs | None) -> dict[str, Any]:
    if given is None:
        return {}
    if isinstance(given, LiveChannelArgs):
        default = vars(LiveChannelArgs())
        return {name: value for name, value in vars(given).items() if value is not default[name]}
    if not isinstance(given, Mapping):
        raise TypeError(
            f"{subject}: {where}: expected a mapping of arguments or a LiveChannelArgs, got {kind_of(given)}."
        )
    for name in given:
        if name not in ARGUMENTS or name in _SET_BY_FLEET:
            raise TypeError(
                f"{subject}: {where}: there is no argument {describe_name(name, ARGUMENTS)}. There are "
                f"{', '.join(one for one in ARGUMENTS if one not in _SET_BY_FLEET)}."
            )
    return dict(given)


def _merged(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults overridden by a channel's own arguments. Tags are merged if both are mappings."""
    merged = {**defaults, **own}
    before, after = defaults.get("tags"), own.get("tags")
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        merged["tags"] = {**before, **after}
    return merged
