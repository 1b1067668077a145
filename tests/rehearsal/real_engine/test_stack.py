"""The parts of a PulumiStack that work without an engine."""

import contextlib
import json
import stat
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from pulumi.automation import CommandResult
from pulumi.automation.errors import create_command_error

from rehearsal import Project
from rehearsal.engine.interruption import CANCELLED, INTERRUPTED
from rehearsal.errors import StateError
from rehearsal.real_engine.plugins import installed_packages
from rehearsal.real_engine.stack import PulumiStack


@pytest.fixture
def project(tmp_path):
    return Project("p", tmp_path, tmp_path)


def test_checking_for_a_stack_creates_nothing(project, tmp_path):
    stack = PulumiStack(project, folder=tmp_path / "home", clouds=[])
    assert not stack.exists()
    assert stack.export()["deployment"]["resources"] == []
    assert list(tmp_path.iterdir()) == []


def test_the_state_is_read_from_the_engines_file(project, tmp_path):
    file = tmp_path / "home/backend/.pulumi/stacks/p/dev.json"
    file.parent.mkdir(parents=True)
    latest = {"manifest": {}, "resources": [{"urn": "urn:pulumi:dev::p::a:b:C::d", "type": "a:b:C", "custom": False}]}
    file.write_text(json.dumps({"version": 3, "checkpoint": {"stack": "organization/p/dev", "latest": latest}}))
    stack = PulumiStack(project, folder=tmp_path / "home", clouds=[])
    assert stack.exists()
    assert stack.export() == {"version": 3, "deployment": latest}
    assert stack.export(show_secrets=False) == stack.export()


def test_an_empty_state_has_an_empty_list_of_resources(project, tmp_path):
    file = tmp_path / "home/backend/.pulumi/stacks/p/dev.json"
    file.parent.mkdir(parents=True)
    for checkpoint in ({"latest": {"manifest": {}}}, {}):
        file.write_text(json.dumps({"version": 3, "checkpoint": checkpoint}))
        stack = PulumiStack(project, folder=tmp_path / "home", clouds=[])
        assert stack.export()["deployment"]["resources"] == []


@pytest.mark.parametrize(("unmodelled", "made_up"), [("made-up", True), ("refuse", False), (None, False)])
def test_unmodelled_types_are_made_up_for_each_installed_package(project, unmodelled, made_up):
    patterns = {pattern for pattern, _ in PulumiStack(project, clouds=[], unmodelled=unmodelled)._made_up([], set())}
    assert patterns == ({f"{package}:*" for package in installed_packages()} if made_up else set())


def test_each_interruption_is_reported_and_passed_to_the_engine(project, tmp_path, monkeypatch):
    def interrupt_and_cancel(_self, _work, *, interrupt, cancel):
        interrupt()
        cancel()
        return False

    interruptions = []
    monkeypatch.setattr("rehearsal.real_engine.stack.Interruptions.during", interrupt_and_cancel)
    monkeypatch.setattr("rehearsal.real_engine.stack.Workspace.interrupt", lambda _: interruptions.append(1))
    stack = PulumiStack(project, folder=tmp_path / "home", clouds=[], program=lambda: None)
    monkeypatch.setattr(stack, "_automation_stack", lambda: SimpleNamespace(workspace=SimpleNamespace(env_vars={})))
    report = stack.up()
    assert (report.errors, len(interruptions)) == ([INTERRUPTED, CANCELLED], 2)
    assert (report.ok, report.interrupted, report.abandoned) == (False, True, True)


SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"hunter2"'}


@pytest.mark.parametrize("fails", [True, False])
def test_the_file_of_an_import_is_private_and_deleted_even_if_the_cli_fails(project, tmp_path, monkeypatch, fails):
    monkeypatch.delenv("PULUMI_CONFIG_PASSPHRASE", raising=False)
    seen = []

    def run(arguments):
        file = Path(arguments[arguments.index("--file") + 1])
        seen.append((file.is_file(), "hunter2" in file.read_text(), stat.S_IMODE(file.stat().st_mode)))
        if fails:
            raise create_command_error(CommandResult(stdout="", stderr="error: no", code=255))

    automation = SimpleNamespace(workspace=SimpleNamespace(_run_pulumi_cmd_sync=run))
    monkeypatch.setattr(PulumiStack, "_automation_stack", lambda _: automation)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    resource = {"urn": "urn:pulumi:dev::p::a:b:C::d", "type": "a:b:C", "custom": False, "inputs": {"pin": SECRET}}
    text = json.dumps({"version": 3, "deployment": {"manifest": {}, "resources": [resource]}})
    stack = PulumiStack(project, folder=tmp_path / "home", clouds=[], unmodelled="made-up")
    warnings = []
    with pytest.raises(StateError, match="can't be imported: no") if fails else contextlib.nullcontext():
        stack.import_deployment(text, warn=warnings.append)
    assert seen == [(True, True, 0o600)]
    leaks = [path for path in tmp_path.rglob("*") if path.is_file() and "hunter2" in path.read_text(errors="replace")]
    assert leaks == []
    (warning,) = warnings
    message = "the secrets of 1 resources are in plaintext, or encrypted with a passphrase that everybody knows, in"
    assert warning.startswith(f"{message} {tmp_path / 'home'}; set PULUMI_CONFIG_PASSPHRASE")
