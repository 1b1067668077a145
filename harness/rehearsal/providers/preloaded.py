"""Provider processes that start in milliseconds: forks of one process that has imported what they all need.

Used in test sessions, which start hundreds of processes, and while a stack is entered. Each fork has its own folder,
environment, pipes and session, like a new process, and ends like one. One thing differs: all forks have the same hash
seed.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ForkedProcess", "Preloaded", "begin", "close", "enable", "start"]

# Prefixes of environment variables that the interpreter, or a library that is loaded early, reads only at its start.
_READ_AT_START: Final = ("PYTHON", "LANG", "LC_", "LD_", "GRPC_", "MALLOC_", "OPENSSL_", "BOTO_")

# Prefixes of variables with the user's credentials and config, which the parent must not have: a fork changes its
# environment, but /proc/PID/environ still shows the parent's.
_USER_VARIABLES: Final = ("AWS_", "PULUMI_")

_sessions = 0  # the number of pytest sessions and entered stacks, which may be nested
_starting: Final = threading.Lock()
_preloaded: Preloaded | None = None


class ForkedProcess:
    """A forked process, with the attributes and methods of `subprocess.Popen` that its user needs."""

    def __init__(
        self,
        parent: Preloaded,
        pid: int,
        stdin: IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
        stderr: IO[bytes] | None = None,
    ) -> None:
        self._parent = parent
        self._ended = False
        self.pid, self.stdin, self.stdout, self.stderr = pid, stdin, stdout, stderr

    def kill(self) -> None:
        """End the process at once."""
        import signal  # noqa: PLC0415

        if not self._ended:
            with contextlib.suppress(ProcessLookupError):  # it has ended, after its parent
                os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> None:
        """Return when the process has ended."""
        if not self._ended:
            self._ended = True
            with contextlib.suppress(OSError):
                self._parent.ask({"wait": self.pid})


class Preloaded:
    """The process from which others are forked. It ends when this process ends, even if that is killed."""

    def __init__(self, command: list[str]) -> None:
        import socket  # noqa: PLC0415
        import subprocess  # noqa: PLC0415

        self._owner = os.getpid()
        self._environment = _read_at_start(os.environ)
        self._lock = threading.Lock()
        self._last_request = 0
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - this interpreter
                [*command, "--preloaded"],
                stdin=theirs.fileno(),
                env={name: value for name, value in os.environ.items() if not name.startswith(_USER_VARIABLES)},
                start_new_session=True,
            )

    def serves(self, environment: Mapping[str, str]) -> bool:
        """Whether a fork is equivalent to a new process with this environment."""
        return self._environment == _read_at_start(environment)

    @property
    def is_ours(self) -> bool:
        """Whether this process started the parent. A fork of this process has to start its own."""
        return self._owner == os.getpid()

    def ask(self, request: Mapping[str, object], files: list[int] | None = None) -> int:
        """Send a request to the parent; return the number in its answer.

        If a signal handler raises an exception meanwhile, the next call skips the answer to this request.

        :raises OSError: if the parent has ended, or the request is too large.
        """
        import json  # noqa: PLC0415
        import socket  # noqa: PLC0415

        with self._lock:
            self._last_request = number = self._last_request + 1
            socket.send_fds(self._requests, [json.dumps({**request, "number": number}).encode()], files or [])
            answered = 0
            while answered != number:
                answer = self._requests.recv(64)
                if not answer:
                    raise ConnectionError("the parent of the provider processes has ended")
                answered, value = map(int, answer.split())
        return value

    def fork(self, folder: Path, environment: Mapping[str, str]) -> ForkedProcess:
        """Return a process that runs in the folder.

        :raises OSError: as for `fork_with`.
        """
        pipes = [os.pipe(), os.pipe(), os.pipe()]
        theirs = [pipes[0][0], pipes[1][1], pipes[2][1]]
        ours = [pipes[0][1], pipes[1][0], pipes[2][0]]
        try:
            pid = self.fork_with(theirs, folder, environment).pid
        except BaseException:  # the forked process, if any, ends when its standard input closes
            for file in ours:
                os.close(file)
            raise
        finally:
            for file in theirs:
                os.close(file)
        return ForkedProcess(self, pid, open(ours[0], "wb", 0), open(ours[1], "rb"), open(ours[2], "rb"))  # noqa: PTH123 - its user closes them

    def fork_with(self, files: list[int], folder: Path, environment: Mapping[str, str]) -> ForkedProcess:
        """Return a process whose standard input, output and error are copies of these file descriptors.

        :raises OSError: as for `ask`; also if a new process in the folder would load other code than the parent has.
        """
        pid = self.ask({"folder": str(folder), "environment": dict(environment)}, files)
        if not pid:
            raise OSError(f"a process in {folder} would load other code")
        return ForkedProcess(self, pid)

    def close(self) -> None:
        """End the parent. Forks end when their standard input closes."""
        if self.is_ours:
            # The parent would also end by itself, unless the `rehearsal.preload` function of a package hangs.
            self._process.kill()
            self._process.wait()
        self._requests.close()


def _read_at_start(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith(_READ_AT_START)}


def enable() -> None:
    """Let `start` fork from now on, if the system supports it, until `close` has been called as often as this."""
    global _sessions  # noqa: PLW0603 - one a process
    with _starting:
        _sessions += 1


def begin(command: list[str], environment: Mapping[str, str]) -> bool:
    """Start the parent if necessary; return whether `start` would fork."""
    parent = _parent(command)
    return parent is not None and parent.serves(environment)


def start(
    command: list[str], folder: Path, environment: Mapping[str, str], files: list[int] | None = None
) -> ForkedProcess | None:
    """Return a fork whose standard input, output and error are `files`, or pipes.

    None if it can't be forked, so that the caller has to start a new process with the command.
    """
    parent = _parent(command)
    if parent is None or not parent.serves(environment):
        return None
    try:
        return parent.fork(folder, environment) if files is None else parent.fork_with(files, folder, environment)
    except OSError:
        return None


def _parent(command: list[str]) -> Preloaded | None:
    """Return the parent of the forks. None on other systems than Linux, where libraries may not work after a fork."""
    import sys  # noqa: PLC0415

    global _preloaded  # noqa: PLW0603 - one a process
    if sys.platform != "linux":
        return None
    with _starting:
        if not _sessions:
            return None
        if _preloaded is None or not _preloaded.is_ours:
            _preloaded = Preloaded(command)
        return _preloaded


def close() -> None:
    """Undo one call of `enable`. After the last one, end the parent; `start` then does not fork any more."""
    global _preloaded, _sessions  # noqa: PLW0603 - one a process
    with _starting:
        _sessions = max(_sessions - 1, 0)
        if _preloaded is not None and not _sessions:
            _preloaded.close()
            _preloaded = None
