"""Messages to the user other than exceptions: Pulumi shows them as diagnostics of the run, without secrets."""

import pulumi

from ivs_stream_key.messages.redaction import redacted

__all__ = ["error", "info", "warn"]


def info(text: str) -> None:
    """Show the user a note."""
    pulumi.log.info(redacted(text))


def warn(text: str) -> None:
    """Show the user a warning."""
    pulumi.log.warn(redacted(text))


def error(text: str) -> None:
    """Show the user an error; the program goes on, and its run fails."""
    pulumi.log.error(redacted(text))
