"""The command ``rehearse``."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line, or say how to install what it needs."""
    try:
        from rehearsal.cli import app  # noqa: PLC0415 - what may be missing has to be caught here
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"filelock", "jsonschema", "moto", "rich", "typer", "yaml"}:
            raise
        sys.exit(f"rehearse needs {error.name}: install pulumi-ivs-stream-key[testing]")
    app()


if __name__ == "__main__":
    main()
