"""Runs a command that ends when the process does that asked for it: ``python supervised.py DESCRIPTOR COMMAND…``.

DESCRIPTOR is the end to read of a pipe, whose other end the asking process holds and never writes to. The command keeps
the terminal, and its exit code is this one's.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading

_NOT_FOUND = 127
_PATIENCE = 5.0


def _end_with(pipe: int, process: subprocess.Popen[bytes]) -> None:
    while os.read(pipe, 1024):
        pass
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_PATIENCE)
    process.kill()


def main(pipe: int, command: list[str]) -> int:
    """Run the command; return its exit code, or 127 if there is none of that name."""
    early: list[int] = []
    pass_on = early.append
    # Ctrl-C reaches the command as well, and what to do about it is the command's business.
    signal.signal(signal.SIGINT, lambda *_: None)
    for kind in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(kind, lambda number, _: pass_on(number))
    try:
        process = subprocess.Popen(command)  # noqa: S603 - what the user wants run
    except FileNotFoundError:
        return _NOT_FOUND
    pass_on = process.send_signal
    for number in early:
        process.send_signal(number)
    threading.Thread(target=_end_with, args=(pipe, process), daemon=True).start()
    code = process.wait()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
