"""Kills of the engine in a random life, and what may differ after one.

A step with `"kill": [NAME, WHEN]` is carried out up to the first change of the thing NAME, and then its engine gets
SIGKILL while the provider is at work: WHEN is "before" if the change has not happened by then, "after" if it has. Of
the real engine that is the CLI, of rehearsal's own the process that runs the operation. Then the same operation runs
again.

fuzz_kills.py FOLDER    carries out a step on rehearsal's own engine: it is on standard input, what it came to on output
"""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import conformance

KILLED = "killed"
_KILL = "TOY_KILL"
_LONGEST = 120


def cut_off(stack, cloud, step, carry_out):
    """Carry out a step on the real engine, which is killed if it comes to that; return what the step came to."""
    killed = threading.Event()
    over = threading.Event()

    def kill():
        while not over.wait(0.01):
            if _reached(cloud).exists():
                for process in list(stack._workspace._cli._running):
                    process.kill()
                    killed.set()
                return

    before = _calls_so_far(cloud)
    watch = threading.Thread(target=kill, name="kill")
    with _told_to_wait(cloud, step):
        watch.start()
        try:
            got = carry_out(stack, cloud, step)
        finally:
            over.set()
            watch.join()
    return _killed(step, stack, cloud, before) if killed.is_set() else got


def cut_off_own(stack, cloud, step):
    """Do the same with rehearsal's own engine, in a process of its own on the state of `stack`."""
    before = _calls_so_far(cloud)
    command = [sys.executable, __file__, str(cloud.parent)]
    with (
        _told_to_wait(cloud, step),
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process,
    ):
        process.stdin.write(json.dumps(step))
        process.stdin.close()
        until = time.monotonic() + _LONGEST
        while process.poll() is None and not _reached(cloud).exists() and time.monotonic() < until:
            time.sleep(0.01)
        killed = process.poll() is None
        process.kill()
        said = process.stdout.read()
    return _killed(step, stack, cloud, before) if killed else json.loads(said)


@contextlib.contextmanager
def _told_to_wait(cloud, step):
    os.environ[_KILL] = " ".join(step["kill"])
    try:
        yield
    finally:
        del os.environ[_KILL]
        _reached(cloud).unlink(missing_ok=True)


def _reached(cloud):
    return Path(f"{cloud}.reached")


def _calls_so_far(cloud):
    return len(json.loads(cloud.read_text(encoding="utf-8"))["calls"]) if cloud.exists() else 0


def _killed(step, stack, cloud, before):
    """Return what a step came to whose engine was killed: of such a one there is no report."""
    nothing = {"ok": False, "changes": {}, "steps": [], "failed": [], "errors": [KILLED]}
    return {"op": step["op"], **nothing, **conformance.left_by(stack, cloud, before), "pending": pending(stack)}


def pending(stack):
    """Return what an engine that was killed has begun and not ended, by what the state says."""
    operations = stack.export()["deployment"].get("pending_operations") or []
    return sorted([operation["type"], operation["resource"]["urn"]] for operation in operations)


def related(steps, name):
    """Return the names of all that waits for a thing, or that it waits for, in the programs of the steps; its own too.

    A resource and the one that it was before it was renamed count as one.
    """
    needs, needed, same = {}, {}, {}
    for item in (item for step in steps for item in step["items"]):
        named = [item.get("parent"), item.get("deleted_with"), *item.get("link", [])[:1], *item.get("depends_on", [])]
        for other in filter(None, named):
            needs.setdefault(item["name"], set()).add(other)
            needed.setdefault(other, set()).add(item["name"])
        for alias in item.get("aliases", []):
            if "name" in alias:
                same.setdefault(item["name"], set()).add(alias["name"])
                same.setdefault(alias["name"], set()).add(item["name"])
    return _reachable(name, needs, same) | _reachable(name, needed, same)


def _reachable(name, *edges):
    found, todo = set(), [name]
    while todo:
        one = todo.pop()
        if one not in found:
            found.add(one)
            todo += [other for edge in edges for other in edge.get(one, ())]
    return found


def of_names(got, names, *, whole=()):
    """Return what a step came to as far as it is about resources of these names, and the stack; `whole` is left whole.

    It is what must be the same on both engines when one of the names was being changed as they were killed. What
    neither waits for that nor is waited for may be done already or not.
    """

    def wanted(urn):
        return "pulumi:pulumi:Stack" in urn or urn.rpartition("::")[2] in names

    parts = {
        "calls": [call for call in got["calls"] if call[1] in names],
        "steps": [step for step in got["steps"] if wanted(step["urn"])],
        "changes": {},  # the number of the steps
        "things": [thing for thing in got["things"] if thing.rpartition("-")[0] in names],
        "state": [resource for resource in got["state"] if wanted(resource["urn"])],
    }
    return {**got, **{name: part for name, part in parts.items() if name not in whole}}


if __name__ == "__main__":
    from fuzz_engines import carry_out, own_stack

    _folder = Path(sys.argv[1])
    sys.stdout.write(json.dumps(carry_out(own_stack(_folder), _folder / "cloud.json", json.loads(sys.stdin.read()))))
