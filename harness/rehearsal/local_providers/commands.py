"""The package ``command``, which is refused: a rehearsal runs no commands on this or another machine."""

from __future__ import annotations

from rehearsal.provider import CheckFailure, CheckResult, PropertyMap, Provider, ReadResult
from rehearsal.state.urns import type_of

__all__ = ["Commands"]


class Commands(Provider):
    """A provider whose check always fails, so that a preview fails too."""

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        del olds
        token = type_of(urn)
        where = "on this machine" if token.startswith("command:local:") else "on another machine"
        reason = (
            f"it would run a command {where}, which rehearsal does not do. Give "
            f'its outputs (given_outputs={{"{token}": …}}, on the command line --given-outputs FILE) or a provider of '
            'your own (providers={"command:*": …}), or leave the resource out'
        )
        return CheckResult(news, (CheckFailure("", reason),))

    def read(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> ReadResult:
        del urn
        return ReadResult(id, outputs, inputs)

    def delete(self, urn: str, id: str, inputs: PropertyMap, outputs: PropertyMap) -> None:
        """Do nothing, because no command was run."""
