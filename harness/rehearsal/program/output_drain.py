"""Waits for a program's registrations in linear time; the SDK's own wait is quadratic.

The SDK ends a program by waiting for the first of all its outputs, repeatedly: each time it visits every unresolved
output. For a thousand resources with some twenty outputs each, that takes minutes. Letting the event loop work first
loses nothing; the SDK then waits for the rest as usual.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from pulumi.runtime.settings import SETTINGS

__all__ = ["registrations_done"]

# The share of the waiting time that may be lost by not checking.
_LOST: Final = 0.03
_LONGEST_PAUSE: Final = 0.02
# An output may take some rounds of the loop for each output that it is made of; one that takes more waits for something
# other than resources.
_ROUNDS_WITHOUT_PROGRESS: Final = 100


async def registrations_done() -> None:
    """Return when every registration is answered, and what follows from the answers has been computed."""
    started = time.monotonic()
    while not all(rpc.done() for rpc in reversed(SETTINGS.rpc_manager.rpcs)):  # noqa: ASYNC110 - the SDK has no event
        await asyncio.sleep(min((time.monotonic() - started) * _LOST, _LONGEST_PAUSE))
    idle, before = 0, len(SETTINGS.outputs)
    while before and idle < _ROUNDS_WITHOUT_PROGRESS:
        await asyncio.sleep(0)
        now = len(SETTINGS.outputs)
        idle = 0 if now < before else idle + 1
        before = now
