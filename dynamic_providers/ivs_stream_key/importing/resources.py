"""Builds the entries for ``pulumi import`` that bring existing stream keys under Pulumi.

Nothing is changed in AWS, and no key is rotated. An entry holds the inputs that the program is to declare and the
current outputs of the key, so that the next `pulumi up` finds nothing to change.
"""

import string
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Final

from pulumi.dynamic import Config, ConfigureRequest
from pulumi.dynamic.dynamic import PROVIDER_KEY, serialize_provider

from ivs_stream_key import clock
from ivs_stream_key.aws import arns
from ivs_stream_key.aws_config.settings import config_values
from ivs_stream_key.connection import with_secrets
from ivs_stream_key.errors import StreamKeyError
from ivs_stream_key.importing.import_file import Entry, secret
from ivs_stream_key.ivs.channels import Channel, Channels
from ivs_stream_key.ivs.clients import Clients
from ivs_stream_key.ivs.stream_keys import Listed
from ivs_stream_key.ivs.tags import without_system_tags
from ivs_stream_key.lifecycle import rotation
from ivs_stream_key.messages.formatting import format_value
from ivs_stream_key.properties import ARN, CONNECTION, EXISTING_KEY, REPLACE, ROTATION_TRIGGERS, TAGS, TAGS_ALL, VALUE
from ivs_stream_key.provider import StreamKeyProvider

__all__ = ["CannotImport", "Importer", "Named", "assign_names"]

_STREAM_KEY: Final = "pulumi-python:dynamic/ivs:StreamKey"
_CHANNEL: Final = "aws:ivs/channel:Channel"
_LIVE_CHANNEL: Final = "ivs:index:LiveChannel"
# The fields of a pattern for names.
_FIELDS: Final = ("name", "id", "account", "region", "resource")


class CannotImport(StreamKeyError):
    """A stream key cannot be imported as requested."""


@dataclass(frozen=True, slots=True)
class Named:
    """A channel, and the name of its key in the program."""

    channel: Channel
    name: str


class Importer:
    """Builds entries of existing stream keys.

    `config` is the stack's config (``aws:profile`` and so on). `declared` is what the program declares of every key
    besides its channel and tags, by the names of StreamKey's arguments. `secret_triggers` are the names of the rotation
    triggers that are secrets in the program. BadSettings if the settings are invalid.
    """

    def __init__(
        self, config: Mapping[str, Any], declared: Mapping[str, Any], secret_triggers: Collection[str] = ()
    ) -> None:
        self._provider = StreamKeyProvider()
        self._provider.configure(ConfigureRequest(Config(dict(config), "")))
        clients, connection = Clients(config_values(config.get, config)), declared.get(CONNECTION)
        for problem in clients.problems(connection):
            raise problem
        self._clients = clients.of(connection)
        self._declared = dict(declared)
        self._secret_triggers = frozenset(secret_triggers)
        self._pickle = serialize_provider(StreamKeyProvider())

    def channel(self, arn: str) -> Channel:
        """Return the channel with this ARN; a StreamKeyError if it does not exist."""
        parsed = arns.parse(arn, arns.CHANNEL)
        return Channels(self._clients.client(parsed.region)).get(parsed)

    def channels(self, region: str, tags: Mapping[str, str]) -> Iterator[Channel]:
        """Yield the channels in `region` that have all of `tags`."""
        yield from Channels(self._clients.client(region)).tagged(tags)

    def key_of(self, channel: Channel) -> Listed | None:
        """Return the channel's stream key, None if it has none; CannotImport if it has several."""
        found = list(self._clients.ivs(channel.arn).keys_of(channel.arn.text))
        if len(found) > 1:
            raise CannotImport(
                f"The channel {channel.arn} has several stream keys.",
                resource=channel.arn.text,
                expected="one stream key",
                got=", ".join(key.arn for key in found),
                remedy="delete the keys that should not be imported.",
            )
        return found[0] if found else None

    def entry(self, key_arn: str, name: str, logical_name: str, parent: str | None) -> Entry:
        """Return the entry of a stream key as it is now; CannotImport if what is declared is invalid."""
        read = self._provider.read(key_arn, {**self._declared, ARN: key_arn})
        if not read.id:
            raise CannotImport(
                f"The stream key {key_arn} has just been deleted.", resource=key_arn, remedy="run the import again."
            )
        given = {**self._declared, **(read.inputs or {}), PROVIDER_KEY: self._pickle}
        # Passing old inputs makes this the check of an existing key, which makes no calls to AWS.
        checked = self._provider.check(given, given)
        for failure in checked.failures or ():
            raise CannotImport(
                f"The stream key {key_arn} cannot be declared that way.",
                resource=key_arn,
                got=f"{failure.property}: {failure.reason}" if failure.property else failure.reason,
                remedy="correct what is declared, or the key's tags in AWS.",
            )
        outputs = {
            EXISTING_KEY: REPLACE,
            **checked.inputs,
            **(read.outs or {}),
            **rotation.creation_and_due_time(checked.inputs, clock.timestamp()),
        }
        return Entry(
            type=_STREAM_KEY,
            name=name,
            logical_name=logical_name,
            id=key_arn,
            parent=parent,
            inputs=self._with_marked_secrets(checked.inputs),
            outputs=self._with_marked_secrets({**outputs, VALUE: secret(outputs[VALUE])}),
        )

    def _with_marked_secrets(self, props: Mapping[str, Any]) -> dict[str, Any]:
        """Return properties with the secrets of the connection and the triggers marked, as a program marks them."""
        marked, triggers = dict(props), props.get(ROTATION_TRIGGERS)
        if props.get(CONNECTION) is not None:
            marked[CONNECTION] = with_secrets(props[CONNECTION], secret)
        if triggers is not None:
            marked[ROTATION_TRIGGERS] = {
                name: secret(value) if name in self._secret_triggers else value for name, value in triggers.items()
            }
        return marked

    def entries(self, found: Iterable[tuple[Named, str]], parent: str | None, *, live_channels: bool) -> list[Entry]:
        """Return the entries of channels and the ARNs of their keys, below `parent` if given.

        With `live_channels` each key is below a LiveChannel of its name, next to the channel itself.
        """
        entries: list[Entry] = []
        for wanted, key_arn in found:
            name = wanted.name
            if not live_channels:
                entries.append(self.entry(key_arn, name, name, parent))
                continue
            arn, version = wanted.channel.arn.text, _installed_version("pulumi-aws")
            entries += [
                Entry(_LIVE_CHANNEL, name, name, parent=parent, component=True),
                Entry(_CHANNEL, f"{name}/channel", name, id=arn, parent=name, version=version),
                self.entry(key_arn, f"{name}/key", name, name),
            ]
        for name, count in Counter(entry.name for entry in entries).items():
            if count > 1:
                raise CannotImport(
                    f"{count} resources would have the name {name!r} in the file.",
                    expected="a name for each: a LiveChannel's children are NAME/channel and NAME/key",
                    got=f"{count} of one name",
                    remedy="give one of the channels another name (CHANNEL_ARN=NAME).",
                )
        return entries

    def describe_updates(
        self, found: Iterable[tuple[Named, str]], entries: Iterable[Entry], *, live_channels: bool
    ) -> Iterator[str]:
        """Describe the changes of tags that the first `pulumi up` makes, one text for each key that it changes.

        CreateChannel creates a key without tags, but a LiveChannel declares the channel's tags for its key too. The
        description includes default tags.
        """
        tagging, by_id = self._clients.tagging(), {entry.id: entry for entry in entries}
        for wanted, key_arn in found:
            outputs, channel = by_id[key_arn].outputs, wanted.channel
            tags = without_system_tags(channel.tags)
            own = tagging.own(tags, {}) if live_channels else outputs[TAGS]
            changes = list(_tag_changes(outputs[TAGS_ALL], tagging.wanted(own)))
            if changes:
                yield (
                    f"The first `pulumi up` updates the stream key {wanted.name} in place, and does not rotate it: it "
                    f"{', '.join(changes)}."
                )


