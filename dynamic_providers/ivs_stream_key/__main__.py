"""The command line: ``python -m ivs_stream_key import …`` and ``python -m ivs_stream_key audit …``."""

import sys
from collections.abc import Sequence

from ivs_stream_key.audit import command as audit
from ivs_stream_key.command_line import Parser, run
from ivs_stream_key.importing import command as importing

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Run a command; return its exit code."""
    return run(parser(), arguments)


def parser() -> Parser:
    """Return the parser of both commands."""
    both = Parser(prog="python -m ivs_stream_key", allow_abbrev=False)
    commands = both.add_subparsers(required=True, metavar="COMMAND")
    importing.add_to(commands)
    audit.add_to(commands)
    return both


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
