"""Sets up the scenarios with the toy cloud, runs their steps on an engine, and compares the results."""

import fcntl
import importlib.util
import json
import shutil
from pathlib import Path

from side_by_side import side_by_side

HERE = Path(__file__).parents[1] / "conformance"
SCENARIOS = sorted(path.parent.name for path in HERE.glob("*/scenario.json"))
FIELDS = ("ok", "changes", "steps", "failed", "calls", "things", "state")


def _load_check():
    spec = importlib.util.spec_from_file_location("conformance_check", HERE / "check.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check = _load_check()
CRUD = check.CRUD


def set_up(scenario, folder):
    """Copy the project of a scenario and the toy cloud's module to a folder; return the scenario's steps."""
    for file in scenario.glob("*.py"):
        shutil.copy(file, folder)
    shutil.copy(HERE / "toy.py", folder)
    (folder / "Pulumi.yaml").write_text('{"name": "conformance", "runtime": {"name": "python"}}')
    return json.loads((scenario / "scenario.json").read_text(encoding="utf-8"))["steps"]


def load_recording(scenario):
    """Return the recorded results of the real engine."""
    return json.loads((scenario / "golden.json").read_text(encoding="utf-8"))


def apply_drift(cloud, events):
    """Apply a step's drift to the toy cloud; return the number of calls that it has recorded so far."""
    with Path(f"{cloud}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        text = cloud.read_text(encoding="utf-8") if cloud.exists() else ""
        state = json.loads(text or '{"things": {}, "serial": {}, "calls": []}')
        for thing in events.get("delete", []):
            state["things"].pop(thing)
        for thing, props in events.get("set", {}).items():
            state["things"][thing].update(props)
        cloud.write_text(json.dumps(state), encoding="utf-8")
    return len(state["calls"])


def update_config(stack, changes):
    """Set the config values of a step; null removes a value."""
    for key, value in changes.items():
        if value is None:
            stack.config.pop(key, None)
        else:
            stack.config[key] = value


def run_step(stack, step, cloud, **options):
    """Run one step and return its result in the format of the recordings."""
    update_config(stack, step.get("config", {}))
    before = apply_drift(cloud, step.get("cloud", {}))
    limits = {"targets": step["target"]} if "target" in step else {}
    limits |= {name: step[name] for name in ("replace", "target_dependents") if name in step}
    report = getattr(stack, step["op"])(**limits, **options)
    got = {"op": step["op"], **report.to_json()}
    got["steps"] = [s for s in got["steps"] if "pulumi:providers:" not in s["urn"]]
    # Keep only the last line of a traceback: the other lines contain paths of this machine.
    got["errors"] = [error.rstrip().splitlines()[-1].strip() for error in got["errors"]]
    return got | calls_and_state_since(stack, cloud, before)


def calls_and_state_since(stack, cloud, before):
    """Return the calls after the first `before` ones, and the current resources in cloud and state."""
    after = json.loads(cloud.read_text(encoding="utf-8"))
    resources = stack.export()["deployment"].get("resources") or []
    return {
        "calls": after["calls"][before:],
        "things": sorted(after["things"]),
        "state": [check.scrub(r) for r in resources if not r["type"].startswith("pulumi:providers:")],
    }


def comparable(step):
    """Return a step whose state has only the fields that the comparison uses."""
    state = [{name: r[name] for name in check.KEEP if name in r} for r in step["state"]]
    return {**step, "state": state}


def describe_difference(number, step, want, got):
    """Return how a result differs from the recorded one, with both side by side; "" if they are equal."""
    problems = check.differences(want, got)
    if not problems:
        return ""
    sides = side_by_side(*({name: data.get(name) for name in FIELDS} for data in (comparable(want), comparable(got))))
    return "\n".join([f"step {number} ({json.dumps(step)}) differs:", *problems, "", *sides])
