"""Runs random lifecycles on both engines, and compares their results where the real engine is deterministic."""

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
    """How the engines differ, or the first step whose result the real engine does not determine."""

    difference: str = ""
    undetermined_from: int = 0


def lifecycle_difference(steps):
    """Run a lifecycle on both engines; return how they differ, "" if they do not."""
    return compare_lifecycle(steps).difference


def compare_lifecycle(steps):
    """Run a lifecycle on both engines, and compare each step."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name, contextlib.ExitStack() as stacks:
        sides = []
        for make in (_real_stack, own_stack):
            folder = Path(name).resolve() / make.__name__
            folder.mkdir()
            conformance.set_up(conformance.HERE / "lifecycle", folder)
            sides.append((stacks.enter_context(make(folder)), folder / "cloud.json"))
        for number in range(1, len(steps) + 1):
            for real, own in _results_of_last_step(sides, steps[:number]):
                problems = conformance.check.differences(real, own) + _other_differences(real, own)
                if not problems:
                    continue
                if _is_undetermined(real, own):
                    return Comparison(undetermined_from=number)  # the later steps start from different states
                shown = side_by_side(
                    *({n: conformance.comparable(side)[n] for n in conformance.FIELDS} for side in (real, own))
                )
                lifecycle = "\n".join(json.dumps(s) for s in steps[:number])
                return Comparison("\n".join([f"step {number} differs, after\n{lifecycle}", *problems, "", *shown]))
    return Comparison()


def own_stack(folder):
    """Return a stack of rehearsal's own engine."""
    return Stack(Project.load(folder), clouds=[], state=folder / "state.json")


def _real_stack(folder):
    return PulumiStack(Project.load(folder), clouds=[])


def _results_of_last_step(sides, steps):
    """Run the last of the steps on both engines; yield pairs of results that must be equal."""
    step = steps[-1]
    if "kill" not in step:
        yield [run_step(stack, cloud, step) for stack, cloud in sides]
        return
    (real, real_cloud), (own, own_cloud) = sides
    killed = (
        fuzz_kills.run_and_kill_cli(real, real_cloud, step, run_step),
        fuzz_kills.run_and_kill_own(own, own_cloud, step),
    )
    if not any(one["errors"] == [fuzz_kills.KILLED] for one in killed):
        yield killed
        return
    names = fuzz_kills.related_names(steps, step["kill"][0])
    yield [fuzz_kills.only_named(one, names) for one in killed]
    repeated = [run_step(stack, cloud, {k: v for k, v in step.items() if k != "drift"}) for stack, cloud in sides]
    yield [fuzz_kills.only_named(one, names, whole=("things", "state")) for one in repeated]


def run_step(stack, cloud, step):
    """Run a step on one engine, and return its result."""
    os.environ["TOY_CLOUD"] = str(cloud)
    stack.run(lambda: declare(step["items"]))
    asked = {"op": step["op"], "cloud": _drift_event(cloud, step.get("drift"))}
    asked |= {limit: step[limit] for limit in ("replace", "target", "target_dependents") if limit in step}
    got = conformance.run_step(stack, asked, cloud, parallel=1)
    return {**sort_unordered_deletions(got), "pending": fuzz_kills.pending(stack)}


def sort_unordered_deletions(got):
    """Sort deletions of several old resources of one URN: the real engine does them in any order.

    It takes resources that can be deleted at the same time from a set (`stepGenerator.ScheduleDeletes`).
    """
    calls, steps = got["calls"], got["steps"]
    changing = [number for number, call in enumerate(calls) if call[0] in conformance.CRUD]
    _sort_runs(calls, changing, of=lambda call: call[1], which=lambda call: call[0] == "delete")
    _sort_runs(steps, range(len(steps)), of=lambda step: step["urn"], which=lambda step: "delete" in step["op"])
    return got


def _sort_runs(events, places, *, of, which):
    """Sort each run of consecutive events of one resource for which `which` is true."""
    for name in {of(events[place]) for place in places}:
        mine = [place for place in places if of(events[place]) == name]
        for chosen, run in itertools.groupby(mine, key=lambda place: which(events[place])):
            there = list(run) if chosen else []
            for place, event in zip(there, sorted((events[place] for place in there), key=json.dumps), strict=True):
                events[place] = event


def _drift_event(cloud, drift):
    """Return the drift of one resource in the toy cloud; {} if the step has no drift or the cloud is empty."""
    things = sorted(json.loads(cloud.read_text())["things"]) if drift and cloud.exists() else []
    if not things:
        return {}
    thing = things[drift[1] % len(things)]
    return {"delete": [thing]} if drift[0] == "delete" else {"set": {thing: {"value": "drifted"}}}


def _other_differences(real, own):
    differences = []
    if bool(real["errors"]) != bool(own["errors"]):
        differences.append(f"errors: want {real['errors']}, got {own['errors']}")
    if real["pending"] != own["pending"]:
        differences.append(f"pending operations: want {real['pending']}, got {own['pending']}")
    return differences


def _is_undetermined(real, own):
    """Whether both have failed, and differ only in resources that do not depend on the failed ones.

    With one resource at a time, the program's event loop decides which of two independent resources is first. After the
    first failure the engine starts no other resource.
    """
    if real["ok"] or own["ok"]:
        return False
    both = {*real["failed"]} & {*own["failed"]}
    if bool(real["failed"]) != bool(own["failed"]):
        return False
    resources = {resource["urn"]: resource for side in (real, own) for resource in side["state"]}
    return not any(_depends_on(urn, both, resources) for urn in _differing_urns(real, own))


def _differing_urns(real, own):
    """Return the URNs of resources that differ between the states."""
    left, right = ({(r["urn"], json.dumps(r, sort_keys=True)) for r in side["state"]} for side in (real, own))
    return {urn for urn, _ in left ^ right}


def _depends_on(urn, failed, resources):
    resource = resources.get(urn, {})
    needs = {*resource.get("dependencies", []), resource.get("parent")} & resources.keys()
    return bool(needs & failed) or any(_depends_on(need, failed, resources) for need in needs - {urn})
