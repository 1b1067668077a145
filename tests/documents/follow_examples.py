"""Runs the commands of the examples' READMEs in new folders, with the wheel installed in a new environment.

python tests/documents/follow_examples.py [EXAMPLE …]
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

from console import commands  # noqa: E402 - found by the line above

EXAMPLES = ROOT / "examples"
ARN = re.compile(r"arn:aws:ivs:[\w-]+:\d+:channel/\w+")


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def environment(wheels, venv):
    """Return environment variables with the venv on PATH, and for pip the folder of the wheel."""
    alone = {
        name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PULUMI_", "VIRTUAL_ENV"))
    }
    return alone | {"PATH": f"{venv / 'bin'}{os.pathsep}{alone['PATH']}", "PIP_FIND_LINKS": str(wheels)}


def follow(lines, folder, env):
    """Run the commands in order. Replace `=ARN` by the last channel ARN that a command has printed."""
    arn = "ARN"
    for line in lines:
        say(f"{folder.name}$ {line}")
        command = line.replace("=ARN", f"={arn}")
        done = subprocess.run(["bash", "-c", command], cwd=folder, env=env, capture_output=True, text=True, check=False)
        say(done.stdout + done.stderr)
        if done.returncode:
            raise SystemExit(f"{folder.name}: {line}: exit code {done.returncode}")
        arn = next(iter(ARN.findall(done.stdout)), arn)


def main(names):
    with tempfile.TemporaryDirectory(prefix="examples-") as scratch:
        fresh = Path(scratch)
        wheels = fresh / "wheels"
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
        subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
        env = environment(wheels, fresh / "venv")
        follow(commands((EXAMPLES / "README.md").read_text(encoding="utf-8"), "With pip"), fresh, env)
        for name in names or sorted(path.parent.name for path in EXAMPLES.glob("*/README.md")):
            folder = fresh / name
            shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns(".rehearsal", "__pycache__"))
            follow(commands((folder / "README.md").read_text(encoding="utf-8"), "Offline"), folder, env)
    say("All commands of the READMEs succeeded.")


if __name__ == "__main__":
    main(sys.argv[1:])
