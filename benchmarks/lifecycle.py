"""The duration of one live channel's lifecycle: preview, up, preview, rotation, refresh, destroy.

Measured in one run, with the provider in this process and in its own; a warm-up does the imports. Beside it the program
alone: one `up` in rehearsal, and the same under mocks. The processor time is
reported too, because other work on the machine does not affect it. The last rows are the program alone: one `up` in
rehearsal, the provider in this process, and one run under mocks.

    python benchmarks/lifecycle.py [--runs 20]
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from operations import write_project

# As if installed: what a run imports from a checkout counts as the program's own, and is imported again by each run.
import ivs_channel  # noqa: F401
from rehearsal import Project, Stack
from rehearsal_aws.mocks import run_with_mocks

CONFIG = {"channels": "1", "rotation": "1", "parameters": "false"}


def lifecycle(project, provider_process):
    """Run one lifecycle; return the elapsed seconds, and those of the processor."""
    with Stack(project, config=CONFIG, provider_process=provider_process) as stack:
        started = time.perf_counter(), time.process_time()
        for operation in (stack.preview, stack.up, stack.preview, stack.up, stack.refresh, stack.destroy):
            report = operation()
            if not report.ok:
                raise SystemExit(f"{report.op}: {report.errors}")
            if operation == stack.preview and report.changes.get("same"):
                stack.config["rotation"] = "2"
        return time.perf_counter() - started[0], time.process_time() - started[1]


def rehearsed(project):
    """Run the program once in rehearsal; return the elapsed seconds, and those of the processor."""
    started = time.perf_counter(), time.process_time()
    with Stack(project, config=CONFIG, provider_process=False) as stack:
        stack.up()
    return time.perf_counter() - started[0], time.process_time() - started[1]


def mocked(project):
    """Run the program once under mocks, likewise."""
    started = time.perf_counter(), time.process_time()
    config = {f"{project.name}:{key}": value for key, value in CONFIG.items()}
    run_with_mocks(project.main, config=config, project=project.name)
    return time.perf_counter() - started[0], time.process_time() - started[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    arguments = parser.parse_args()
    print("| provider | median | fastest | of the processor |\n|---|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder))
        project = Project.load(Path(folder))
        rows = {
            "inprocess": lambda: lifecycle(project, False),
            "process": lambda: lifecycle(project, True),
            "one up, inprocess": lambda: rehearsed(project),
            "one run under mocks": lambda: mocked(project),
        }
        for name, run in rows.items():
            run()
            clock, processor = zip(*(run() for _ in range(arguments.runs)), strict=True)
            times = (statistics.median(clock), min(clock), statistics.median(processor))
            print(f"| {name} | " + " | ".join(f"{seconds * 1000:.0f} ms" for seconds in times) + " |", flush=True)


if __name__ == "__main__":
    main()
