"""Runs the scenarios on rehearsal's engine, and compares the results with the recordings as ``check.py`` does."""

import json

import pytest

from conformance import HERE, SCENARIOS, describe_difference, load_recording, run_step, set_up
from rehearsal import Project, Stack
from rehearsal.real_engine.stack import PulumiStack


@pytest.fixture
def cloud(tmp_path, monkeypatch):
    """The path of the file that holds the toy cloud."""
    path = tmp_path / "cloud.json"
    monkeypatch.setenv("TOY_CLOUD", str(path))
    return path


def assert_matches_recording(stack, steps, recorded, cloud, **options):
    for number, (step, want) in enumerate(zip(steps, recorded, strict=True), 1):
        problem = describe_difference(number, step, want, run_step(stack, step, cloud, **options))
        assert not problem, problem


@pytest.mark.slow("some operations a scenario, with the provider in a process too", quick="[a-d]*-in process")
@pytest.mark.rehearse_engine("rehearsal", reason="the recordings are what the real engine does")
@pytest.mark.parametrize("provider_process", [True, False], ids=["process", "in process"])
@pytest.mark.parametrize("name", SCENARIOS)
def test_rehearsal_matches_the_recording_of_the_real_engine(name, tmp_path, cloud, provider_process):
    steps = set_up(HERE / name, tmp_path)
    stack = Stack(Project.load(tmp_path), clouds=[], provider_process=provider_process)
    assert_matches_recording(stack, steps, load_recording(HERE / name)["steps"], cloud)


@pytest.mark.rehearse_engine("pulumi", reason="it compares the real engine with its own recordings")
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.real("the installed engine behaves as recorded") if name in EACH else ())
        for EACH in [{"components", "replace_delete_first", "secrets"}]
        for name in SCENARIOS
    ],
)
def test_the_real_engine_matches_its_recording(name, tmp_path, cloud):
    steps = set_up(HERE / name, tmp_path)
    with PulumiStack(Project.load(tmp_path), clouds=[]) as stack:
        assert_matches_recording(stack, steps, load_recording(HERE / name)["steps"], cloud, parallel=1)


def test_every_recording_names_the_engine_version():
    engines = {json.dumps(load_recording(HERE / name)["engine"]) for name in SCENARIOS}
    assert len(engines) == 1, "make record records them all"
    assert engines.pop().startswith('"pulumi 3.')


def test_a_difference_reports_the_steps_of_both_engines():
    want = load_recording(HERE / "lifecycle")["steps"][1]
    got = {**want, "changes": {**want["changes"], "create": 7}, "things": ["other"]}
    assert describe_difference(2, {"op": "up"}, want, want) == ""
    shown = describe_difference(2, {"op": "up"}, want, got)
    assert 'step 2 ({"op": "up"}) differs:' in shown
    assert "the real engine" in shown
    (line,) = [line for line in shown.splitlines() if '"create": 7' in line and "|" in line]
    assert f'"create": {want["changes"]["create"]}' in line
