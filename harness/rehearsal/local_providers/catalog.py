"""The models of the types in this folder, by their tokens."""

from __future__ import annotations

from rehearsal.local_providers.commands import Commands
from rehearsal.local_providers.private_keys import PrivateKey
from rehearsal.local_providers.random_values import RANDOM
from rehearsal.local_providers.stack_references import STACK_REFERENCE, Lookup, StackReferences
from rehearsal.local_providers.times import Clock, times
from rehearsal.provider import ProviderFactory

__all__ = ["local_models", "stack_reference_model"]


def local_models(now: Clock) -> dict[str, ProviderFactory]:
    """Return the models of the packages; `now` is their clock."""
    return {**RANDOM, **times(now), "tls:index/privateKey:PrivateKey": PrivateKey, "command:*": Commands}


def stack_reference_model(lookup: Lookup) -> dict[str, ProviderFactory]:
    """Return the model of stack references."""
    return {STACK_REFERENCE: lambda: StackReferences(lookup)}
