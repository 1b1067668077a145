"""Run random lives on both engines, several at a time, and say which differ.

fuzz.py [--first SEED] [--jobs N] COUNT

A difference is shrunk: whatever of its program and its steps can be left out is left out. Exit code 1 if there is one.
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

from fuzz_engines import compared_lives, lives_differ
from fuzz_programs import make_life, smaller
from rehearsal.providers import preloaded


def say(text):
    """Print at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(seed):
    """Run the life of a seed; return the seed, how many steps it has, and how it went."""
    preloaded.enable()
    life = make_life(Random(seed))
    comparison = compared_lives(life)
    return seed, len(life), comparison.free_from, shrunk(life, comparison.difference)


def shrunk(life, difference):
    """Return the difference of the smallest life that still has one."""
    tries = smaller(life) if difference else iter(())
    for other in tries:
        if found := lives_differ(other):
            return shrunk(other, found)
    return difference


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--first", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=min(os.cpu_count() or 1, 8))
    parser.add_argument("count", type=int)
    args = parser.parse_args()
    began, steps, free, differing = time.monotonic(), 0, [], []
    with concurrent.futures.ProcessPoolExecutor(args.jobs, multiprocessing.get_context("spawn")) as pool:
        work = [pool.submit(run, seed) for seed in range(args.first, args.first + args.count)]
        for number, done in enumerate(concurrent.futures.as_completed(work), 1):
            seed, taken, free_from, difference = done.result()
            steps += taken
            free += [seed] if free_from else []
            differing += [seed] if difference else []
            how = "DIFFERS" if difference else f"free from step {free_from}" if free_from else "same"
            say(f"{number}/{args.count} seed {seed}, {taken} steps: {how}")
            if difference:
                say(difference)
    say(
        f"{args.count} programs, {steps} operations on each engine, {time.monotonic() - began:.0f} s: "
        f"{args.count - len(free) - len(differing)} the same to the end, {len(free)} the same until a failure beside "
        f"which the real engine is free {free}, {len(differing)} differ {differing}"
    )
    sys.exit(bool(differing))


if __name__ == "__main__":
    main()