def _tag_changes(current: Mapping[str, str], declared: Mapping[str, str]) -> Iterator[str]:
    for what, names in (
        ("gets the tags", sorted(declared.keys() - current.keys())),
        (
            "gets other values of the tags",
            sorted(name for name in declared.keys() & current.keys() if declared[name] != current[name]),
        ),
        ("loses the tags", sorted(current.keys() - declared.keys())),
    ):
        if names:
            yield f"{what} {', '.join(names)}"


def assign_names(
    channels: Iterable[tuple[Channel, str | None]], pattern: str, resources: Mapping[str, str | None] | None = None
) -> list[Named]:
    """Return channels with their names in the program: the given name, or the one that `pattern` yields.

    `pattern` may use the fields {name} (in IVS; the id if the channel has no name), {id}, {account}, {region}, and
    {resource}: the name that its key's owner tag has, by the channel's ARN in `resources`; without one, {name}.
    CannotImport if two channels get the same name.
    """
    known = resources or {}
    found = [
        Named(channel, name or _name_from(pattern, channel, known.get(channel.arn.text))) for channel, name in channels
    ]
    for name, count in Counter(one.name for one in found).items():
        if count > 1:
            raise CannotImport(
                f"{count} stream keys would have the name {name!r} in the program.",
                expected="a name for each",
                got=", ".join(one.channel.arn.text for one in found if one.name == name),
                remedy="name them (CHANNEL_ARN=NAME), or give a pattern with {id} in it (--name '{name}-{id}').",
            )
    return found


def _name_from(pattern: str, channel: Channel, resource: str | None) -> str:
    name = channel.name or channel.id
    values = (name, channel.id, channel.arn.account, channel.arn.region, resource or name)
    fields = dict(zip(_FIELDS, values, strict=True))
    try:
        parts = list(string.Formatter().parse(pattern))
    except ValueError:
        parts = [("", "", "", None)]
    if any(field is not None and (field not in fields or spec or conversion) for _, field, spec, conversion in parts):
        raise CannotImport(
            "The pattern for names cannot be used.",
            expected=f"text with {', '.join(f'{{{field}}}' for field in _FIELDS)}",
            got=format_value(pattern),
            remedy="write for example --name '{name}-key'.",
        )
    name = "".join(text + (fields[field] if field else "") for text, field, _, _ in parts)
    if not name:
        raise CannotImport(
            "The pattern for names yields no name.", got=format_value(pattern), remedy="write for example '{name}'."
        )
    return name


def _installed_version(distribution: str) -> str | None:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return None
