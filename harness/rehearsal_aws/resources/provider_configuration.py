"""``pulumi:providers:aws``: validates the configuration of a provider."""

from __future__ import annotations

from typing import Final

from rehearsal.provider import CheckFailure, CheckResult, PropertyMap, Provider
from rehearsal_aws.resources.provider_settings import problems

__all__ = ["ProviderConfiguration"]

# The engine's names of default providers: ``default_7_51_1``.
_DEFAULT: Final = "default"


class ProviderConfiguration(Provider):
    """Validates the inputs of a provider resource: the stack's `aws:*` config or an explicit provider's arguments."""

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        del olds
        name = urn.rpartition("::")[2]
        prefix = "aws:" if name == _DEFAULT or name.startswith(f"{_DEFAULT}_") else ""
        # The failure names no property, because the engine would show its value, which may be a secret.
        return CheckResult(news, tuple(CheckFailure("", line) for line in problems(news, prefix)))
