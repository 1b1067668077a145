"""Kill `rehearse` at random times, and check that one `up` repairs the stack and the next changes nothing.

kills.py [--kills N] [--channels N] [--seed N]

The stack has so many channels with their stream keys. In turn, a first `up`, a rotation of all keys, and a `destroy`
are cut off by SIGKILL, SIGTERM, SIGHUP, or SIGINT to the whole group, at a moment of their usual time. Each is followed
by an `up` that may have no error, and one that may find no change; no process may outlive the run that has started it.
At the end a refresh finds nothing, and a destroy leaves nothing. Takes the better part of an hour.
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
_LONGEST = 600


def say(text):
    """Print a line at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Wrong(Exception):
    """Something is not as promised."""


class Run:
    """One stack, and the command on it."""

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

    def whole(self, op):
        """Run an operation to its end; return its report."""
        process = self.start(op)
        out, err = process.communicate(timeout=_LONGEST)
        if process.returncode:
            raise Wrong(f"{op} fails:\n{out}\n{err}")
        return json.loads(out)

    def timed(self, op):
        started = time.monotonic()
        self.whole(op)
        return time.monotonic() - started

    def cut_off(self, op, kind, moment):
        """Send the signal at that moment; say whether the operation had not ended by then."""
        process = self.start(op)
        try:
            process.communicate(timeout=moment)
        except subprocess.TimeoutExpired:
            number = getattr(signal, kind)
            os.killpg(process.pid, number) if kind == "SIGINT" else process.send_signal(number)
            process.communicate(timeout=_LONGEST)
            return True
        return False

    def left_alive(self):
        """Return the processes that work in the folder, where the system tells."""
        found = []
        for place in Path("/proc").glob("[0-9]*/cwd"):
            try:
                if place.readlink() == self.folder:
                    found.append(place.parent.name)
            except OSError:
                continue
        return found

    def recover(self):
        until = time.monotonic() + 20
        while self.left_alive():
            if time.monotonic() > until:
                raise Wrong(f"processes {self.left_alive()} outlive their run")
            time.sleep(0.1)
        self.whole("up")
        report = self.whole("up")
        if set(report["changes"]) != {"same"}:
            raise Wrong(f"the second up is not without a change: {report}")


class Kills:
    """Kills of one stack, how many there were of each kind, and what went wrong."""

    def __init__(self, run, chance):
        self.run, self.chance = run, chance
        self.done, self.late, self.wrong = collections.Counter(), 0, []
        self.usual = {"up": run.timed("up")}
        run.rotation += 1
        self.usual["rotation"] = run.timed("up")
        self.usual["destroy"] = run.timed("destroy")
        say("usual times: " + ", ".join(f"{op} {seconds:.1f} s" for op, seconds in self.usual.items()))
        run.whole("up")

    def one(self):
        """Kill one operation, and recover."""
        count = self.done.total()
        op, kind = OPERATIONS[count % len(OPERATIONS)], SIGNALS[count // len(OPERATIONS) % len(SIGNALS)]
        if op == "up":
            self.run.whole("destroy")
        self.run.rotation += op == "rotation"
        moment = self.chance.uniform(0, self.usual[op])
        cut = self.run.cut_off("up" if op == "rotation" else op, kind, moment)
        what = f"{op}, {kind} after {moment:.2f} s"
        try:
            self.run.recover()
        except Wrong as error:
            self.wrong.append(f"{what}: {error}")
            say(self.wrong[-1])
            shutil.rmtree(self.run.folder / ".rehearsal")
            self.run.whole("up")
        self.late += not cut
        self.done[op, kind] += cut
        if cut:
            say(f"{self.done.total()}: {what}")

    def end(self):
        """See that state and cloud agree, and that nothing is left."""
        changes = self.run.whole("refresh")["changes"]
        if set(changes) - {"same"}:
            self.wrong.append(f"a refresh finds changes: {changes}")
        self.run.whole("destroy")
        if self.run.whole("refresh")["steps"]:
            self.wrong.append("a destroy leaves something")

    def tell(self):
        """Print the figures."""
        for (op, kind), number in sorted(self.done.items()):
            say(f"{op:9} {kind:8} {number:3}")
        say(f"{self.done.total()} kills, {self.late} came too late and do not count, {len(self.wrong)} went wrong")
        for line in self.wrong:
            say(line)


def main():
    """Kill as often as asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--channels", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    args = parser.parse_args()
    say(f"seed {args.seed}")
    with tempfile.TemporaryDirectory(prefix="kills-") as folder:
        kills = Kills(Run(Path(folder).resolve(), args.channels), random.Random(args.seed))
        while kills.done.total() < args.kills:
            kills.one()
        kills.end()
    kills.tell()
    raise SystemExit(bool(kills.wrong))


if __name__ == "__main__":
    main()
