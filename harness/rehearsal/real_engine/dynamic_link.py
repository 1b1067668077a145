"""The plugin process that the engine starts for dynamic providers, which supervises the provider process.

``python -I -S dynamic_link.py ENGINE``, with the path of a socket in REHEARSE_PLUGINS. The test process forks the
provider process from a preloaded one. If that fails, this process starts it. The provider inherits this process's
standard output and error, which the engine reads.

The engine starts each plugin in its own process group. Signals to the test process therefore do not reach it, and
Pulumi's own server does not notice that its engine has ended. This process ends when the engine, the test process or
the provider process ends, and ends the provider too.
"""

import array
import contextlib
import json
import os
import select
import signal
import socket
import sys

_WATCH = 1.0


def main() -> None:
    """Start the provider, and wait until it, the engine or the test process ends."""
    # The engine ends its plugins with SIGINT.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    engine = os.getppid()
    ours, theirs = socket.socketpair()
    with ours, socket.socket(socket.AF_UNIX) as link:
        with theirs:
            link.connect(os.environ["REHEARSE_PLUGINS"])
            files = array.array("i", [theirs.fileno(), 1, 2])
            link.sendmsg([b"pulumi-python\n"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, files)])
            link.sendall(f"{json.dumps(dict(os.environ))}\n".encode())
            pid = int(link.makefile().readline() or "0") or _start_provider(theirs)
        # Written before the provider serves, so that a test can kill it at any time.
        with open(os.path.join(os.environ["REHEARSE_PROVIDER_PROCESSES"], str(pid)), "w"):  # noqa: PTH118, PTH123 - nothing more is imported
            pass
        with contextlib.suppress(BrokenPipeError):
            ours.sendall(b"\n")
        ended: list[socket.socket] = []
        while not ended and os.getppid() == engine:
            ended, _, _ = select.select([ours, link], [], [], _WATCH)
        if ours not in ended:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _start_provider(standard_input: socket.socket) -> int:
    import subprocess  # noqa: PLC0415 - rarely needed

    server, folder = os.environ["REHEARSE_PROVIDER_SERVER"], os.environ["REHEARSE_PROGRAM_FOLDER"]
    command = [sys.executable, "-P", "-u", server]
    return subprocess.Popen(command, cwd=folder, stdin=standard_input.fileno(), start_new_session=True).pid  # noqa: S603 - this interpreter


if __name__ == "__main__":
    main()
