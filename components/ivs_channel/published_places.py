"""Makes sure that no two channels of a program publish their keys to the same place."""

import weakref
from collections.abc import Iterable
from typing import Any

import pulumi
from pulumi.runtime import settings

from ivs_channel.publishing import Place, SecretsManagerSecret, SsmParameter

__all__ = ["Taken", "taken_in_this_program"]

# By the stack resource of each program, because a process may run several programs, as tests do.
_BY_PROGRAM: "weakref.WeakKeyDictionary[pulumi.Resource, Taken]" = weakref.WeakKeyDictionary()


class Taken:
    """The places to which channels publish, with the name of the channel of each."""

    def __init__(self) -> None:
        self._owners: dict[object, str] = {}

    def take(
        self, subject: str, name: str, places: Iterable[Place], region: Any, provider: pulumi.ProviderResource | None
    ) -> None:
        """Record the places of a channel; ValueError, beginning with `subject`, if another channel has one of them."""
        for _, path, one in places:
            if not isinstance(one, SsmParameter | SecretsManagerSecret):
                continue
            where = region if one.region is None else one.region
            if not isinstance(where, str | None):
                # The region is an output, whose value cannot be compared.
                continue
            place = (type(one), path, where, provider)
            if place in self._owners:
                raise ValueError(
                    f"{subject}: publish_to: expected a place of its own, got that of {self._owners[place]!r}. "
                    "Write {name} in its path."
                )
            self._owners[place] = name


def taken_in_this_program() -> Taken:
    """Return the places that the LiveChannels of the running program have taken; none under Pulumi's mocks."""
    program = settings.get_root_resource()
    return Taken() if program is None else _BY_PROGRAM.setdefault(program, Taken())
