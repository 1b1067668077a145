"""The end of a program's event loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor

__all__ = ["end_loop"]


def end_loop(loop: asyncio.AbstractEventLoop, executor: Executor) -> None:
    """Close this thread's event loop, after the work of its executor has ended.

    Tasks that a failed program has left are cancelled, so that asyncio does not complain about pending tasks.
    """
    executor.shutdown(wait=True)
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    asyncio.set_event_loop(None)
    loop.close()
