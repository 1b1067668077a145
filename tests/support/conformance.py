"""Scenarios with the toy cloud: set-up, and the results of a step on either engine."""

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
    """Put the project of a scenario into a folder, with the toy cloud's module; return its steps."""
    for file in scenario.glob("*.py"):
        shutil.copy(file, folder)
    shutil.copy(HERE / "toy.py", folder)
    (folder / "Pulumi.yaml").write_text('{"name": "conformance", "runtime": {"name": "python"}}')
    return json.loads((scenario / "scenario.json").read_text(encoding="utf-8"))["steps"]


def golden(scenario):
    """Return what the real engine did, as it was recorded."""
    return json.loads((scenario / "golden.json").read_text(encoding="utf-8"))


def happen(cloud, events):
    """Apply a step's drift to the cloud; return the number of calls so far."""
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


def configure(stack, changes):
    """Set what a step says of the config; null takes a value back."""
    for key, value in changes.items():
        if value is None:
            stack.config.pop(key, None)
        else:
            stack.config[key] = value


def take(stack, step, cloud, **options):
    """Take one step and return it in the form of the recordings."""
    configure(stack, step.get("config", {}))
    before = happen(cloud, step.get("cloud", {}))
    limits = {"targets": step["target"]} if "target" in step else {}
    limits |= {name: step[name] for name in ("replace", "target_dependents") if name in step}
    report = getattr(stack, step["op"])(**limits, **options)
    got = {"op": step["op"], **report.to_json()}
    got["steps"] = [s for s in got["steps"] if "pulumi:providers:" not in s["urn"]]
    # Of a traceback that which no two machines share is left out.
    got["errors"] = [error.rstrip().splitlines()[-1].strip() for error in got["errors"]]
    return got | left_by(stack, cloud, before)


def left_by(stack, cloud, before):
    """Return the calls since the number `before`, and what there is now in cloud and state."""
    after = json.loads(cloud.read_text(encoding="utf-8"))
    resources = stack.export()["deployment"].get("resources") or []
    return {
        "calls": after["calls"][before:],
        "things": sorted(after["things"]),
        "state": [check.scrub(r) for r in resources if not r["type"].startswith("pulumi:providers:")],
    }


def kept(step):
    """Return a step without what no two runs share, and what nothing is compared by."""
    state = [{name: r[name] for name in check.KEEP if name in r} for r in step["state"]]
    return {**step, "state": state}


def compared(number, step, want, got):
    """Return why a step is not as it should be, with both sides beside each other; "" if it is."""
    problems = check.differences(want, got)
    if not problems:
        return ""
    sides = side_by_side(*({name: data.get(name) for name in FIELDS} for data in (kept(want), kept(got))))
    return "\n".join([f"step {number} ({json.dumps(step)}) differs:", *problems, "", *sides])
