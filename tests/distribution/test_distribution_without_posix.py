"""All modules import, and a stack completes its lifecycle, without POSIX-only modules.

This does not replace the run on Windows in CI, but it finds most problems earlier.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# The content of sitecustomize.py, which Python imports at the start of each process, including provider processes.
BLOCK = """
import importlib.abc, os, signal, sys

class Blocked(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name in {"crypt", "fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
for name in ("fcntl", "grp", "pwd", "resource", "termios"):
    sys.modules.pop(name, None)
for module, names in {
    signal: ("SIGHUP", "SIGPIPE", "SIGCHLD", "SIGALRM", "SIGUSR1", "SIGTSTP", "pthread_kill", "setitimer"),
    os: ("fork", "geteuid", "getegid", "getuid", "getgid", "getpgid", "killpg", "setsid", "chown", "fchown", "mkfifo",
         "getpgrp", "tcgetpgrp"),
}.items():
    for name in names:
        vars(module).pop(name, None)
open(os.environ["BLOCKED"], "a").write("x")
"""

LIFECYCLE = """
import importlib, pkgutil
for package in ("ivs_channel", "ivs_stream_key", "moto_ivs", "rehearsal", "rehearsal_aws"):
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        if module.name.rpartition(".")[2] != "__main__":
            importlib.import_module(module.name)

from pathlib import Path
from rehearsal import Project, Stack
from ivs_channel import LiveChannel
import pulumi

def program():
    live = LiveChannel("live", rotation_triggers={"season": pulumi.Config().require("season")})
    pulumi.export("key", live.stream_key)

folder = Path.cwd()
stack = Stack(
    Project("lives", folder, folder),
    program=program,
    state=folder / "state/dev.json",
    cloud_folder=folder / "cloud",
    config={"season": "1", "aws:region": "us-east-1"},
)
first = stack.up()
assert first.ok, first.errors
stack.config["season"] = "2"
second = stack.up()
assert second.changes["replace"] == 1, second.errors
assert first.outputs["key"].value != second.outputs["key"].value
assert set(stack.preview().changes) == {"same"}
assert stack.destroy().ok
assert stack.export()["deployment"]["resources"] == []
"""


def run(script, folder):
    (folder / "blocking").mkdir()
    (folder / "blocking/sitecustomize.py").write_text(BLOCK, encoding="utf-8")
    (folder / "script.py").write_text(script, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(folder / "blocking"), "BLOCKED": str(folder / "blocked")}
    command = [sys.executable, "-W", "ignore", "script.py"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return len((folder / "blocked").read_text(encoding="utf-8"))


@pytest.mark.slow("imports every module, and starts 5 processes that do")
def test_every_module_imports_and_a_stack_completes_its_lifecycle(tmp_path):
    processes = run(LIFECYCLE, tmp_path)
    assert processes >= 5, "the provider processes did not run sitecustomize.py"
