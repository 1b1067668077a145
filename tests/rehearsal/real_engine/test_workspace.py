"""The real engine's workspace folder: processes, locks and cleanup."""

import json
import os
import re
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

from rehearsal import Project
from rehearsal.errors import ConfigError, StateError
from rehearsal.real_engine.cli import Cli
from rehearsal.real_engine.workspace import Workspace
from rehearsal.state import passphrase, scratch
from rehearsal.state.property_values import Secret

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the launchers are shell scripts")


@pytest.fixture
def workspace():
    made = Workspace()
    yield made
    made.close()


def test_a_temporary_folder_is_private_and_removed(workspace):
    folder = workspace.folder
    assert folder.stat().st_mode & 0o77 == 0
    workspace.close()
    assert not folder.exists()


def test_a_given_folder_is_kept(tmp_path):
    made = Workspace(tmp_path / "mine")
    made.close()
    assert (tmp_path / "mine/backend").is_dir()


def test_processes_of_a_finished_operation_are_not_killed(workspace):
    (workspace.folder / "processes" / str(os.getpid())).touch()
    workspace.forget_processes()
    assert not workspace.kill_dynamic_providers()


@pytest.fixture
def running_cli(tmp_path):
    """A running process with the name of the CLI, `pulumi`."""
    script = tmp_path / "pulumi"
    script.write_text("#!/bin/sh\necho started\nread -r line\n")
    script.chmod(0o755)
    with subprocess.Popen([script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "started\n"
        yield process
        process.stdin.close()


def test_only_the_lock_of_a_killed_cli_is_removed(workspace, running_cli):
    folder = workspace.folder / "backend/.pulumi/locks/organization/p/dev"
    folder.mkdir(parents=True)
    with subprocess.Popen(["true"]) as ended:
        ended.wait()
    here = socket.gethostname()
    locks = {
        "dead": {"pid": ended.pid, "hostname": here},
        "reused": {"pid": os.getpid(), "hostname": here},
        "alive": {"pid": running_cli.pid, "hostname": here},
        "elsewhere": {"pid": ended.pid, "hostname": f"not-{here}"},
        "odd": [],
    }
    for name, lock in locks.items():
        (folder / f"{name}.json").write_text(json.dumps(lock))
        (folder / f"{name}.json.attrs").write_text("{}")
    workspace.remove_stale_locks(Project("p", Path(), Path()), "dev")
    names_known = Path("/proc/self/comm").exists()  # other systems tell only the process id
    kept = ["alive", "elsewhere", "odd", *([] if names_known else ["reused"])]
    assert sorted(file.stem for file in folder.glob("*.json")) == kept
    assert not (folder / "dead.json.attrs").exists()


def test_two_runs_cannot_use_one_folder(tmp_path):
    first, second = Workspace(tmp_path / "mine"), Workspace(tmp_path / "mine")
    with first.locked():
        (first.folder / "processes/1").touch()
        with pytest.raises(StateError, match=r"another run is working in .*mine; wait until it ends"), second.locked():
            pass
        assert (first.folder / "processes/1").exists()
    with second.locked():
        assert not (first.folder / "processes/1").exists()


def test_the_clis_message_is_the_error_if_a_stack_cannot_be_opened(workspace, tmp_path, monkeypatch):
    cli = tmp_path / "pulumi"
    cli.write_text(
        '#!/bin/sh\n[ "$1" = version ] && echo v3.274.1 && exit\necho "error: the passphrase is gone" >&2\nexit 255\n'
    )
    cli.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StateError, match=r"^the stack 'dev' can't be opened: the passphrase is gone$"):
        workspace.open(Project("p", tmp_path, tmp_path), "dev", tmp_path)
    with pytest.raises(ConfigError, match="stack '-x': the Pulumi CLI would take the name for an option"):
        workspace.open(Project("p", tmp_path, tmp_path), "-x", tmp_path)


def test_the_users_passphrase_is_not_replaced(monkeypatch):
    for given in ({}, {"PULUMI_CONFIG_PASSPHRASE": "mine"}, {"PULUMI_CONFIG_PASSPHRASE_FILE": "there"}):
        with monkeypatch.context() as patch:
            for name, value in given.items():
                patch.setenv(name, value)
            made = Workspace()
            assert ("PULUMI_CONFIG_PASSPHRASE" in made._environment(Path())) is not bool(given)
            made.close()


def test_config_is_written_to_a_file_and_is_in_no_argument_of_the_cli(workspace, monkeypatch):
    monkeypatch.setattr(Cli, "run", lambda *_: pytest.fail("the CLI ran"))
    monkeypatch.setattr(passphrase, "_ITERATIONS", 10)
    workspace.configure("dev", {"p:pin": Secret("hunter2"), "p:open": "5"})
    file = workspace.folder / "project/Pulumi.dev.yaml"
    assert '"p:open": "5"' in file.read_text()
    assert "hunter2" not in file.read_text()
    file.write_text("[1]")
    with pytest.raises(StateError, match=r"the config can't be set: .*Pulumi\.dev\.yaml: expected a mapping, got list"):
        workspace.configure("dev", {})


@pytest.mark.parametrize(
    "content",
    [
        b"hunter2",
        b"[]",
        b"{}",
        b'{"version": 3, "checkpoint": "hunter2"}',
        b'{"version": 3, "checkpoint": {"latest": "hunter2"}}',
        b'{"checkpoint": {"latest": {}}}',
        b"[" * 100_000,
        b"\xff\xfe",
    ],
    ids=lambda content: content[:40],
)
def test_a_malformed_state_file_is_one_line_with_file_and_remedy(workspace, content):
    file = workspace.folder / "backend/.pulumi/stacks/p/dev.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    with pytest.raises(
        StateError, match=r"dev\.json is not what the engine writes; restore one of \S+/\.pulumi/backups, or"
    ) as caught:
        workspace.deployment(Project("p", Path(), Path()), "dev")
    assert "hunter2" not in str(caught.value)


