"""The options of the import command, and the inputs of the keys that they give."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ivs_stream_key.command_line import UsageError, add_config_option, add_region_options, unusable_file
from ivs_stream_key.messages.descriptions import kind_of
from ivs_stream_key.messages.formatting import format_value
from ivs_stream_key.messages.nesting import TOO_DEEP, is_too_deep
from ivs_stream_key.properties import (
    CONNECTION,
    DELETION_PROTECTION,
    EXISTING_KEY,
    EXISTING_KEY_CHOICES,
    ROTATION_DAYS,
    ROTATION_TRIGGERS,
    WHEN_LIVE,
    WHEN_LIVE_CHOICES,
)

__all__ = ["PROTECT", "add_arguments", "check_combinations", "declared_inputs", "secret_triggers"]

PROTECT: Final = "true"
_NO_PROTECT: Final = "false"


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Add the arguments and options to the command's parser."""
    which = command.add_argument_group("which keys")
    which.add_argument(
        "channels", nargs="*", metavar="CHANNEL_ARN[=NAME]", help="a channel, and the name of its key in the program"
    )
    add_region_options(which)
    which.add_argument(
        "--tag",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="with --all, only channels that have this tag (repeatable)",
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
        "--secret-rotation-triggers",
        metavar="FILE",
        help="rotation triggers that are secrets in the program, as a JSON object",
    )
    program.add_argument("--rotation-days", metavar="N")
    program.add_argument("--existing-key", choices=EXISTING_KEY_CHOICES)
    program.add_argument("--when-live", choices=WHEN_LIVE_CHOICES)
    program.add_argument("--deletion-protection", action="store_true")
    program.add_argument("--connection", metavar="FILE", help="the connection, in JSON, also used for the calls to AWS")
    program.add_argument(
        "--protect",
        choices=(PROTECT, _NO_PROTECT),
        default=PROTECT,
        help="whether the resources have the option protect, as `pulumi import` sets it by default; %(default)s",
    )

    add_config_option(command)
    command.add_argument(
        "--out", default="import.json", metavar="FILE", help="the file, which must not exist; - for stdout; %(default)s"
    )


def check_combinations(given: argparse.Namespace) -> None:
    """UsageError for options that cannot be combined."""
    if bool(given.channels) == given.all:
        raise UsageError("expected channels, or --all, one of the two.")
    if given.tag and not given.all:
        raise UsageError("--tag: expected only with --all; named channels are imported whatever their tags.")
    if given.region and not given.all:
        raise UsageError("--region: expected only with --all; a named channel is in the region of its ARN.")
    if given.parent and not given.parent.startswith("urn:pulumi:"):
        raise UsageError(f"--parent: expected a URN (urn:pulumi:…), got {format_value(given.parent)}.")


def secret_triggers(given: argparse.Namespace) -> dict[str, Any]:
    """Return the rotation triggers that are secrets in the program."""
    return _parse_mapping("--secret-rotation-triggers", _read_file("--secret-rotation-triggers", given)) or {}


def declared_inputs(given: argparse.Namespace, secret_triggers: Mapping[str, Any]) -> dict[str, Any]:
    """Return the inputs that the program declares for each key, besides its channel and tags."""
    triggers = _parse_mapping("--rotation-triggers", given.rotation_triggers)
    repeated = sorted((triggers or {}).keys() & secret_triggers.keys())
    if repeated:
        raise UsageError(f"--secret-rotation-triggers: {repeated[0]!r} is given with --rotation-triggers already.")
    declared = {
        ROTATION_TRIGGERS: None
        if triggers is None and not secret_triggers
        else {**(triggers or {}), **secret_triggers},
        ROTATION_DAYS: _parse_days(given.rotation_days),
        EXISTING_KEY: given.existing_key,
        WHEN_LIVE: given.when_live,
        # A LiveChannel with the option protect sets this on its key.
        DELETION_PROTECTION: given.deletion_protection or (given.live_channel and given.protect == PROTECT) or None,
        CONNECTION: _parse_mapping("--connection", _read_file("--connection", given)),
    }
    return {name: value for name, value in declared.items() if value is not None}


def _parse_days(text: str | None) -> float | None:
    """Parse the number; the checks of a StreamKey's inputs validate it."""
    try:
        return None if text is None else float(text)
    except ValueError:
        raise UsageError(f"--rotation-days: expected a whole number of days, 1 or more, got {kind_of(text)}.") from None


def _parse_mapping(option: str, text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    except RecursionError:
        # The depth at which json.loads fails differs between versions of Python.
        raise UsageError(f"{option}: {TOO_DEEP}") from None
    if is_too_deep(value):
        raise UsageError(f"{option}: {TOO_DEEP}")
    if not isinstance(value, dict):
        # Not quoted: it may hold secrets.
        raise UsageError(f"{option}: expected a JSON object, got something else.")
    return value


def _read_file(option: str, given: argparse.Namespace) -> str | None:
    file = getattr(given, option.removeprefix("--").replace("-", "_"))
    if file is None:
        return None
    try:
        return Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise unusable_file(option, file, f"read: {reason}") from None
