"""Kills the engine during a random lifecycle, and selects the results that must be equal afterwards.

A step with `"kill": [NAME, WHEN]` runs until the provider first changes the thing NAME. Then the engine gets SIGKILL,
"before" or "after" the change, as WHEN says. With the real engine this kills the CLI, with rehearsal's own engine the
process that runs the operation. Then the same operation runs again.

fuzz_kills.py FOLDER    reads a step from stdin, runs it on rehearsal's own engine, and writes its result to stdout
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
_TIMEOUT_SECONDS = 120


def run_and_kill_cli(stack, cloud, step, run_step):
    """Run a step on the real engine, and kill the CLI when the provider reaches the change; return the result."""
    killed = threading.Event()
    ended = threading.Event()

    def kill():
        while not ended.wait(0.01):
            if _reached_file(cloud).exists():
                for process in list(stack._workspace._cli._running):
                    process.kill()
                    killed.set()
                return

    before = _count_calls(cloud)
    watch = threading.Thread(target=kill, name="kill")
    with _kill_requested(cloud, step):
        watch.start()
        try:
            got = run_step(stack, cloud, step)
        finally:
            ended.set()
            watch.join()
    return _result_of_killed(step, stack, cloud, before) if killed.is_set() else got


def run_and_kill_own(stack, cloud, step):
    """Do the same with rehearsal's own engine, in a separate process on the state of `stack`."""
    before = _count_calls(cloud)
    command = [sys.executable, __file__, str(cloud.parent)]
    with (
        _kill_requested(cloud, step),
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process,
    ):
        process.stdin.write(json.dumps(step))
        process.stdin.close()
        deadline = time.monotonic() + _TIMEOUT_SECONDS
        while process.poll() is None and not _reached_file(cloud).exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        killed = process.poll() is None
        process.kill()
        output = process.stdout.read()
    return _result_of_killed(step, stack, cloud, before) if killed else json.loads(output)


@contextlib.contextmanager
def _kill_requested(cloud, step):
    os.environ[_KILL] = " ".join(step["kill"])
    try:
        yield
    finally:
        del os.environ[_KILL]
        _reached_file(cloud).unlink(missing_ok=True)


def _reached_file(cloud):
    return Path(f"{cloud}.reached")


def _count_calls(cloud):
    return len(json.loads(cloud.read_text(encoding="utf-8"))["calls"]) if cloud.exists() else 0


def _result_of_killed(step, stack, cloud, before):
    """Return the result of a step whose engine was killed before it could report."""
    no_report = {"ok": False, "changes": {}, "steps": [], "failed": [], "errors": [KILLED]}
    return {
        "op": step["op"],
        **no_report,
        **conformance.calls_and_state_since(stack, cloud, before),
        "pending": pending(stack),
    }


def pending(stack):
    """Return the pending operations in the state: those that a killed engine started but did not finish."""
    operations = stack.export()["deployment"].get("pending_operations") or []
    return sorted([operation["type"], operation["resource"]["urn"]] for operation in operations)


def related_names(steps, name):
    """Return the names of a thing, its dependencies and its dependents in the programs of the steps.

    Old and new names of a renamed resource count as one.
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


def only_named(got, names, *, whole=()):
    """Reduce a step's result to the resources of these names and the stack, except for the parts in `whole`.

    If both engines are killed while they change one of these resources, the reduced results must be equal. Unrelated
    resources may or may not be done by then.
    """

    def wanted(urn):
        return "pulumi:pulumi:Stack" in urn or urn.rpartition("::")[2] in names

    parts = {
        "calls": [call for call in got["calls"] if call[1] in names],
        "steps": [step for step in got["steps"] if wanted(step["urn"])],
        "changes": {},  # they count all steps
        "things": [thing for thing in got["things"] if thing.rpartition("-")[0] in names],
        "state": [resource for resource in got["state"] if wanted(resource["urn"])],
    }
    return {**got, **{name: part for name, part in parts.items() if name not in whole}}


if __name__ == "__main__":
    from fuzz_engines import own_stack, run_step

    _folder = Path(sys.argv[1])
    sys.stdout.write(json.dumps(run_step(own_stack(_folder), _folder / "cloud.json", json.loads(sys.stdin.read()))))
