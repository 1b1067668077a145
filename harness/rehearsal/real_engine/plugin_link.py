"""The process that the engine starts as the plugin of a package, which is served by the process of the test.

``python -I -S plugin_link.py PACKAGE``, with the path of a socket in REHEARSE_PLUGINS. It says which package is wanted,
prints the port on which that is served, and waits: the plugin is served for as long as it lives.
"""

import os
import signal
import socket
import sys

_WATCH = 1.0


def main(package: str) -> None:
    """Serve as long as the engine lives, or whoever serves."""
    # So the engine ends its plugins.
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