def test_an_invalid_state_is_rejected(workspace):
    project = Project("p", Path(), Path())
    file = workspace.folder / "backend/.pulumi/stacks/p/dev.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"version": 99, "checkpoint": {}}')
    with pytest.raises(StateError, match=r"dev\.json is a deployment of version 99"):
        workspace.deployment(project, "dev")


FOREIGN_CONTENT = "content of another file"


@pytest.mark.parametrize(
    "place", ["bin/pulumi-resource-aws", "project/Pulumi.yaml", "lock", "backend/.pulumi/meta.yaml"]
)
@pytest.mark.parametrize("link", [os.symlink, os.link], ids=["symbolic", "hard"])
def test_a_planted_link_is_refused_and_its_target_is_unchanged(tmp_path, place, link):
    home = tmp_path / "home"
    home.write_text(FOREIGN_CONTENT)
    planted = tmp_path / ".rehearsal/pulumi/dev" / place
    planted.parent.mkdir(parents=True)
    link(home, planted)
    with pytest.raises(StateError, match=f"{re.escape(str(planted))} is a link"):
        Workspace(tmp_path / ".rehearsal/pulumi/dev")
    assert home.read_text() == FOREIGN_CONTENT


@pytest.mark.parametrize("place", ["processes", "home", "bin", "backend"])
def test_no_folder_of_somewhere_else_is_emptied_or_written_to(tmp_path, place):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "1").write_text(FOREIGN_CONTENT)
    planted = tmp_path / "mine" / place
    planted.parent.mkdir()
    planted.symlink_to(outside)
    with pytest.raises(StateError, match="is a link"):
        Workspace(tmp_path / "mine")
    assert [path.read_text() for path in outside.iterdir()] == [FOREIGN_CONTENT]


def test_no_command_that_was_planted_is_on_the_engine_s_path(workspace):
    folder = workspace.folder / "bin"
    for name in ("sh", "pulumi-resource-evil", "pulumi-language-python"):
        (folder / name).write_text("#!/bin/sh\nexit 1\n")
    (folder / "folder").mkdir()
    workspace.write_launchers([("toy:*", object)])
    assert {path.name for path in folder.iterdir()} == {"pulumi-resource-toy", "pulumi-resource-pulumi-python"}


def test_the_engine_s_home_holds_no_plugin_that_was_planted(workspace):
    planted = workspace.folder / "home/plugins/resource-evil-v1.0.0"
    planted.mkdir(parents=True)
    with workspace.locked():
        assert list((workspace.folder / "home").iterdir()) == []


def test_leftovers_of_a_killed_process_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    scratch._remove_leftover.cache_clear()
    killed = Workspace()
    (killed.folder / "in-use").unlink()
    (killed.folder / "in-use").touch()  # not locked, as after a kill
    scratch._remove_leftover.cache_clear()
    made = Workspace()
    assert [path for path in tmp_path.iterdir() if path.is_dir()] == [made.folder]
    made.close()
    assert list(tmp_path.iterdir()) == []
