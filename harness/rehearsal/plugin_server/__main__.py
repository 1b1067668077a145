"""The plugin's process: ``python -m rehearsal.plugin_server PACKAGE [ENGINE_ADDRESS …]``."""

from __future__ import annotations

import sys

from rehearsal.plugin_server.plugin import serve

if __name__ == "__main__":
    port_line = sys.stdout
    # The engine reads one line there; all other output goes to its log.
    sys.stdout = sys.stderr
    serve(sys.argv[1], port_line)
