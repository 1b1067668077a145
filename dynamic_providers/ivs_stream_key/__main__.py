"""The command line: ``python -m ivs_stream_key import …`` and ``python -m ivs_stream_key audit …``."""

import sys
from collections.abc import Sequence

from ivs_stream_key.audit import command as audit
from ivs_stream_key.importing import command as importing

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Run a command; return its exit code."""
    if arguments[:1] == ["audit"]:
        return audit.main(arguments[1:])
    return importing.main(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
