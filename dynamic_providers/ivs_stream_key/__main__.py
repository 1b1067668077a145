"""The command line: ``python -m ivs_stream_key import …``."""

import sys

from ivs_stream_key.importing.command import main

if __name__ == "__main__":
    sys.exit(main())
