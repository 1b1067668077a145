"""The providers that are there, by the patterns of the types and functions that they serve."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points

from rehearsal.errors import NotModelled
from rehearsal.provider import ProviderFactory

__all__ = ["installed_providers", "model_of"]


def installed_providers() -> Mapping[str, ProviderFactory]:
    """Return the providers that installed packages offer (entry point group ``rehearsal.providers``).

    An entry point names a mapping from patterns (``aws:ssm/*``) to what makes a provider.
    """
    models: dict[str, ProviderFactory] = {}
    for entry in sorted(entry_points(group="rehearsal.providers"), key=lambda e: e.name):
        models |= entry.load()
    return models


def model_of(models: Iterable[tuple[str, ProviderFactory]], token: str) -> ProviderFactory:
    """Return the first of the models that serves the token of a type or a function.

    :raises NotModelled: if none does.
    """
    for pattern, make in models:
        if fnmatch.fnmatchcase(token, pattern):
            return make
    raise NotModelled(
        f"no provider for {token}: rehearsal runs dynamic resources, and of others those that an argument "
        "(providers=…) or an installed package models (entry point groups rehearsal.clouds and rehearsal.providers); "
        'run this program with the Pulumi CLI, or let unknown types be their inputs (unmodelled="echo")'
    )
