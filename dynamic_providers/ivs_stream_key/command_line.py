"""What the commands of ``python -m ivs_stream_key`` have in common: parser, options, exit codes, and what they print.

A command is a function that takes the parsed options, and returns its exit code.
"""

import argparse
import re
import sys
import traceback
from collections.abc import Sequence
from typing import Final, NoReturn

from ivs_stream_key.aws_config.setting_values import CONFIG
from ivs_stream_key.aws_config.settings import NAMES
from ivs_stream_key.error_reporting import how_to_report
from ivs_stream_key.errors import StreamKeyError
from ivs_stream_key.messages.descriptions import kind_of, printable
from ivs_stream_key.messages.formatting import format_value, may_be_content
from ivs_stream_key.messages.redaction import redacted

__all__ = [
    "Parser",
    "UsageError",
    "add_config_option",
    "add_region_options",
    "config_of",
    "pairs",
    "run",
    "tell",
    "unusable_file",
]

_FAILED: Final = 1
_MISUSED: Final = 2
_INTERRUPTED: Final = 130
# argparse's errors quote the user's input, which may be a secret whose option was forgotten.
_QUOTED: Final = re.compile(
    r"(invalid choice|invalid \S+ value|ignored explicit argument|unrecognized arguments|ambiguous option):? "
    r"(?:.*(?= \(choose from )|.*)",
    re.DOTALL,
)


class UsageError(Exception):
    """The options cannot be combined, or one is invalid."""


class Parser(argparse.ArgumentParser):
    """A parser whose errors do not quote the user's input, which may be secret or contain control characters."""

    def error(self, message: str) -> NoReturn:
        """Print usage and `message` without the quoted input, and exit."""
        super().error(printable(redacted(_QUOTED.sub(r"\1", message), foreign=True)))


def run(parser: Parser, arguments: Sequence[str] | None) -> int:
    """Run the command in the arguments: each of the parser's subcommands sets its function as the default of `action`.

    Return its exit code: the command's own, 1 if it failed, 2 for wrong usage, 130 if it was interrupted.
    """
    try:
        given, unknown = parser.parse_known_args(arguments)
        if unknown:
            # Without their values, which may be secrets.
            options = [text.partition("=")[0] for text in unknown if text.startswith("-")]
            parser.error(f"there is no option {options[0]}" if options else f"{len(unknown)} arguments are too many")
    except SystemExit as end:
        # argparse raises SystemExit. Here the caller decides about exiting.
        return int(end.code or 0)
    try:
        return int(given.action(given))
    except UsageError as misuse:
        tell(f"error: {misuse}")
        return _MISUSED
    except StreamKeyError as error:
        tell(f"error: {error}")
        return _FAILED
    except KeyboardInterrupt:
        tell("interrupted: no file is written, and nothing in AWS has been changed.")
        return _INTERRUPTED
    except Exception as error:  # noqa: BLE001 - Python would show it unredacted
        error.add_note(how_to_report())
        tell("".join(traceback.format_exception(error)).rstrip(), foreign=True)
        return _FAILED


def add_region_options(parser: argparse._ActionsContainer) -> None:
    """Add the options ``--all`` and ``--region``: all channels of a region."""
    parser.add_argument("--all", action="store_true", help="all channels of the account in one region")
    parser.add_argument("--region", help="the region for --all; aws:region or AWS_REGION by default")


def add_config_option(parser: argparse.ArgumentParser) -> None:
    """Add the option ``--config``, which `config_of` reads."""
    parser.add_argument(
        "--config",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="config of the stack, such as aws:profile=vod, used for the calls to AWS (repeatable)",
    )


def config_of(given: argparse.Namespace) -> dict[str, str]:
    """Return the config given by ``--config``; UsageError if it is not of pulumi-aws."""
    config = pairs("--config", given.config)
    for key in config:
        if key not in map(CONFIG.of, NAMES):
            raise UsageError(
                f"--config: expected a setting of pulumi-aws, such as aws:profile, got {format_value(key)}."
            )
    return config


def pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    """Return the values of a repeatable option as a mapping; UsageError if one is not KEY=VALUE."""
    found = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not key or not equals:
            # Not quoted: text without a key is probably a value, which may be a secret.
            raise UsageError(
                f"{option}: expected KEY=VALUE, got {kind_of(text)} without {'a key' if equals else 'an ='}."
            )
        found[key] = value
    return found


def tell(text: str, *, foreign: bool = False) -> None:
    """Print to stderr, without secrets; `foreign` as of `redacted`."""
    print(printable(redacted(text, foreign=foreign)), file=sys.stderr)  # noqa: T201 - a command's output


def unusable_file(option: str, file: str, reason: str) -> UsageError:
    """Return the error for a file that cannot be read or written; its name is quoted if it can only be a name."""
    if may_be_content(file):
        return UsageError(f"{option}: expected the name of a file, got {kind_of(file)}.")
    return UsageError(f"{option}: {file} could not be {reason}.")
