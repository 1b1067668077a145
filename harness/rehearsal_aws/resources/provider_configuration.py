"""``pulumi:providers:aws``: the configuration of a provider, checked before anything is done with it."""

from __future__ import annotations

from typing import Final

from rehearsal.provider import CheckFailure, CheckResult, PropertyMap, Provider
from rehearsal_aws.resources.provider_settings import problems

__all__ = ["ProviderConfiguration"]

# Default providers are named by the engine: ``default_7_51_1``.
_DEFAULT: Final = "default"


class ProviderConfiguration(Provider):
    """Checks the inputs of a provider resource, the stack's `aws:*` config or an explicit provider's arguments."""

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        del olds
        name = urn.rpartition("::")[2]
        prefix = "aws:" if name == _DEFAULT or name.startswith(f"{_DEFAULT}_") else ""
        # Without a property: the engine shows the value of one that is named, and it may be a secret.
        return CheckResult(news, tuple(CheckFailure("", line) for line in problems(news, prefix)))
