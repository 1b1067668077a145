"""Run random lifecycles on both engines, several at a time, and report which differ.

fuzz.py [--first SEED] [--jobs N] COUNT

A lifecycle that differs is shrunk: all parts that the difference does not need are left out. The exit code is 1 if one
differs.
"""

import argparse
import concurrent.futures
import multiprocessing
import os
import sys
import time
from pathlib import Path
from random import Random

sys.path.append(str(Path(__file__).resolve().parents[1] / "support"))

from fuzz_engines import compare_lifecycle, lifecycle_difference
from fuzz_programs import make_lifecycle, smaller_lifecycles
from rehearsal.providers import preloaded


def print_line(text):
    """Print a line, and flush it."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(seed):
    """Run the lifecycle of a seed; return the seed, its number of steps, and the result."""
    preloaded.enable()
    lifecycle = make_lifecycle(Random(seed))
    comparison = compare_lifecycle(lifecycle)
    return seed, len(lifecycle), comparison.undetermined_from, shrink(lifecycle, comparison.difference)


def shrink(lifecycle, difference):
    """Return the difference of the smallest lifecycle that still has one."""
    tries = smaller_lifecycles(lifecycle) if difference else iter(())
    for other in tries:
        if found := lifecycle_difference(other):
            return shrink(other, found)
    return difference


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 8))
    parser.add_argument("count", type=int)
    args = parser.parse_args()
    started, steps, undetermined, differing = time.monotonic(), 0, [], []
    with concurrent.futures.ProcessPoolExecutor(args.jobs, multiprocessing.get_context("spawn")) as pool:
        work = [pool.submit(run, seed) for seed in range(args.first, args.first + args.count)]
        for number, done in enumerate(concurrent.futures.as_completed(work), 1):
            seed, step_count, undetermined_from, difference = done.result()
            steps += step_count
            undetermined += [seed] if undetermined_from else []
            differing += [seed] if difference else []
            same = f"undetermined from step {undetermined_from}" if undetermined_from else "same"
            print_line(f"{number}/{args.count} seed {seed}, {step_count} steps: {'DIFFERS' if difference else same}")
            if difference:
                print_line(difference)
    print_line(
        f"{args.count} programs, {steps} operations on each engine, {time.monotonic() - started:.0f} s: "
        f"{args.count - len(undetermined) - len(differing)} the same to the end, {len(undetermined)} the same "
        f"until a failure after which the real engine's result is undetermined {undetermined}, "
        f"{len(differing)} differ {differing}"
    )
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
