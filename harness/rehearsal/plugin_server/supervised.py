"""Runs a command that ends with its parent process: ``python supervised.py DESCRIPTOR COMMAND…``.

DESCRIPTOR is the read end of a pipe. The parent holds the write end and never writes to it. The command keeps the
terminal, and its exit code becomes this process's. When a signal or the end of the pipe ends the command, its child
processes end too: a shell that gets SIGTERM would leave them running.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from typing import NamedTuple

_NOT_FOUND = 127
_PATIENCE = 5.0
_POLL = 0.05
# Fields of /proc/PID/stat after the command's name.
_STATE, _PARENT, _STARTED = 0, 1, 19


class _Command:
    def __init__(self, arguments: list[str]) -> None:
        self.process = subprocess.Popen(arguments)  # noqa: S603 - the user's command
        self._started: set[_Process] = set()

    def pass_on(self, number: int) -> None:
        """Forward a signal that ends a process."""
        self._started |= _descendants(self.process.pid)
        self.process.send_signal(number)

    def end(self) -> None:
        """End the command, by force if necessary."""
        self.pass_on(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(_PATIENCE)
        self.process.kill()

    def end_what_is_left(self) -> None:
        """End the children that the command had when it was told to end, if they still run."""
        until = time.monotonic() + _PATIENCE
        left = self._started & _running().keys() if self._started else set()
        for number in (signal.SIGTERM, signal.SIGKILL):
            for process in left:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process.pid, number)
            while (left := left and left & _running().keys()) and time.monotonic() < until:
                time.sleep(_POLL)


class _Process(NamedTuple):
    """A process, distinct from a later one with the same number."""

    pid: int
    started: str


def _descendants(pid: int) -> set[_Process]:
    running = _running()
    numbers = {pid}
    found: set[_Process] = set()
    while more := {process for process, parent in running.items() if parent in numbers} - found:
        found |= more
        numbers |= {process.pid for process in more}
    return found


def _running() -> dict[_Process, int]:
    """Return the running processes, with each one's parent number."""
    try:
        numbers = [name for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - nothing more is imported
    except OSError:
        numbers = []
    if not numbers:
        return _running_by_ps()
    running = {}
    for number in numbers:
        with contextlib.suppress(OSError), open(f"/proc/{number}/stat", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            # The command's name, in brackets, may contain anything.
            fields = file.read().rpartition(")")[2].split()
            if fields[_STATE] != "Z":
                running[_Process(int(number), fields[_STARTED])] = int(fields[_PARENT])
    return running


def _running_by_ps() -> dict[_Process, int]:
    try:
        lines = subprocess.run(
            ["ps", "-A", "-o", "pid=,ppid=,stat=,lstart="],  # noqa: S607 - wherever the system has it
            check=False,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
    except OSError:
        return {}
    rows = [line.split(maxsplit=3) for line in lines]
    return {_Process(int(pid), started): int(parent) for pid, parent, state, started in rows if state[0] != "Z"}


def _end_with(pipe: int, command: _Command, over: threading.Event) -> None:
    while os.read(pipe, 1024):
        pass
    over.set()
    command.end()


def main(pipe: int, arguments: list[str]) -> int:
    """Run the command; return its exit code, or 127 if there is none of that name."""
    early: list[int] = []
    pass_on = early.append
    # Ctrl-C reaches the command too, which decides what to do.
    signal.signal(signal.SIGINT, lambda *_: None)
    for kind in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(kind, lambda number, _: pass_on(number))
    try:
        command = _Command(arguments)
    except FileNotFoundError:
        return _NOT_FOUND
    pass_on = command.pass_on
    for number in early:
        command.pass_on(number)
    over = threading.Event()
    watch = threading.Thread(target=_end_with, args=(pipe, command, over), daemon=True)
    watch.start()
    code = command.process.wait()
    if over.is_set():
        watch.join()
    command.end_what_is_left()
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
