"""Waits for a program's registrations in a time that grows with their number; the SDK's own grows with its square.

The SDK ends a program by waiting for the first of all its outputs, again and again: each time it takes hold of every
output that is not there yet. Of a thousand resources with some twenty outputs each, that takes minutes. Nothing is
lost by letting the event loop work first; what is left then, the SDK waits for as ever.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from pulumi.runtime.settings import SETTINGS

__all__ = ["settled"]

# Of the time that was waited, the part that may be lost by not looking.
_LOST: Final = 0.03
_LONGEST_PAUSE: Final = 0.02
# An output may take some rounds of the loop for each of those that it is made of; one that takes more is waiting for
# something else than resources.
_ROUNDS_WITHOUT_PROGRESS: Final = 100


async def settled() -> None:
    """Return when every registration is answered, and what follows from the answers has been worked out."""
    started = time.monotonic()
    while not all(rpc.done() for rpc in reversed(SETTINGS.rpc_manager.rpcs)):  # noqa: ASYNC110 - the SDK has no event
        await asyncio.sleep(min((time.monotonic() - started) * _LOST, _LONGEST_PAUSE))
    idle, before = 0, len(SETTINGS.outputs)
    while before and idle < _ROUNDS_WITHOUT_PROGRESS:
        await asyncio.sleep(0)
        now = len(SETTINGS.outputs)
        idle = 0 if now < before else idle + 1
        before = now
