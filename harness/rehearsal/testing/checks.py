"""Which checks a test makes without asking for them, and how one fails."""

from __future__ import annotations

import dataclasses

__all__ = ["CheckFailed", "Checks"]


class CheckFailed(AssertionError):
    """A check that is on by default failed; the text says which, what was found, and how to switch it off."""


@dataclasses.dataclass(frozen=True, slots=True)
class Checks:
    """What is checked of a stack unless its test says no."""

    preview: bool = True
    """After every `up` that went well, a preview finds nothing to change."""
    destroy: bool = True
    """At the end of the test, destroying goes well and leaves nothing in state or cloud."""
    secrets: bool = True
    """No secret is in plaintext in what was shown, said, or raised, or in the state outside its envelopes."""
    pickle: bool = True
    """Every dynamic provider loads in a fresh interpreter, and its pickle is the same bytes each time."""
    asserts: bool = True
    """Every callback of `apply` that holds an assertion ran."""
    faults: bool = True
    """Every fault that the test asked for happened."""
