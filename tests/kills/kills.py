"""Kill `rehearse` at random times, and check that one `up` repairs the stack and the next changes nothing.

kills.py [--kills N] [--channels N] [--seed N]

The stack has N channels, each with a stream key. The script interrupts a first `up`, a rotation of all keys, and a
`destroy` in turn, by SIGKILL, SIGTERM, SIGHUP, or SIGINT to the process group, at a random moment of their usual
duration. After each kill, no process of the run may be left, the next `up` must succeed, and a second one must find no
change. At the end a refresh must find no change, and a destroy must leave nothing. This takes up to an hour.
"""

import argparse
import collections
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = """
import pulumi
from ivs_channel import LiveChannel

config = pulumi.Config()
for number in range(config.require_int("channels")):
    LiveChannel(f"live-{number}", rotation_triggers={"rotation": config.require("rotation")})
"""
OPERATIONS = ("up", "rotation", "destroy")
SIGNALS = ("SIGKILL", "SIGTERM", "SIGHUP", "SIGINT")
_TIMEOUT = 600


def print_line(text):
    """Print a line, and flush it."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class CheckFailed(Exception):
    """A check has failed."""


class KilledStack:
    """A stack, and the commands that run on it."""

    def __init__(self, folder, channels):
        self.folder, self.channels, self.rotation = folder, channels, 0
        (folder / "Pulumi.yaml").write_text("{name: kills, runtime: python}", encoding="utf-8")
        (folder / "__main__.py").write_text(PROGRAM, encoding="utf-8")

    def start(self, op):
        config = (
            []
            if op in {"destroy", "refresh"}
            else ["-c", f"channels={self.channels}", "-c", f"rotation={self.rotation}"]
        )
        return subprocess.Popen(
            [sys.executable, "-m", "rehearsal", op, "--json", *config],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def run(self, op):
        """Run an operation to its end; return its report."""
        process = self.start(op)
        out, err = process.communicate(timeout=_TIMEOUT)
        if process.returncode:
            raise CheckFailed(f"{op} fails:\n{out}\n{err}")
        return json.loads(out)

    def timed(self, op):
        started = time.monotonic()
        self.run(op)
        return time.monotonic() - started

    def interrupt(self, op, kind, seconds):
        """Start an operation, and send it the signal after `seconds`; return whether it was still running."""
        process = self.start(op)
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            number = getattr(signal, kind)
            os.killpg(process.pid, number) if kind == "SIGINT" else process.send_signal(number)
            process.communicate(timeout=_TIMEOUT)
            return True
        return False

    def running_processes(self):
        """Return the ids of processes whose working directory is the folder, on systems with /proc."""
        found = []
        for link in Path("/proc").glob("[0-9]*/cwd"):
            try:
                if link.readlink() == self.folder:
                    found.append(link.parent.name)
            except OSError:
                continue
        return found

    def check_recovery(self):
        deadline = time.monotonic() + 20
        while self.running_processes():
            if time.monotonic() > deadline:
                raise CheckFailed(f"processes {self.running_processes()} are left after their run")
            time.sleep(0.1)
        self.run("up")
        report = self.run("up")
        if set(report["changes"]) != {"same"}:
            raise CheckFailed(f"the second up has changes: {report}")


class KillTest:
    """Kills of one stack: their number of each kind, and the checks that failed."""

    def __init__(self, stack, rng):
        self.stack, self.rng = stack, rng
        self.kills, self.too_late, self.failures = collections.Counter(), 0, []
        self.usual_seconds = {"up": stack.timed("up")}
        stack.rotation += 1
        self.usual_seconds["rotation"] = stack.timed("up")
        self.usual_seconds["destroy"] = stack.timed("destroy")
        print_line("usual times: " + ", ".join(f"{op} {seconds:.1f} s" for op, seconds in self.usual_seconds.items()))
        stack.run("up")

    def kill_once(self):
        """Kill one operation, and check that the stack recovers."""
        count = self.kills.total()
        op, kind = OPERATIONS[count % len(OPERATIONS)], SIGNALS[count // len(OPERATIONS) % len(SIGNALS)]
        if op == "up":
            self.stack.run("destroy")
        self.stack.rotation += op == "rotation"
        seconds = self.rng.uniform(0, self.usual_seconds[op])
        interrupted = self.stack.interrupt("up" if op == "rotation" else op, kind, seconds)
        kill = f"{op}, {kind} after {seconds:.2f} s"
        try:
            self.stack.check_recovery()
        except CheckFailed as error:
            self.failures.append(f"{kill}: {error}")
            print_line(self.failures[-1])
            shutil.rmtree(self.stack.folder / ".rehearsal")
            self.stack.run("up")
        self.too_late += not interrupted
        self.kills[op, kind] += interrupted
        if interrupted:
            print_line(f"{self.kills.total()}: {kill}")

    def check_end(self):
        """Check that a refresh finds no change, and that a destroy leaves nothing."""
        changes = self.stack.run("refresh")["changes"]
        if set(changes) - {"same"}:
            self.failures.append(f"a refresh finds changes: {changes}")
        self.stack.run("destroy")
        if self.stack.run("refresh")["steps"]:
            self.failures.append("a destroy leaves something")

    def print_summary(self):
        """Print how many kills there were, and the checks that failed."""
        for (op, kind), number in sorted(self.kills.items()):
            print_line(f"{op:9} {kind:8} {number:3}")
        print_line(
            f"{self.kills.total()} kills, {self.too_late} came too late and do not count, "
            f"{len(self.failures)} checks failed"
        )
        for line in self.failures:
            print_line(line)


def main():
    """Run as many kills as the arguments say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--channels", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    args = parser.parse_args()
    print_line(f"seed {args.seed}")
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        kill_test = KillTest(KilledStack(Path(folder).resolve(), args.channels), random.Random(args.seed))
        while kill_test.kills.total() < args.kills:
            kill_test.kill_once()
        kill_test.check_end()
    kill_test.print_summary()
    raise SystemExit(bool(kill_test.failures))


if __name__ == "__main__":
    main()
