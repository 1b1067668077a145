"""The checks that run by default, and their error."""

from __future__ import annotations

import dataclasses

__all__ = ["CheckFailed", "Checks"]


class CheckFailed(AssertionError):
    """A default check failed. The text says what was found, and how to turn the check off."""


@dataclasses.dataclass(frozen=True, slots=True)
class Checks:
    """The checks of a stack. All are on by default."""

    preview: bool = True
    """After every successful `up`, a preview finds nothing to change."""
    destroy: bool = True
    """At the end of the test, a destroy succeeds and leaves nothing in state or cloud."""
    secrets: bool = True
    """No secret is in plaintext in output, messages, errors, or the state (except in the envelopes of secrets)."""
    pickle: bool = True
    """Every dynamic provider loads in a fresh interpreter, and its pickle is the same bytes each time."""
    asserts: bool = True
    """Every callback of `apply` that contains an assertion ran."""
    faults: bool = True
    """Every fault that the test requested has happened."""
