"""Waits for a program's registrations in linear time; the SDK's own wait takes quadratic time.

At the end of a program, the SDK waits repeatedly until any of its unresolved outputs is resolved, and visits all of
them each time. For a thousand resources with twenty outputs each, this takes minutes. This module waits first, until
most outputs are resolved. The SDK then waits for the rest as usual.
"""

from __future__ import annotations

import asyncio
import time
from typing import Final

from pulumi.runtime.settings import SETTINGS

__all__ = ["registrations_done"]

# The pause between two checks, as a share of the time since the start of the wait.
_LOST: Final = 0.03
_LONGEST_PAUSE: Final = 0.02
# After so many rounds of the event loop without a resolved output, the remaining outputs wait for other things than
# resources. An output that is computed from others needs a few rounds for each of them.
_ROUNDS_WITHOUT_PROGRESS: Final = 100


async def registrations_done() -> None:
    """Return when all registrations have been answered, and the outputs that depend only on them are resolved."""
    started = time.monotonic()
    while not all(rpc.done() for rpc in reversed(SETTINGS.rpc_manager.rpcs)):  # noqa: ASYNC110 - the SDK has no event
        await asyncio.sleep(min((time.monotonic() - started) * _LOST, _LONGEST_PAUSE))
    idle, before = 0, len(SETTINGS.outputs)
    while before and idle < _ROUNDS_WITHOUT_PROGRESS:
        await asyncio.sleep(0)
        now = len(SETTINGS.outputs)
        idle = 0 if now < before else idle + 1
        before = now
