"""The recorded scenarios, run through the API and held against the recordings by the rules of ``check.py``."""

import importlib.util
import json
import shutil
from pathlib import Path

import pytest

from rehearsal import Project, Stack

HERE = Path(__file__).parent
SCENARIOS = sorted(path.parent.name for path in HERE.glob("*/golden.json"))


def _load_check():
    spec = importlib.util.spec_from_file_location("conformance_check", HERE / "check.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check = _load_check()


@pytest.fixture
def folder(tmp_path, request):
    """The project of the scenario, with the toy cloud beside it."""
    for file in (HERE / request.param).glob("*.py"):
        shutil.copy(file, tmp_path)
    shutil.copy(HERE / "toy.py", tmp_path)
    (tmp_path / "Pulumi.yaml").write_text('{"name": "conformance", "runtime": {"name": "python"}}')
    return tmp_path


@pytest.fixture
def cloud(tmp_path, monkeypatch):
    """The file that is the toy cloud."""
    path = tmp_path / "cloud.json"
    monkeypatch.setenv("TOY_CLOUD", str(path))
    return path


def happen(cloud, events):
    """Let what the step says happen to the cloud behind Pulumi's back; return the number of calls so far."""
    state = json.loads(cloud.read_text()) if cloud.exists() else {"things": {}, "serial": {}, "calls": []}
    for thing in events.get("delete", []):
        state["things"].pop(thing)
    for thing, props in events.get("set", {}).items():
        state["things"][thing].update(props)
    cloud.write_text(json.dumps(state))
    return len(state["calls"])


def take(stack, step, cloud):
    """Take one step and return it in the form of the recordings."""
    before = happen(cloud, step.get("cloud", {}))
    limits = {"targets": step["target"]} if "target" in step else {}
    if "replace" in step:
        limits["replace"] = step["replace"]
    report = getattr(stack, step["op"])(**limits)
    after = json.loads(cloud.read_text())
    resources = stack.export()["deployment"]["resources"]
    got = report.to_json()
    got["steps"] = [s for s in got["steps"] if "pulumi:providers:" not in s["urn"]]
    got["calls"] = after["calls"][before:]
    got["things"] = sorted(after["things"])
    got["state"] = [check.scrub(r) for r in resources if not r["type"].startswith("pulumi:providers:")]
    return got


@pytest.mark.parametrize("provider_process", [True, False], ids=["process", "in process"])
@pytest.mark.parametrize("folder", SCENARIOS, indirect=True)
def test_rehearsal_does_what_was_recorded_of_the_real_engine(folder, cloud, provider_process, request):
    scenario = HERE / request.node.callspec.params["folder"]
    steps = json.loads((scenario / "scenario.json").read_text())["steps"]
    golden = json.loads((scenario / "golden.json").read_text())["steps"]
    stack = Stack(Project.load(folder), clouds=[], provider_process=provider_process)
    for number, (step, want) in enumerate(zip(steps, golden, strict=True), 1):
        for key, value in step.get("config", {}).items():
            if value is None:
                stack.config.pop(key, None)
            else:
                stack.config[key] = value
        got = take(stack, step, cloud)
        assert check.differences(want, got) == [], f"step {number}: {step}"
