"""The process that the engine starts as the plugin of dynamic providers, and what watches over their real process.

``python -I -S dynamic_link.py ENGINE``, with the path of a socket in REHEARSE_PLUGINS. The process of the test forks
the provider's process from one that has imported what it needs; if that fails, this one starts it. The provider writes
to this process's own standard output and error, which the engine reads.

The engine gives a plugin a process group of its own, so no signal to whoever started the engine reaches it, and
Pulumi's own server does not notice that its engine is gone. Here the three end together: this process, the provider's,
which holds the other end of a socket, and the engine or the process of the test, whichever ends first.
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
    """Have the provider served as long as it, the engine and the process of the test live."""
    # So the engine ends its plugins.
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
        # Before it serves, so that whoever wants to kill it finds it.
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
    import subprocess  # noqa: PLC0415 - is mostly not needed

    server, folder = os.environ["REHEARSE_PROVIDER_SERVER"], os.environ["REHEARSE_PROGRAM_FOLDER"]
    command = [sys.executable, "-P", "-u", server]
    return subprocess.Popen(command, cwd=folder, stdin=standard_input.fileno(), start_new_session=True).pid  # noqa: S603 - this interpreter


if __name__ == "__main__":
    main()
