"""What can be shown of the recorder without the CLI: how it reads the engine's events, and that it skips."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

from real_cli import missing_of_the_real_cli

HERE = Path(__file__).parent


@pytest.fixture
def record_real(monkeypatch):
    monkeypatch.syspath_prepend(str(HERE))
    spec = importlib.util.spec_from_file_location("conformance_record_real", HERE / "record_real.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pre(op, urn, **metadata):
    return {"resourcePreEvent": {"metadata": {"op": op, "urn": urn, "type": "t", **metadata}}}


def test_a_log_of_events_is_read_as_a_step_of_a_recording(record_real):
    events = [
        {"sequence": 0, "preludeEvent": {"config": {}}},
        pre("create", "urn:pulumi:dev::p::pulumi:providers:pulumi-python::default"),
        pre("replace", "urn:pulumi:dev::p::t::a", keys=["dbr"]),
        pre("create", "urn:pulumi:dev::p::t::b"),
        {"resOutputsEvent": {"metadata": {"op": "create", "urn": "urn:pulumi:dev::p::t::b"}}},
        {"diagnosticEvent": {"severity": "info", "message": "hello"}},
        {"diagnosticEvent": {"severity": "error", "message": "no", "urn": "urn:pulumi:dev::p::t::b"}},
        {"resOpFailedEvent": {"metadata": {"op": "create", "urn": "urn:pulumi:dev::p::t::b"}, "status": 1}},
        {"summaryEvent": {"resourceChanges": {"replace": 1, "same": 0}, "durationSeconds": 1}},
    ]
    assert record_real.read_events(map(json.dumps, events)) == {
        "changes": {"replace": 1},
        "steps": [
            {"op": "replace", "urn": "urn:pulumi:dev::p::t::a", "replace_keys": ["dbr"]},
            {"op": "create", "urn": "urn:pulumi:dev::p::t::b"},
        ],
        "failed": ["urn:pulumi:dev::p::t::b"],
        "errors": ["no"],
    }


def test_without_a_pulumi_it_says_that_it_skips_and_ends_well(monkeypatch, tmp_path):
    command = [sys.executable, str(HERE / "record_real.py")]
    done = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True)
    assert done.stdout == "skipped: the Pulumi CLI is not on PATH\n"


def test_with_a_pulumi_that_can_not_run_python_it_says_what_is_missing(tmp_path):
    (tmp_path / "pulumi").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "pulumi").chmod(0o755)
    command = [sys.executable, str(HERE / "record_real.py")]
    done = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=True)
    missing = "pulumi-language-python and pulumi-resource-pulumi-python"
    assert done.stdout == f"skipped: {tmp_path}/pulumi comes without {missing}\n"


def test_language_hosts_beside_the_cli_that_path_only_links_to_are_found(monkeypatch, tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "bin").mkdir()
    for name in ("pulumi", "pulumi-language-python", "pulumi-resource-pulumi-python"):
        (tmp_path / "lib" / name).touch(0o755)
    (tmp_path / "bin/pulumi").symlink_to(tmp_path / "lib/pulumi")
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert missing_of_the_real_cli() == ""
