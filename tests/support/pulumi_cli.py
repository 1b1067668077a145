"""Runs commands of the real Pulumi CLI against the embedded AWS."""

import os
import subprocess
import sys
from pathlib import Path

_HOST = Path(__file__).with_name("language_host.py")


class PulumiCli:
    """Runs commands in `folder`, with a backend, a PULUMI_HOME and plugins below `scratch`."""

    def __init__(self, folder, scratch):
        self.folder = folder
        for name in ("bin", "backend", "home"):
            (scratch / name).mkdir()
        for name, rest in (
            ("pulumi-resource-pulumi-python", "-u -m pulumi.dynamic"),
            ("pulumi-language-python", f'-u "{_HOST}"'),
        ):
            launcher = scratch / "bin" / name
            launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" {rest} "$@"\n', encoding="utf-8")
            launcher.chmod(0o755)
        self.environment = os.environ | {
            "PATH": f"{scratch / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PULUMI_BACKEND_URL": (scratch / "backend").as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": "of the test",
            "PULUMI_HOME": str(scratch / "home"),
            "PULUMI_SKIP_UPDATE_CHECK": "true",
        }

    def run(self, *command):
        """Run a command against the embedded AWS; return its stdout."""
        whole = [sys.executable, "-m", "rehearsal", "serve-plugin", "--", *command]
        done = subprocess.run(whole, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
