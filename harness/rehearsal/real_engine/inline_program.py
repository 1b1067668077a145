"""The program of one operation of the real engine, which runs in a thread of automation's language server."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import logging
import threading
import time
import traceback
from typing import Final

import grpc
import pulumi

from rehearsal.program.body import explained, run_body
from rehearsal.program.start import Program

__all__ = ["InlineProgram"]

_GRACE: Final = 5.0
_CLOSING: Final = 0.2
_WAIT: Final = 0.01


class InlineProgram:
    """A program for automation to call, and to `end` when the engine has ended."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._lock = threading.Lock()
        self._ended = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[object] | None = None

    async def __call__(self) -> None:
        """Run the program; what it raises is told as rehearsal's own engine tells it."""
        with self._lock:
            if self._ended:
                raise pulumi.RunError("the engine has ended")
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        # What waits for a resource when the engine goes away is cancelled in order, at the end of the loop.
        self._loop.set_exception_handler(lambda *_: None)
        try:
            await run_body(self._program)
        except (pulumi.RunError, grpc.RpcError):
            raise
        except SystemExit as end:
            # A program that ends itself well has registered all it has, for Pulumi too.
            if end.code:
                raise pulumi.RunError(str(explained(end))) from None
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - whatever it is, it ends the program and not this process
            raise pulumi.RunError(str(explained(error))) from None

    def end(self) -> None:
        """End the program, which may wait for answers of an engine that is gone; return when it has ended.

        A program that does not give way to its event loop is left alone after some seconds.
        """
        with self._lock:
            self._ended = True
        if self._loop is None or self._task is None:
            return
        with contextlib.suppress(RuntimeError):  # it is closed: all is over
            self._loop.call_soon_threadsafe(self._cancel)
        until = time.monotonic() + _GRACE
        while not self._task.done() and time.monotonic() < until:
            time.sleep(_WAIT)
        until = time.monotonic() + _CLOSING
        while not self._loop.is_closed() and time.monotonic() < until:
            time.sleep(_WAIT)
        if not self._loop.is_closed() and not self._loop.is_running():
            self._loop.close()

    def _cancel(self) -> None:
        """Cancel what waits.

        The SDK tells the engine of each call that fails. If the engine is gone, that fails too, and then what depends
        on the call is never told and waits forever. For the same reason the SDK may leave the loop open.
        """
        if self._task is not None and not self._task.done():
            tasks = [task for task in asyncio.all_tasks() if inspect.iscoroutine(task.get_coro())]  # not gRPC's own
            for task in tasks:
                task.cancel()
            asyncio.gather(*tasks, return_exceptions=True)


class _WithoutItsEnd(logging.Filter):
    """Leaves out that the language server can't tell an engine that is gone how its program has ended."""

    def filter(self, record: logging.LogRecord) -> bool:
        trace = record.exc_info[2] if record.exc_info else None
        frames = traceback.walk_tb(trace)
        return all(frame.f_globals.get("__name__") != "pulumi.automation._server" for frame, _ in frames)


logging.getLogger("grpc._server").addFilter(_WithoutItsEnd())
