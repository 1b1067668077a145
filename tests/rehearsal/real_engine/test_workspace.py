"""The folder of the real engine: what is started from it, and what is left of it."""

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from rehearsal import Project
from rehearsal.errors import StateError
from rehearsal.real_engine.workspace import Workspace

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the launchers are shell scripts")


@pytest.fixture
def workspace():
    made = Workspace()
    yield made
    made.close()


def test_a_temporary_folder_is_for_its_owner_alone_and_goes(workspace):
    folder = workspace.folder
    assert folder.stat().st_mode & 0o77 == 0
    workspace.close()
    assert not folder.exists()


def test_a_folder_that_was_given_stays(tmp_path):
    made = Workspace(tmp_path / "mine")
    made.close()
    assert (tmp_path / "mine/backend").is_dir()


def test_what_was_noted_of_an_operation_that_is_over_is_not_killed(workspace):
    (workspace.folder / "processes" / str(os.getpid())).touch()
    workspace.forget_processes()
    assert not workspace.kill_dynamic_providers()


def test_the_lock_of_a_cli_that_was_killed_is_broken_and_no_other(workspace):
    folder = workspace.folder / "backend/.pulumi/locks/organization/p/dev"
    folder.mkdir(parents=True)
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    here = socket.gethostname()
    locks = {
        "dead": {"pid": ended.pid, "hostname": here},
        "alive": {"pid": os.getpid(), "hostname": here},
        "elsewhere": {"pid": ended.pid, "hostname": f"not-{here}"},
        "odd": [],
    }
    for name, lock in locks.items():
        (folder / f"{name}.json").write_text(json.dumps(lock))
        (folder / f"{name}.json.attrs").write_text("{}")
    workspace.remove_stale_locks(Project("p", Path(), Path()), "dev")
    assert sorted(file.name for file in folder.glob("*.json")) == ["alive.json", "elsewhere.json", "odd.json"]
    assert not (folder / "dead.json.attrs").exists()


def test_a_passphrase_of_the_users_is_not_replaced(monkeypatch):
    for given in ({}, {"PULUMI_CONFIG_PASSPHRASE": "mine"}, {"PULUMI_CONFIG_PASSPHRASE_FILE": "there"}):
        with monkeypatch.context() as patch:
            for name, value in given.items():
                patch.setenv(name, value)
            made = Workspace()
            assert ("PULUMI_CONFIG_PASSPHRASE" in made._environment(Path())) is not bool(given)
            made.close()


def test_a_state_that_is_none_is_refused(workspace):
    project = Project("p", Path(), Path())
    file = workspace.folder / "backend/.pulumi/stacks/p/dev.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"version": 99, "checkpoint": {}}')
    with pytest.raises(StateError, match=r"dev\.json is a deployment of version 99"):
        workspace.deployment(project, "dev")
