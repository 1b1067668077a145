"""The startup time before a user's program or test runs.

- `pytest` with the plugin installed and unused, compared with pytest without it, alternately;
- `rehearse preview` of one live channel, until the first line of progress and until the end, compared with the
  program's own imports.

Each run is a process. The results are medians.

    python benchmarks/startup.py [--runs 9]
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from operations import write_project

IMPORTS = "import pulumi, pulumi_aws, ivs_channel; pulumi_aws.ivs.Channel"


def timed(command, folder):
    """Return the seconds until a command writes its first line, and until it exits."""
    started = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        process.stdout.readline()
        first = time.perf_counter() - started
        process.stdout.read()
    if process.returncode:
        sys.exit(f"{command} failed")
    return first, time.perf_counter() - started


def pytest_starts(folder, runs):
    """Yield the rows of the table for pytest."""
    (folder / "test_nothing.py").write_text("def test_nothing(): pass\n", encoding="utf-8")
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_nothing.py"]
    whole = {"without the plugin": [], "with it, unused": []}
    for _ in range(runs):
        for options, times in zip((["-p", "no:rehearsal"], []), whole.values(), strict=True):
            times.append(timed([*pytest, *options], folder)[1])
    for name, times in whole.items():
        yield f"pytest {name}", "-", f"{statistics.median(times) * 1000:.0f} ms"
    more = statistics.median(b - a for a, b in zip(*whole.values(), strict=True))
    yield "pytest: the plugin's part", "-", f"{more * 1000:.0f} ms"


def preview_starts(folder, runs):
    """Yield the rows of the table for `rehearse preview`."""
    write_project(folder)
    words = [str(Path(sys.executable).with_name("rehearse")), "preview"]
    for key, value in (("channels", "1"), ("rotation", "1"), ("parameters", "false")):
        words += ["--config", f"{key}={value}"]
    for name, command in (("rehearse preview", words), ("the program's imports", [sys.executable, "-c", IMPORTS])):
        first, whole = zip(*(timed(command, folder) for _ in range(runs)), strict=True)
        shown = f"{statistics.median(first):.2f} s" if name == "rehearse preview" else "-"
        yield name, shown, f"{statistics.median(whole):.2f} s"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9)
    arguments = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    print("| | first line | whole |\n|---|--:|--:|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for part in (pytest_starts, preview_starts):
            (folder / part.__name__).mkdir()
            for row in part(folder / part.__name__, arguments.runs):
                print(f"| {' | '.join(row)} |", flush=True)


if __name__ == "__main__":
    main()
