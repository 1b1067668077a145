"""Whether a Pulumi CLI that runs Python programs is installed."""

import os
import shutil
from pathlib import Path

_NEEDED = ("pulumi-language-python", "pulumi-resource-pulumi-python")


def missing_of_the_real_cli():
    """Return what a run of the real CLI lacks, as the reason to skip it; nothing if all is there.

    The CLI takes the language host, and the plugin that starts dynamic providers, from PATH or from its own folder.
    """
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        return "the Pulumi CLI is not on PATH"
    folders = os.pathsep.join([os.environ["PATH"], str(Path(pulumi).parent), str(Path(pulumi).resolve().parent)])
    missing = [name for name in _NEEDED if shutil.which(name, path=folders) is None]
    return f"{pulumi} comes without {' and '.join(missing)}" if missing else ""
