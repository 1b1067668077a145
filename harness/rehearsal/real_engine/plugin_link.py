"""The plugin process that the engine starts for a package, whose resources the test process serves.

``python -I -S plugin_link.py PACKAGE``, with the path of a socket in REHEARSE_PLUGINS. It requests the package, prints
the port that the engine connects to, and waits. The package is served until this process ends.
"""

import os
import signal
import socket
import sys

_WATCH = 1.0


def main(package: str) -> None:
    """Print the port, and wait until the engine or the test process ends."""
    # The engine ends its plugins with SIGINT.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = os.getppid()
    with socket.socket(socket.AF_UNIX) as link:
        link.connect(os.environ["REHEARSE_PLUGINS"])
        link.sendall(f"{package}\n".encode())
        port = link.makefile().readline().strip()
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        link.settimeout(_WATCH)
        while os.getppid() == parent:
            try:
                if not link.recv(1):
                    return
            except TimeoutError:
                continue


if __name__ == "__main__":
    main(sys.argv[1])
