"""The duration of one live channel's lifecycle: preview, up, preview, rotation, refresh, destroy.

Measured in one run, with the provider in this process and in its own; a warm-up does the imports. The processor time is
reported too, because other work on the machine does not affect it.

    python benchmarks/lifecycle.py [--lives 20]
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from operations import write_project

from rehearsal import Project, Stack


def life(project, provider_process):
    """Run one lifecycle; return the elapsed seconds, and those of the processor."""
    config = {"channels": "1", "rotation": "1", "parameters": "false"}
    with Stack(project, config=config, provider_process=provider_process) as stack:
        started = time.perf_counter(), time.process_time()
        for operation in (stack.preview, stack.up, stack.preview, stack.up, stack.refresh, stack.destroy):
            report = operation()
            if not report.ok:
                raise SystemExit(f"{report.op}: {report.errors}")
            if operation == stack.preview and report.changes.get("same"):
                stack.config["rotation"] = "2"
        return time.perf_counter() - started[0], time.process_time() - started[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lives", type=int, default=20)
    arguments = parser.parse_args()
    print("| provider | median | fastest | of the processor |\n|---|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder))
        project = Project.load(Path(folder))
        for mode, provider_process in (("inprocess", False), ("process", True)):
            life(project, provider_process)
            clock, processor = zip(*(life(project, provider_process) for _ in range(arguments.lives)), strict=True)
            times = (statistics.median(clock), min(clock), statistics.median(processor))
            print(f"| {mode} | " + " | ".join(f"{seconds * 1000:.0f} ms" for seconds in times) + " |")


if __name__ == "__main__":
    main()
