"""The process of the dynamic providers: the SDK's own server, which ends when the engine's process does.

Run as a file (``python -P -u provider_process.py``) with a pipe for its standard input, whose other end the engine
holds and never writes to. The pipe closes however the engine ends, on every system.
"""

from __future__ import annotations

import os
import runpy
import sys
import threading


def _take_standard_input() -> int:
    """Return the pipe, and leave in its place what a provider that reads its input would find under Pulumi."""
    pipe = os.dup(sys.__stdin__.fileno() if sys.__stdin__ else 0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return pipe


def _end_with(pipe: int) -> None:
    while os.read(pipe, 1024):
        pass
    os._exit(0)


if __name__ == "__main__":
    threading.Thread(target=_end_with, args=(_take_standard_input(),), name="end-with-engine", daemon=True).start()
    # As `python -m pulumi.dynamic` has it.
    if not os.environ.get("PYTHONSAFEPATH"):
        sys.path.insert(0, os.getcwd())  # noqa: PTH109 - nothing is imported that need not be
    runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
