"""The package ``command``, which is refused: a rehearsal does nothing outside of its own process and clouds."""

from __future__ import annotations

from rehearsal.provider import CheckFailure, CheckResult, PropertyMap, Provider
from rehearsal.state.urns import type_of

__all__ = ["Commands"]


class Commands(Provider):
    """Refuses in the preview already."""

    def check(self, urn: str, olds: PropertyMap, news: PropertyMap) -> CheckResult:
        del olds
        where = "on this machine" if type_of(urn).startswith("command:local:") else "on another machine"
        reason = (
            f"it would run a command {where}, and what that does is no part of the stack: rehearsal runs none. Give a "
            'provider of your own that says what comes of it (providers={"command:*": …}), or leave the resource out'
        )
        return CheckResult(news, (CheckFailure("", reason),))
