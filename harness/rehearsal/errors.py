"""The errors of rehearsal."""

from __future__ import annotations

__all__ = [
    "Aborted",
    "ConfigError",
    "NotModelled",
    "OutputError",
    "PassphraseError",
    "ProgramError",
    "ProjectError",
    "Protected",
    "RehearsalError",
    "StateError",
]


class RehearsalError(Exception):
    """An error that the user can fix; the text says how. Shown without a traceback."""


class ProjectError(RehearsalError):
    """The folder holds no project that rehearsal can run."""


class ConfigError(RehearsalError):
    """The stack's config is not what the project declares, or can't be read."""


class StateError(RehearsalError):
    """The state can't be read, or another run is using it."""


class PassphraseError(RehearsalError):
    """Secrets can't be decrypted. The text does not say where the secrets are; the caller adds that."""


class OutputError(RehearsalError):
    """The output can't be written to its destination."""


class NotModelled(RehearsalError):
    """The program asks for a feature of Pulumi that rehearsal does not support; the text names it."""


class ProgramError(RehearsalError):
    """The program raised; the text is its traceback."""


class Protected(RehearsalError):
    """A protected resource was not deleted. Only resources that it needs are kept too."""


class Aborted(RehearsalError):
    """The operation stops here; the reason has been reported already."""
