"""The available providers, by the patterns of the types and functions that they serve."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping

from rehearsal.errors import NotModelled
from rehearsal.provider import ProviderFactory
from rehearsal.providers.installed import offers

__all__ = ["installed_providers", "model_of", "model_of_provider"]


def installed_providers() -> Mapping[str, ProviderFactory]:
    """Return the providers of installed packages (entry point group ``rehearsal.providers``).

    An entry point names a mapping from patterns (``aws:ssm/*``) to callables that create providers.
    """
    models: dict[str, ProviderFactory] = {}
    for entry in offers("rehearsal.providers"):
        models |= entry.load()
    return models


def model_of_provider(models: Iterable[tuple[str, ProviderFactory]], type_token: str) -> ProviderFactory | None:
    """Return the model of a provider resource's own type (``pulumi:providers:aws``), or None.

    Patterns with ``*`` match only resources and functions, not provider resources.
    """
    return next((make for pattern, make in models if pattern == type_token), None)


def model_of(models: Iterable[tuple[str, ProviderFactory]], token: str, remedy: str = "") -> ProviderFactory:
    """Return the first model whose pattern matches the token of a type or function.

    :raises NotModelled: if none matches; the text ends with `remedy`.
    """
    for pattern, make in models:
        if fnmatch.fnmatchcase(token, pattern):
            return make
    raise NotModelled(
        f"no provider for {token}: rehearsal runs dynamic resources, and types that installed packages model "
        "(entry point groups rehearsal.clouds and rehearsal.providers)" + (f"; {remedy}" if remedy else "")
    )
