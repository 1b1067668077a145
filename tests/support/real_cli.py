"""Finds out whether a Pulumi CLI that runs Python programs is installed."""

import os
import shutil
from pathlib import Path

_NEEDED = ("pulumi-language-python", "pulumi-resource-pulumi-python")


def reason_to_skip_real_cli():
    """Return which program a run of the real CLI lacks, as the reason to skip a test; "" if none.

    The CLI looks for the language host and the plugin of dynamic providers on PATH and in its own folder.
    """
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        return "the Pulumi CLI is not on PATH"
    folders = os.pathsep.join([os.environ["PATH"], str(Path(pulumi).parent), str(Path(pulumi).resolve().parent)])
    missing = [name for name in _NEEDED if shutil.which(name, path=folders) is None]
    return f"{pulumi} comes without {' and '.join(missing)}" if missing else ""
