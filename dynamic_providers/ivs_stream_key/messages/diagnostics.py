"""What is said to the user beside errors: Pulumi shows it as diagnostics of the run, without secrets."""

import pulumi

from ivs_stream_key.messages.redaction import redacted

__all__ = ["info", "warn"]


def info(text: str) -> None:
    """Tell the user something."""
    pulumi.log.info(redacted(text))


def warn(text: str) -> None:
    """Warn the user of something."""
    pulumi.log.warn(redacted(text))
