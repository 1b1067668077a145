"""The duration and memory of operations on many live channels: one row for each mode and size.

Each row is a run in its own process, with its own embedded cloud. Peak memory includes the provider's process if there
is one. The modes are:

- `process`: the dynamic provider in its own process, as in Pulumi;
- `inprocess`: the dynamic provider in the same process;
- `cli`: the real engine, by the Pulumi CLI on PATH with an inline program; the first `up` creates the stack;
- `mocks`: only the program, in Pulumi's SDK, under mocks: the part of an `up` that does not depend on the engine.

    python benchmarks/operations.py [--sizes 1,10,100,1000] [--modes process,inprocess,mocks,cli] [--parameters]
"""

import argparse
import importlib
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

OPERATIONS = ("up", "no-op up", "rotate all", "refresh", "destroy")
PROGRAM = """
import pulumi
import pulumi_aws as aws
from ivs_channel import LiveChannel

config = pulumi.Config()
for n in range(config.require_int("channels")):
    channel = LiveChannel(f"live{n}", rotation_triggers={"rotation": config.require("rotation")})
    if config.require_bool("parameters"):
        aws.ssm.Parameter(f"live{n}", type="SecureString", value=channel.stream_key)
"""
PROJECT = {"name": "bench", "runtime": {"name": "python", "options": {"virtualenv": str(Path(sys.prefix))}}}


def write_project(folder):
    (folder / "Pulumi.yaml").write_text(json.dumps(PROJECT), encoding="utf-8")
    (folder / "__main__.py").write_text(PROGRAM, encoding="utf-8")


def timed_operations(mode, channels, parameters):
    """Run all operations through the API; return the seconds of each."""
    from rehearsal import Project, Stack  # noqa: PLC0415 - only the measured process imports it

    options = {"provider_process": mode == "process"}
    if mode == "cli":
        from rehearsal.real_engine.stack import PulumiStack as Stack  # noqa: PLC0415 - likewise

        options = {}
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder))
        config = {"channels": str(channels), "rotation": "1", "parameters": json.dumps(parameters)}
        with Stack(Project.load(Path(folder)), config=config, **options) as stack:
            for operation in OPERATIONS:
                if operation == "rotate all":
                    stack.config["rotation"] = "2"
                run = {"refresh": stack.refresh, "destroy": stack.destroy}.get(operation, stack.up)
                started = time.perf_counter()
                report = run()
                seconds[operation] = time.perf_counter() - started
                if not report.ok:
                    sys.exit(f"{operation}: {report.errors}")
                # Import it again, as if it were installed: rehearsal unloads a checkout's modules after each run.
                importlib.import_module("ivs_channel")
    return seconds


def timed_program(channels, parameters):
    """Run the program under mocks twice; return the seconds with and without its imports."""
    from rehearsal_aws.mocks import run_with_mocks  # noqa: PLC0415 - likewise

    config = {"bench:channels": str(channels), "bench:rotation": "1", "bench:parameters": json.dumps(parameters)}
    seconds = {}
    with tempfile.TemporaryDirectory() as folder:
        write_project(Path(folder))
        for operation in OPERATIONS[:2]:
            started = time.perf_counter()
            run_with_mocks(Path(folder), config=config, project="bench")
            seconds[operation] = time.perf_counter() - started
            importlib.import_module("ivs_channel")
    return seconds


def one_row(mode, channels, parameters):
    seconds = timed_program(channels, parameters) if mode == "mocks" else timed_operations(mode, channels, parameters)
    peak = sum(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {"seconds": seconds, "peak_mib": peak / 1024}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1,10,100,1000", help="numbers of channels")
    parser.add_argument("--modes", default="process,inprocess,mocks,cli")
    parser.add_argument("--parameters", action="store_true", help="an SSM parameter with the key for each channel, too")
    parser.add_argument("--row", nargs=2, metavar=("MODE", "CHANNELS"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.row:
        mode, channels = arguments.row
        print(json.dumps(one_row(mode, int(channels), arguments.parameters)))
        return

    print("| mode | channels | resources | " + " | ".join(OPERATIONS) + " | peak memory |")
    print("|---|--:|--:|" + "--:|" * (len(OPERATIONS) + 1))
    for mode in arguments.modes.split(","):
        if mode == "cli" and shutil.which("pulumi") is None:
            print("\ncli: left out, as `pulumi` is not on PATH", file=sys.stderr)
            continue
        for size in map(int, arguments.sizes.split(",")):
            words = [sys.executable, __file__, "--row", mode, str(size)]
            words += ["--parameters"] if arguments.parameters else []
            done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
            row = json.loads(done.stdout)
            seconds = row["seconds"]
            times = " | ".join(f"{seconds[name]:.2f} s" if name in seconds else "-" for name in OPERATIONS)
            resources = 1 + size * (4 if arguments.parameters else 3)
            print(f"| {mode} | {size:,} | {resources:,} | {times} | {row['peak_mib']:.0f} MiB |", flush=True)


if __name__ == "__main__":
    main()
