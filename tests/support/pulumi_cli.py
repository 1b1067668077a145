"""The real Pulumi CLI on the embedded AWS, as a user types commands."""

import os
import subprocess
import sys
from pathlib import Path

_HOST = Path(__file__).with_name("language_host.py")


class PulumiCli:
    """Runs commands in a folder, with a backend and a home of their own beside it."""

    def __init__(self, folder, beside):
        self.folder = folder
        for name in ("bin", "backend", "home"):
            (beside / name).mkdir()
        for name, rest in (
            ("pulumi-resource-pulumi-python", "-u -m pulumi.dynamic"),
            ("pulumi-language-python", f'-u "{_HOST}"'),
        ):
            launcher = beside / "bin" / name
            launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" {rest} "$@"\n', encoding="utf-8")
            launcher.chmod(0o755)
        self.environment = os.environ | {
            "PATH": f"{beside / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": (beside / "backend").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "of the test",
            "PULUMI_HOME": str(beside / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def run(self, *command):
        """Run a command, where AWS is the embedded one; return what it writes to stdout."""
        whole = [sys.executable, "-m", "rehearsal", "serve-plugin", "--", *command]
        done = subprocess.run(whole, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
