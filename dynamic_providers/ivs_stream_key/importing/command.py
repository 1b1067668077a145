"""``python -m ivs_stream_key import``: writes the file that brings existing stream keys under Pulumi."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ivs_stream_key.command_line import UsageError, add_config_option, config_of, pairs, tell, unusable_file
from ivs_stream_key.importing.import_file import Entry, text_of, write_privately
from ivs_stream_key.importing.resources import CannotImport, Importer, Named, named
from ivs_stream_key.ivs.channels import Channel
from ivs_stream_key.ivs.ownership import parse_mark
from ivs_stream_key.messages.descriptions import kind_of
from ivs_stream_key.messages.formatting import format_value
from ivs_stream_key.messages.nesting import TOO_DEEP, is_too_deep
from ivs_stream_key.properties import (
    CONNECTION,
    DELETION_PROTECTION,
    EXISTING_KEY,
    EXISTING_KEY_CHOICES,
    OWNER_TAG,
    ROTATION_DAYS,
    ROTATION_TRIGGERS,
    WHEN_LIVE,
    WHEN_LIVE_CHOICES,
)

if TYPE_CHECKING:
    from ivs_stream_key.command_line import Parser

__all__ = ["add_to"]

_STDOUT: Final = "-"
_STEP: Final = 25
_PROTECT: Final = "true"
_NO_PROTECT: Final = "false"
_DESCRIPTION: Final = """\
Write the file for `pulumi import --file` that brings stream keys under Pulumi as they are: no key is rotated, nothing
is changed in AWS. The file holds the keys: only you can read it, and it is best deleted after the import.
"""
_EPILOG: Final = """\
Repeat here what the program declares of a key besides its channel and tags (above all rotation triggers): else the
next `pulumi up` would change the key. Check `pulumi preview` first: it must show no change except of tags that this
command reports.
"""


def add_to(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add the command to those of a parser."""
    command = commands.add_parser(
        "import",
        help="write the file for `pulumi import --file`",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    command.set_defaults(action=_import)
    which = command.add_argument_group("which keys")
    which.add_argument(
        "channels", nargs="*", metavar="CHANNEL_ARN[=NAME]", help="a channel, and the name of its key in the program"
    )
    which.add_argument("--all", action="store_true", help="all channels of the account in one region")
    which.add_argument("--region", help="the region for --all; aws:region or AWS_REGION by default")
    which.add_argument(
        "--tag",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="with --all, only those that have this tag (repeatable)",
    )

    program = command.add_argument_group("how the program declares them")
    program.add_argument(
        "--name",
        default="{name}",
        metavar="PATTERN",
        help="names in the program: text with {name} (of the channel), {id}, {account}, {region}, {resource} (that the "
        "key's owner tag names, else {name}); default %(default)s",
    )
    program.add_argument("--live-channel", action="store_true", help="as LiveChannels, with their channels")
    program.add_argument("--parent", metavar="URN", help="below a resource that is in the stack")
    program.add_argument("--rotation-triggers", metavar="JSON", help='such as \'{"rotation": "initial"}\'')
    program.add_argument(
        "--secret-rotation-triggers", metavar="FILE", help="those that are secrets in the program, as a JSON object"
    )
    program.add_argument("--rotation-days", metavar="N")
    program.add_argument("--existing-key", choices=EXISTING_KEY_CHOICES)
    program.add_argument("--when-live", choices=WHEN_LIVE_CHOICES)
    program.add_argument("--deletion-protection", action="store_true")
    program.add_argument("--connection", metavar="FILE", help="the connection, in JSON, also used for the calls to AWS")
    program.add_argument(
        "--protect",
        choices=(_PROTECT, _NO_PROTECT),
        default=_PROTECT,
        help="whether they have the option protect, as `pulumi import` sets it by default; %(default)s",
    )

    add_config_option(command)
    command.add_argument(
        "--out", default="import.json", metavar="FILE", help="the file, which must not exist; - for stdout; %(default)s"
    )


def _import(given: argparse.Namespace) -> int:
    _refuse_contradictions(given)
    out = Path(given.out)
    if given.out != _STDOUT and out.exists():
        raise UsageError(f"--out: expected a file that does not exist, got {given.out}. Delete it, or name another.")
    config = config_of(given)
    secret_triggers = _mapping("--secret-rotation-triggers", _read("--secret-rotation-triggers", given)) or {}
    importer = Importer(config, _declared(given, secret_triggers), secret_triggers)
    found = _found(importer, given, config)
    entries = importer.entries(found, given.parent, live_channels=given.live_channel)
    updates = list(importer.updates(found, entries, live_channels=given.live_channel))
    for update in updates:
        tell(update)
    # Entries may have any names; the name that stands for a URN must be none of those.
    text = text_of(entries, {given.parent: given.parent} if given.parent else {})
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
    protected = given.protect == _PROTECT
    tell(f"Next: pulumi import --file {given.out} --generate-code=false{'' if protected else ' --protect=false'}")
    options = ", with ResourceOptions(protect=True)" if protected else ""
    change = "no other change" if updates else "no change"
    tell(f"Then declare them in the program{options}, check that `pulumi preview` shows {change}, and delete the file.")
    if protected and not given.live_channel:
        tell(
            "Pulumi replaces nothing that is protected. To rotate such a key: `pulumi state unprotect URN`, then "
            "`pulumi up`. Or import it with --protect=false, here and there."
        )
    return 0


def _report_owners(entries: Iterable[Entry]) -> None:
    """Report whether the keys have an owner tag, and whose: an import leaves it as it is."""
    tags = [entry.outputs[OWNER_TAG] for entry in entries if OWNER_TAG in entry.outputs]
    without = tags.count("")
    if without:
        tell(
            f"{without} of them without an owner tag, until the next rotation: another stack with a StreamKey on the "
            "channel treats such a key as unmanaged."
        )
    for tag in filter(None, tags):
        mark = parse_mark(tag)
        whose = format_value(mark.name) if mark else "another StreamKey"
        tell(f"One was created for {whose}: check that no other stack's state still has it.")


def _refuse_contradictions(given: argparse.Namespace) -> None:
    if bool(given.channels) == given.all:
        raise UsageError("expected channels, or --all, one of the two.")
    if given.tag and not given.all:
        raise UsageError("--tag: expected only with --all; named channels are imported whatever their tags.")
    if given.region and not given.all:
        raise UsageError("--region: expected only with --all; a named channel is in the region of its ARN.")
    if given.parent and not given.parent.startswith("urn:pulumi:"):
        raise UsageError(f"--parent: expected a URN (urn:pulumi:…), got {format_value(given.parent)}.")


def _found(importer: Importer, given: argparse.Namespace, config: Mapping[str, str]) -> list[tuple[Named, str]]:
    """Return the channels with their names and the ARNs of their keys; with --all, only channels that have a key."""
    wanted = _all_channels(importer, given, config) if given.all else _named_channels(importer, given.channels)
    keys: dict[str, str] = {}
    resources: dict[str, str | None] = {}
    with_key: list[tuple[Channel, str | None]] = []
    for done, (channel, name) in enumerate(wanted):
        if done and done % _STEP == 0:
            tell(f"{done} of {len(wanted)} channels")
        key = importer.key_of(channel)
        if key is not None:
            mark = parse_mark(key.mark)
            keys[channel.arn.text], resources[channel.arn.text] = key.arn, mark.resource if mark else None
            with_key.append((channel, name))
        elif given.all:
            tell(f"{channel.arn} has no stream key, and is left out.")
        else:
            raise CannotImport(
                f"The channel {channel.arn} has no stream key.",
                resource=channel.arn.text,
                remedy="leave it out: `pulumi up` creates its key.",
            )
    return [(one, keys[one.channel.arn.text]) for one in named(with_key, given.name, resources)]


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
    places = (
        given.region,
        config.get("aws:region"),
        os.environ.get("AWS_REGION"),
        os.environ.get("AWS_DEFAULT_REGION"),
    )
    region = next((place for place in places if place), None)
    if region is None:
        raise UsageError("--all: expected a region with it; give --region.")
    found = list(importer.channels(region, pairs("--tag", given.tag)))
    if not found:
        raise CannotImport(
            f"There are no such channels in {region}.", remedy="check --region, --tag and the credentials."
        )
    return [(channel, None) for channel in found]


def _declared(given: argparse.Namespace, secret_triggers: Mapping[str, Any]) -> dict[str, Any]:
    triggers = _mapping("--rotation-triggers", given.rotation_triggers)
    both = sorted((triggers or {}).keys() & secret_triggers.keys())
    if both:
        raise UsageError(f"--secret-rotation-triggers: {both[0]!r} is given with --rotation-triggers already.")
    declared = {
        ROTATION_TRIGGERS: None
        if triggers is None and not secret_triggers
        else {**(triggers or {}), **secret_triggers},
        ROTATION_DAYS: _days(given.rotation_days),
        EXISTING_KEY: given.existing_key,
        WHEN_LIVE: given.when_live,
        # A LiveChannel with protect declares this of its key.
        DELETION_PROTECTION: given.deletion_protection or (given.live_channel and given.protect == _PROTECT) or None,
        CONNECTION: _mapping("--connection", _read("--connection", given)),
    }
    return {name: value for name, value in declared.items() if value is not None}


def _days(text: str | None) -> float | None:
    """Parse the number; the checks of a StreamKey's inputs validate it."""
    try:
        return None if text is None else float(text)
    except ValueError:
        raise UsageError(f"--rotation-days: expected a whole number of days, 1 or more, got {kind_of(text)}.") from None


def _mapping(option: str, text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if is_too_deep(found):
        raise UsageError(f"{option}: {TOO_DEEP}")
    if not isinstance(found, dict):
        # Not quoted: it may hold secrets.
        raise UsageError(f"{option}: expected a JSON object, got something else.")
    return found


def _read(option: str, given: argparse.Namespace) -> str | None:
    file = getattr(given, option.removeprefix("--").replace("-", "_"))
    if file is None:
        return None
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise unusable_file(option, file, f"read: {reason}") from None
