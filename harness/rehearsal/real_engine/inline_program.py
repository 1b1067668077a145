"""The program of one operation of the real engine. It runs in a thread of the Automation API's language server."""

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

from rehearsal.program.body import program_error, run_body
from rehearsal.program.start import Program

__all__ = ["InlineProgram"]

_GRACE: Final = 5.0
_CLOSING: Final = 0.2
_WAIT: Final = 0.01


class InlineProgram:
    """A program that the Automation API calls. `end` ends it if the engine has ended first."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._lock = threading.Lock()
        self._ended = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[object] | None = None

    async def __call__(self) -> None:
        """Run the program; raise its exceptions with the text that rehearsal's own engine reports."""
        with self._lock:
            if self._ended:
                raise pulumi.RunError("the engine has ended")
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        # When the engine ends, the event loop cancels pending registrations. asyncio need not report them.
        self._loop.set_exception_handler(lambda *_: None)
        try:
            await run_body(self._program)
        except (pulumi.RunError, grpc.RpcError):
            raise
        except SystemExit as end:
            # As in Pulumi, sys.exit(0) is not an error.
            if end.code:
                raise pulumi.RunError(str(program_error(end))) from None
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - any exception ends only the program, not this process
            raise pulumi.RunError(str(program_error(error))) from None

    def end(self) -> None:
        """Cancel the program if it still waits for the engine, which has ended. Return when the program has ended.

        A program that blocks its event loop is abandoned after some seconds.
        """
        with self._lock:
            self._ended = True
        if self._loop is None or self._task is None:
            return
        with contextlib.suppress(RuntimeError):  # the loop is closed, so the program has ended
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
        """Cancel the program's tasks.

        The SDK logs each failed call to the engine. If the engine has ended, logging fails too. Then outputs that
        depend on the call never get a result, and their tasks wait forever. For the same reason the SDK may not close
        the loop.
        """
        if self._task is not None and not self._task.done():
            tasks = [task for task in asyncio.all_tasks() if inspect.iscoroutine(task.get_coro())]  # not gRPC's own
            for task in tasks:
                task.cancel()
            asyncio.gather(*tasks, return_exceptions=True)


class _LanguageServerErrors(logging.Filter):
    """A filter for errors of the language server if it can't report the program's end because the engine has ended."""

    def filter(self, record: logging.LogRecord) -> bool:
        trace = record.exc_info[2] if record.exc_info else None
        frames = traceback.walk_tb(trace)
        return all(frame.f_globals.get("__name__") != "pulumi.automation._server" for frame, _ in frames)


logging.getLogger("grpc._server").addFilter(_LanguageServerErrors())
