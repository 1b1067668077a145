"""The command ``rehearse``."""

from __future__ import annotations

import sys

from rehearsal.missing_extra import MissingExtra, needing_the_extra

__all__ = ["main"]


def main() -> None:
    """Run the command line; if a package is missing, print how to install it."""
    try:
        with needing_the_extra("rehearse"):
            from rehearsal.cli import app  # noqa: PLC0415 - a missing package has to be caught here
    except MissingExtra as error:
        sys.exit(f"error: {error}")
    app()


if __name__ == "__main__":
    main()
