"""The cost of durability: the embedded cloud stores each change before it responds. Also the time to open it again.

The same `up` runs on a cloud in memory and on one in a folder, alternately, each in its own process. Then a cloud with
many channels and rotated keys is opened: after a regular close, and after a kill.

    python benchmarks/durability.py [--channels 100] [--pairs 5] [--opened 1000] [--rotations 30]
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = """
import pulumi
from ivs_channel import LiveChannel

for n in range(pulumi.Config().require_int("channels")):
    LiveChannel(f"live{n}")
"""


def time_up(channels, folder):
    """Return the elapsed seconds and the CPU seconds of an `up` on a cloud in `folder`, or in memory."""
    from rehearsal import Project, Stack  # noqa: PLC0415 - only the measured process imports it

    with tempfile.TemporaryDirectory() as name:
        project = Path(name)
        (project / "Pulumi.yaml").write_text("name: bench\nruntime: python\n", encoding="utf-8")
        (project / "__main__.py").write_text(PROGRAM, encoding="utf-8")
        config = {"channels": str(channels)}
        cloud = Path(folder) if folder else None
        with Stack(Project.load(project), config=config, cloud_folder=cloud, provider_process=False) as stack:
            started, started_cpu = time.perf_counter(), time.process_time()
            report = stack.up()
            seconds = time.perf_counter() - started, time.process_time() - started_cpu
        if not report.ok:
            sys.exit(str(report.errors))
    return seconds


def fill(folder, channels, rotations):
    """Create the channels, rotate their keys, and kill this process."""
    from rehearsal_aws import EmbeddedAws  # noqa: PLC0415

    ivs = EmbeddedAws(Path(folder)).boto3("ivs", "us-east-1")
    made = [ivs.create_channel(name=f"live{n}", tags={"number": str(n)}) for n in range(channels)]
    keys = {answer["channel"]["arn"]: answer["streamKey"]["arn"] for answer in made}
    for _ in range(rotations):
        for channel, key in keys.items():
            ivs.delete_stream_key(arn=key)
            keys[channel] = ivs.create_stream_key(channelArn=channel, tags={"a": "b"})["streamKey"]["arn"]
    os.kill(os.getpid(), signal.SIGKILL)


def time_opening(folder, channels, *, change):
    """Return the elapsed and the CPU seconds from the start to the first response, including imports."""
    started, started_cpu = time.perf_counter(), time.process_time()
    from rehearsal_aws import EmbeddedAws  # noqa: PLC0415

    cloud = EmbeddedAws(Path(folder))
    ivs = cloud.boto3("ivs", "us-east-1")
    ivs.list_channels()
    seconds = time.perf_counter() - started, time.process_time() - started_cpu
    found = sum(len(page["channels"]) for page in ivs.get_paginator("list_channels").paginate(maxResults=100))
    if found != channels:
        sys.exit(f"{found} channels, and not {channels}")
    if change:
        ivs.create_channel(name="one-more")
    cloud.close()
    return seconds


def run_in_process(*words):
    command = [sys.executable, __file__, "--row", *map(str, words)]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode not in (0, -signal.SIGKILL):
        sys.exit(done.stderr.decode())
    return json.loads(done.stdout) if done.stdout else None


def row(kind, *words):
    if kind == "up":
        return time_up(int(words[0]), words[1])
    if kind == "fill":
        return fill(words[0], int(words[1]), int(words[2]))
    return time_opening(words[0], int(words[1]), change=words[2] == "change")


def compare_ups(channels, pairs):
    print(f"| up of {channels} channels | median | of the processor |\n|---|--:|--:|")
    times = {"in memory": [], "in a folder": []}
    for _ in range(pairs):
        for name, taken in times.items():
            with tempfile.TemporaryDirectory() as folder:
                taken.append(run_in_process("up", channels, "" if name == "in memory" else folder))
    medians = {
        name: [statistics.median(column) for column in zip(*taken, strict=True)] for name, taken in times.items()
    }
    for name, (clock, processor) in medians.items():
        print(f"| {name} | {clock:.2f} s | {processor:.2f} s |")
    memory, folder = times.values()
    ratios = [[b / a for a, b in zip(one, other, strict=True)] for one, other in zip(memory, folder, strict=True)]
    clock, processor = (statistics.median(column) for column in zip(*ratios, strict=True))
    print(f"| median of the ratios of {pairs} pairs | {clock:.2f} | {processor:.2f} |\n")


def compare_openings(channels, rotations):
    print(f"| a cloud of {channels} channels after {rotations} rotations | size | opened in | of the processor |")
    print("|---|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as name:
        empty, killed, closed = (Path(name) / part for part in ("empty", "killed", "closed"))
        run_in_process("fill", killed, channels, rotations)
        shutil.copytree(killed, closed)
        run_in_process("open", closed, channels, "change")
        clouds = (
            ("empty", empty, 0),
            ("after a kill", killed, channels),
            ("after an end in order", closed, channels + 1),
        )
        for what, folder, number in clouds:
            rows = [run_in_process("open", folder, number, "look") for _ in range(5)]
            clock, processor = (statistics.median(column) for column in zip(*rows, strict=True))
            size = sum(file.stat().st_size for file in folder.glob("*")) / 2**20
            print(f"| {what} | {size:.1f} MiB | {clock:.2f} s | {processor:.2f} s |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", type=int, default=100)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--opened", type=int, default=1000)
    parser.add_argument("--rotations", type=int, default=30)
    parser.add_argument("--row", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.row:
        print(json.dumps(row(*arguments.row)))
        return
    if arguments.pairs:
        compare_ups(arguments.channels, arguments.pairs)
    if arguments.opened:
        compare_openings(arguments.opened, arguments.rotations)


if __name__ == "__main__":
    main()
