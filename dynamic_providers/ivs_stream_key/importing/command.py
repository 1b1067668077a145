"""``python -m ivs_stream_key import``: writes the file that brings existing stream keys under Pulumi."""

import argparse
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ivs_stream_key.command_line import UsageError, config_of, pairs, tell
from ivs_stream_key.importing.arguments import (
    PROTECT,
    add_arguments,
    check_combinations,
    declared_inputs,
    secret_triggers,
)
from ivs_stream_key.importing.import_file import Entry, file_text, write_privately
from ivs_stream_key.importing.resources import CannotImport, Importer, Named, assign_names
from ivs_stream_key.ivs.channels import Channel
from ivs_stream_key.ivs.ownership import parse_owner_tag
from ivs_stream_key.messages.formatting import format_value
from ivs_stream_key.properties import OWNER_TAG

if TYPE_CHECKING:
    from ivs_stream_key.command_line import Parser

__all__ = ["add_to"]

_STDOUT: Final = "-"
_PROGRESS_INTERVAL: Final = 25
_DESCRIPTION: Final = """\
Write the file for `pulumi import --file` that brings stream keys under Pulumi as they are: no key is rotated, nothing
is changed in AWS. The file holds the keys. Only you can read it; delete it after the import.
"""
_EPILOG: Final = """\
Repeat here what the program declares of a key besides its channel and tags (above all rotation triggers): else the
next `pulumi up` would change the key. Check `pulumi preview` first: it must show no change except of tags that this
command reports.
"""


def add_to(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add the subcommand ``import`` to a parser."""
    command = commands.add_parser(
        "import",
        help="write the file for `pulumi import --file`",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    command.set_defaults(action=_import)
    add_arguments(command)


def _import(given: argparse.Namespace) -> int:
    check_combinations(given)
    out = Path(given.out)
    if given.out != _STDOUT and out.exists():
        raise UsageError(f"--out: expected a file that does not exist, got {given.out}. Delete it, or name another.")
    config = config_of(given)
    secrets = secret_triggers(given)
    importer = Importer(config, declared_inputs(given, secrets), secrets)
    found = _channels_and_keys(importer, given, config)
    entries = importer.entries(found, given.parent, live_channels=given.live_channel)
    updates = list(importer.describe_updates(found, entries, live_channels=given.live_channel))
    for update in updates:
        tell(update)
    # The name for the parent's URN in the file must differ from the names of all entries.
    text = file_text(entries, {given.parent: given.parent} if given.parent else {})
    try:
        text.encode()
    except UnicodeEncodeError:
        raise CannotImport(
            "A name is no text in UTF-8.", remedy="give other names, with CHANNEL_ARN=NAME or --name."
        ) from None
    if given.out == _STDOUT:
        sys.stdout.write(text)
        return 0
    try:
        write_privately(out, text)
    except OSError as error:
        raise CannotImport(
            f"The file {given.out} could not be written.",
            got=error.strerror or str(error),
            remedy="name another with --out.",
        ) from None
    tell(
        f"{len(found)} stream {'key' if len(found) == 1 else 'keys'} in {given.out}, in plaintext: keep it to yourself."
    )
    _report_owners(entries)
    protected = given.protect == PROTECT
    tell(f"Next: pulumi import --file {given.out} --generate-code=false{'' if protected else ' --protect=false'}")
    options = ", with ResourceOptions(protect=True)" if protected else ""
    change = "no other change" if updates else "no change"
    tell(f"Then declare them in the program{options}, check that `pulumi preview` shows {change}, and delete the file.")
    if protected and not given.live_channel:
        tell(
            "Pulumi replaces nothing that is protected. To rotate such a key: `pulumi state unprotect URN`, then "
            "`pulumi up`. Or import it with --protect=false, given to this command and to `pulumi import`."
        )
    return 0


def _report_owners(entries: Iterable[Entry]) -> None:
    """Report which keys have no owner tag, and the owners of the others. An import does not change owner tags."""
    tags = [entry.outputs[OWNER_TAG] for entry in entries if OWNER_TAG in entry.outputs]
    without = tags.count("")
    if without:
        tell(
            f"{without} of them without an owner tag, until the next rotation: another stack with a StreamKey on the "
            "channel treats such a key as unmanaged."
        )
    for tag in filter(None, tags):
        owner_tag = parse_owner_tag(tag)
        owner = format_value(owner_tag.name) if owner_tag else "another StreamKey"
        tell(f"One was created for {owner}: check that no other stack's state still has it.")


def _channels_and_keys(
    importer: Importer, given: argparse.Namespace, config: Mapping[str, str]
) -> list[tuple[Named, str]]:
    """Return the channels with their names and the ARNs of their keys; with --all, only channels that have a key."""
    channels = _all_channels(importer, given, config) if given.all else _named_channels(importer, given.channels)
    keys: dict[str, str] = {}
    resources: dict[str, str | None] = {}
    with_key: list[tuple[Channel, str | None]] = []
    for done, (channel, name) in enumerate(channels):
        if done and done % _PROGRESS_INTERVAL == 0:
            tell(f"{done} of {len(channels)} channels")
        key = importer.key_of(channel)
        if key is not None:
            owner_tag = parse_owner_tag(key.owner_tag)
            keys[channel.arn.text], resources[channel.arn.text] = key.arn, owner_tag.resource if owner_tag else None
            with_key.append((channel, name))
        elif given.all:
            tell(f"{channel.arn} has no stream key, and is left out.")
        else:
            raise CannotImport(
                f"The channel {channel.arn} has no stream key.",
                resource=channel.arn.text,
                remedy="leave it out: `pulumi up` creates its key.",
            )
    return [(one, keys[one.channel.arn.text]) for one in assign_names(with_key, given.name, resources)]


def _named_channels(importer: Importer, channels: Sequence[str]) -> list[tuple[Channel, str | None]]:
    found = []
    given: dict[str, str] = {}
    for text in channels:
        arn, _, name = text.partition("=")
        if given.setdefault(arn, name) != name:
            names = " and ".join(repr(one) if one else "none" for one in (given[arn], name))
            raise UsageError(f"{arn}: expected one name for its key in the program, got {names}. Name it once.")
    for arn, name in given.items():
        found.append((importer.channel(arn), name or None))
    return found


def _all_channels(
    importer: Importer, given: argparse.Namespace, config: Mapping[str, str]
) -> list[tuple[Channel, str | None]]:
    regions = (
        given.region,
        config.get("aws:region"),
        os.environ.get("AWS_REGION"),
        os.environ.get("AWS_DEFAULT_REGION"),
    )
    region = next((name for name in regions if name), None)
    if region is None:
        raise UsageError("--all: expected a region with it; give --region.")
    found = list(importer.channels(region, pairs("--tag", given.tag)))
    if not found:
        raise CannotImport(
            f"There are no such channels in {region}.", remedy="check --region, --tag and the credentials."
        )
    return [(channel, None) for channel in found]
