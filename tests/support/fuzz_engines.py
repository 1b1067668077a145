"""Random lives on both engines, and what is the real engine's own freedom in them."""

import contextlib
import dataclasses
import itertools
import json
import os
import tempfile
from pathlib import Path

import conformance
import fuzz_kills
from fuzz_programs import declare
from rehearsal import Project, Stack
from rehearsal.real_engine.stack import PulumiStack
from side_by_side import side_by_side


@dataclasses.dataclass(frozen=True)
class Comparison:
    """How a life went on both engines: how they differ, and at which step the real one was free to go its own way."""

    difference: str = ""
    free_from: int = 0


def lives_differ(steps):
    """Run a life on both engines; return how they differ, "" if they do not."""
    return compared_lives(steps).difference


def compared_lives(steps):
    """Run a life on both engines, and compare each step."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name, contextlib.ExitStack() as held:
        sides = []
        for make in (_real_stack, own_stack):
            folder = Path(name).resolve() / make.__name__
            folder.mkdir()
            conformance.set_up(conformance.HERE / "lifecycle", folder)
            sides.append((held.enter_context(make(folder)), folder / "cloud.json"))
        for number in range(1, len(steps) + 1):
            for real, ours in _taken(sides, steps[:number]):
                problems = conformance.check.differences(real, ours) + _said_otherwise(real, ours)
                if not problems:
                    continue
                if _is_free(real, ours):
                    return Comparison(free_from=number)  # from here on each goes its own way
                shown = side_by_side(
                    *({n: conformance.kept(side)[n] for n in conformance.FIELDS} for side in (real, ours))
                )
                life = "\n".join(json.dumps(s) for s in steps[:number])
                return Comparison("\n".join([f"step {number} differs, after\n{life}", *problems, "", *shown]))
    return Comparison()


def own_stack(folder):
    """Return a stack of rehearsal's own engine."""
    return Stack(Project.load(folder), clouds=[], state=folder / "state.json")


def _real_stack(folder):
    return PulumiStack(Project.load(folder), clouds=[])


def _taken(sides, steps):
    """Take the last of the steps on both engines; yield what is to be the same, each time it is to be so."""
    step = steps[-1]
    if "kill" not in step:
        yield [carry_out(stack, cloud, step) for stack, cloud in sides]
        return
    (real, its_cloud), (own, own_cloud) = sides
    cut = fuzz_kills.cut_off(real, its_cloud, step, carry_out), fuzz_kills.cut_off_own(own, own_cloud, step)
    if not any(one["errors"] == [fuzz_kills.KILLED] for one in cut):
        yield cut
        return
    names = fuzz_kills.related(steps, step["kill"][0])
    yield [fuzz_kills.of_names(one, names) for one in cut]
    again = [carry_out(stack, cloud, {k: v for k, v in step.items() if k != "drift"}) for stack, cloud in sides]
    yield [fuzz_kills.of_names(one, names, whole=("things", "state")) for one in again]


def carry_out(stack, cloud, step):
    """Take a step on one engine."""
    os.environ["TOY_CLOUD"] = str(cloud)
    stack.run(lambda: declare(step["items"]))
    asked = {"op": step["op"], "cloud": _drift(cloud, step.get("drift"))}
    asked |= {limit: step[limit] for limit in ("replace", "target", "target_dependents") if limit in step}
    got = conformance.take(stack, asked, cloud, parallel=1)
    return {**in_order(got), "pending": fuzz_kills.pending(stack)}


def in_order(got):
    """Put in order what the real engine does in any: the deletions of several old ones of one URN.

    It takes what can be deleted at the same time from a set (`stepGenerator.ScheduleDeletes`).
    """
    calls, steps = got["calls"], got["steps"]
    changing = [number for number, call in enumerate(calls) if call[0] in conformance.CRUD]
    _sort_runs(calls, changing, of=lambda call: call[1], which=lambda call: call[0] == "delete")
    _sort_runs(steps, range(len(steps)), of=lambda step: step["urn"], which=lambda step: "delete" in step["op"])
    return got


def _sort_runs(events, places, *, of, which):
    """Sort what follows each other of one resource, if it is `which`, in the places that it has."""
    for name in {of(events[place]) for place in places}:
        mine = [place for place in places if of(events[place]) == name]
        for chosen, run in itertools.groupby(mine, key=lambda place: which(events[place])):
            there = list(run) if chosen else []
            for place, event in zip(there, sorted((events[place] for place in there), key=json.dumps), strict=True):
                events[place] = event


def _drift(cloud, drift):
    """Return what happens to a thing of the cloud, if there is one."""
    things = sorted(json.loads(cloud.read_text())["things"]) if drift and cloud.exists() else []
    if not things:
        return {}
    thing = things[drift[1] % len(things)]
    return {"delete": [thing]} if drift[0] == "delete" else {"set": {thing: {"value": "drifted"}}}


def _said_otherwise(real, ours):
    said = []
    if bool(real["errors"]) != bool(ours["errors"]):
        said.append(f"errors: want {real['errors']}, got {ours['errors']}")
    if real["pending"] != ours["pending"]:
        said.append(f"pending operations: want {real['pending']}, got {ours['pending']}")
    return said


def _is_free(real, ours):
    """Say whether both have failed, and differ in what may run beside a failure: what does not wait for it.

    With one resource at a time, which of two branches is the first is the program's event loop's to say, and after the
    first failure nothing new begins.
    """
    if real["ok"] or ours["ok"]:
        return False
    both = {*real["failed"]} & {*ours["failed"]}
    if bool(real["failed"]) != bool(ours["failed"]):
        return False
    resources = {resource["urn"]: resource for side in (real, ours) for resource in side["state"]}
    return not any(_waits_for(urn, both, resources) for urn in _differing(real, ours))


def _differing(real, ours):
    """Return the URNs of resources that are not the same in both states."""
    left, right = ({(r["urn"], json.dumps(r, sort_keys=True)) for r in side["state"]} for side in (real, ours))
    return {urn for urn, _ in left ^ right}


def _waits_for(urn, failed, resources):
    resource = resources.get(urn, {})
    needs = {*resource.get("dependencies", []), resource.get("parent")} & resources.keys()
    return bool(needs & failed) or any(_waits_for(need, failed, resources) for need in needs - {urn})
