"""The duration of one live channel's lifecycle: preview, up, preview, rotation, refresh, destroy.

Measured with the provider in this process, and in a process of its own. The last rows compare with one `up` in
rehearsal, and with one run of the program under mocks. A warm-up does the imports. The CPU time is reported too:
other work on the machine does not affect it.

    python benchmarks/lifecycle.py [--runs 20]
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from operations import write_project

# Import it before the first run, as if it were installed: a run reimports modules of the checkout that it has imported.
import ivs_channel  # noqa: F401
from rehearsal import Project, Stack
from rehearsal_aws.mocks import run_with_mocks

CONFIG = {"channels": "1", "rotation": "1", "parameters": "false"}


def lifecycle(project, provider_process):
    """Run one lifecycle; return the elapsed seconds and the CPU seconds."""
    with Stack(project, config=CONFIG, provider_process=provider_process) as stack:
        started = time.perf_counter(), time.process_time()
        for operation in (stack.preview, stack.up, stack.preview, stack.up, stack.refresh, stack.destroy):
            report = operation()
            if not report.ok:
                raise SystemExit(f"{report.op}: {report.errors}")
            if operation == stack.preview and report.changes.get("same"):
                stack.config["rotation"] = "2"
        return time.perf_counter() - started[0], time.process_time() - started[1]


def time_up(project):
    """Run one `up` in rehearsal; return the elapsed seconds and the CPU seconds."""
    started = time.perf_counter(), time.process_time()
    with Stack(project, config=CONFIG, provider_process=False) as stack:
        stack.up()
    return time.perf_counter() - started[0], time.process_time() - started[1]


def time_mocked_run(project):
    """Run the program once under mocks; return the elapsed seconds and the CPU seconds."""
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
            "one up, inprocess": lambda: time_up(project),
            "one run under mocks": lambda: time_mocked_run(project),
        }
        for name, run in rows.items():
            run()
            clock, processor = zip(*(run() for _ in range(arguments.runs)), strict=True)
            times = (statistics.median(clock), min(clock), statistics.median(processor))
            print(f"| {name} | " + " | ".join(f"{seconds * 1000:.0f} ms" for seconds in times) + " |", flush=True)


if __name__ == "__main__":
    main()
