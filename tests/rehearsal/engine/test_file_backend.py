import errno
import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap

import pytest

from failing_writes import fail_writes
from pathlib_errors import make_unreadable
from rehearsal.engine.file_backend import StateFile
from rehearsal.engine.snapshot import Snapshot
from rehearsal.errors import StateError
from rehearsal.state.resource import ResourceState


def resource(name, **fields):
    return ResourceState(
        urn=f"urn:pulumi:dev::p::toy:index:Thing::{name}", type="toy:index:Thing", custom=True, **fields
    )


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "dev.json"


def names(file):
    return [r["urn"].rpartition("::")[2] for r in file.export()["deployment"]["resources"]]


def test_saved_resources_are_loaded_by_the_next_run(path):
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("a"))
    assert names(StateFile(path)) == ["a"]


def test_the_state_file_is_private(path):
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("a"))
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()}
    assert set(modes.values()) == {0o600}


def fail_after_a_change(path):
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("a"))
        raise ZeroDivisionError


def test_progress_is_saved_after_an_error(path):
    with pytest.raises(ZeroDivisionError):
        fail_after_a_change(path)
    assert names(StateFile(path)) == ["a"]
    assert not path.with_name("dev.json.journal").exists()


def test_concurrent_runs_are_refused(path):
    with StateFile(path).open(), pytest.raises(StateError, match=r"another run is working on .*dev.json; wait"):
        StateFile(path).open().__enter__()


def change_and_kill(path, then):
    """Run the statement `then` on a snapshot in a process that is killed before it closes the snapshot."""
    code = f"""
        import os, signal
        from pathlib import Path
        from rehearsal.state.resource import ResourceState
        from rehearsal.engine.file_backend import StateFile

        def resource(name, **fields):
            urn = f"urn:pulumi:dev::p::toy:index:Thing::{{name}}"
            return ResourceState(urn=urn, type="toy:index:Thing", custom=True, **fields)

        with StateFile(Path({str(path)!r})).open() as snapshot:
            olds = snapshot.resources()
            {then}
            os.kill(os.getpid(), signal.SIGKILL)
    """
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], check=False)
    assert result.returncode == -signal.SIGKILL


@pytest.mark.slow("starts a process and kills it")
def test_a_killed_run_keeps_completed_steps(path):
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("a"))
        snapshot.put(resource("b"))
    change_and_kill(path, "snapshot.drop(olds[0]); snapshot.put(resource('c', id='c-1'))")
    assert sorted(names(StateFile(path))) == ["b", "c"]
    with StateFile(path).open() as snapshot:
        assert sorted(s.urn[-1] for s in snapshot.resources()) == ["b", "c"]


@pytest.mark.slow("starts a process and kills it")
def test_a_killed_run_records_its_pending_operations(path):
    change_and_kill(path, "snapshot.begin('creating', resource('a'))")
    pending = StateFile(path).export()["deployment"]["pending_operations"]
    assert [(op["type"], op["resource"]["urn"][-1]) for op in pending] == [("creating", "a")]


@pytest.mark.slow("starts a process and kills it")
def test_completed_operations_are_not_pending_after_a_kill(path):
    change_and_kill(path, "snapshot.begin('creating', resource('a')); snapshot.end(resource('a'))")
    assert "pending_operations" not in StateFile(path).export()["deployment"]


@pytest.mark.slow("starts a process and kills it")
def test_only_interrupted_creates_stay_recorded(path):
    change_and_kill(path, "snapshot.begin('creating', resource('a')); snapshot.begin('deleting', resource('b'))")
    with StateFile(path).open():
        pass
    assert [op["type"] for op in StateFile(path).export()["deployment"]["pending_operations"]] == ["creating"]
    with StateFile(path).open(forget_creates=True):
        pass
    assert "pending_operations" not in StateFile(path).export()["deployment"]


@pytest.mark.slow("starts a process and kills it")
def test_an_incomplete_last_line_is_dropped(path):
    change_and_kill(path, "snapshot.put(resource('a'))")
    journal = path.with_name("dev.json.journal")
    journal.write_text(journal.read_text() + '{"put": 7, "resou')
    assert names(StateFile(path)) == ["a"]


@pytest.mark.slow("starts a process and kills it")
def test_a_journal_of_another_state_is_not_applied(path):
    """A run was killed after it renamed the new state, which has all changes, and before it removed the journal."""
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("a"))
    change_and_kill(path, "snapshot.drop(olds[0]); snapshot.put(resource('b'))")
    journal = path.with_name("dev.json.journal")
    kept = journal.read_text()
    with StateFile(path).open():
        pass
    journal.write_text(kept)
    assert names(StateFile(path)) == ["b"]


def test_a_kill_during_a_write_keeps_the_previous_state(path):
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("a"))
    path.with_name("dev.json.new").write_text('{"version": 3, "depl')
    assert names(StateFile(path)) == ["a"]
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("b"))
    assert names(StateFile(path)) == ["b", "a"]


@pytest.mark.slow("starts a process and kills it")
def test_renames_are_applied_after_a_kill(path):
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("old"))
        snapshot.put(resource("user", dependencies=[resource("old").urn]))
    change_and_kill(path, "snapshot.supersede(olds[0], resource('new', aliases=[olds[0].urn]))")
    with StateFile(path).open() as snapshot:
        user = next(s for s in snapshot.resources() if s.urn.endswith("user"))
        assert user.dependencies == [resource("new").urn]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", None),
        ("{", "is not a Pulumi deployment: it is no JSON: Expecting property name"),
        ("[]", "is not a Pulumi deployment: expected a JSON object with a version and a deployment"),
        ('{"version": 3}', "is not a Pulumi deployment: it has no 'deployment'"),
        ('{"version": 2, "deployment": {}}', "is a deployment of version 2; rehearsal reads versions 3 and 4"),
        ('{"version": 3, "deployment": {"resources": [{}]}}', "each of its resources needs a urn and a type"),
    ],
)
def test_an_invalid_state_file_is_refused_by_name(path, text, message):
    path.parent.mkdir()
    path.write_text(text)
    if message is None:
        assert names(StateFile(path)) == []
        return
    with pytest.raises(StateError, match=message) as caught:
        StateFile(path).export()
    assert str(path) in str(caught.value)


def test_a_folder_instead_of_a_state_is_refused_by_name(tmp_path):
    with pytest.raises(StateError, match=rf"{tmp_path} can't be read: "):
        StateFile(tmp_path).export()


def test_a_state_in_an_unreadable_folder_is_not_taken_for_none(path, monkeypatch):
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("a"))
    make_unreadable(monkeypatch, path)
    with pytest.raises(StateError, match=f"{path} can't be read: Permission denied"):
        StateFile(path).export()
    with pytest.raises(PermissionError):
        StateFile(path).exists()


def test_an_unwritable_state_is_refused_by_name(tmp_path):
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "state.json"
    with pytest.raises(StateError, match=rf"{path} can't be written: "), StateFile(path).open():
        pass


def test_other_fields_of_a_deployment_are_kept(path):
    path.parent.mkdir()
    rest = {"secrets_providers": {"type": "passphrase", "state": {"salt": "v1:x"}}, "metadata": {}}
    path.write_text(json.dumps({"version": 3, "deployment": {"manifest": {"magic": "x"}, "resources": None, **rest}}))
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("a"))
    deployment = StateFile(path).export()["deployment"]
    assert {k: deployment[k] for k in rest} == rest
    # Pulumi validates `magic` against `version`; for an empty version it is empty.
    assert (deployment["manifest"]["version"], deployment["manifest"]["magic"]) == ("", "")


def test_without_a_path_the_state_is_in_memory():
    file = StateFile(None)
    with file.open() as snapshot:
        snapshot.put(resource("a"))
    assert names(file) == ["a"]
    assert isinstance(file.peek(), Snapshot)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EFBIG, errno.EROFS])
def test_a_failed_rewrite_keeps_the_state_and_names_the_file(path, monkeypatch, number):
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("a"))
    before = path.read_bytes()
    fail_writes(monkeypatch, number)
    with pytest.raises(StateError, match=rf"dev.json can't be written: .*: {os.strerror(number)}; make room") as caught:
        StateFile(path).open().__enter__()
    monkeypatch.undo()
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == before
    assert {p.name for p in path.parent.iterdir()} <= {"dev.json", "dev.json.lock"}


def run_on_a_full_disk(path, monkeypatch):
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("b"))
        fail_writes(monkeypatch, errno.ENOSPC, after=20)
        snapshot.put(resource("c"))


def test_steps_before_a_full_disk_are_kept_for_the_next_run(path, monkeypatch):
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("a"))
    with pytest.raises(StateError, match="No space left on device"):
        run_on_a_full_disk(path, monkeypatch)
    monkeypatch.undo()
    assert names(StateFile(path)) == ["b", "a"]
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("d"))
    assert sorted(names(StateFile(path))) == ["a", "b", "d"]


def test_a_symlink_at_the_temporary_path_is_not_followed(path, tmp_path):
    path.parent.mkdir()
    (tmp_path / "victim").write_text("kept")
    path.with_name("dev.json.new").symlink_to(tmp_path / "victim")
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("a"))
    assert (tmp_path / "victim").read_text() == "kept"
    assert names(StateFile(path)) == ["a"]


def test_readable_files_become_private(path):
    path.parent.mkdir()
    for name in ("dev.json", "dev.json.lock", "dev.json.journal"):
        (path.parent / name).touch()
        (path.parent / name).chmod(0o664)
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("a"))
    assert {stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()} == {0o600}


def test_the_lock_file_is_empty(path):
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("a"))
        assert path.with_name("dev.json.lock").read_bytes() == b""
    assert path.with_name("dev.json.lock").read_bytes() == b""


@pytest.mark.parametrize("name", ["dev.json.lock", "dev.json.journal"])
def test_a_hard_link_is_refused_or_replaced_and_its_target_is_unchanged(path, tmp_path, name):
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("a"))
    (tmp_path / "victim").write_text("precious\n")
    path.with_name(name).unlink(missing_ok=True)
    os.link(tmp_path / "victim", path.with_name(name))
    with (
        pytest.raises(StateError, match=f"{name}.* it is a hard link|{name} is damaged"),
        StateFile(path).open() as snapshot,
    ):
        snapshot.put(resource("b"))
    assert (tmp_path / "victim").read_text() == "precious\n"


@pytest.mark.parametrize("name", ["dev.json", "dev.json.lock", "dev.json.journal"])
def test_world_writable_files_are_refused(path, name):
    path.parent.mkdir(0o755)
    (path.parent / name).touch()
    (path.parent / name).chmod(0o666)
    with pytest.raises(StateError, match=f"{name} can be written by everybody"), StateFile(path).open():
        pass


@pytest.mark.slow("starts a process and kills it")
@pytest.mark.parametrize("damage", [b"garbage\n", b"[1]\n", b"\xff\n", b'{"put": 1}\n'])
def test_a_damaged_journal_is_refused_by_name_and_kept(path, damage):
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("a"))
    change_and_kill(path, "snapshot.put(resource('b'))")
    journal = path.with_name("dev.json.journal")
    kept = journal.read_bytes() + damage
    journal.write_bytes(kept)
    with pytest.raises(StateError, match=r"dev.json.journal is damaged; delete it to go on from the state before"):
        StateFile(path).export()
    assert journal.read_bytes() == kept


@pytest.mark.parametrize("kind", [[], {}, 5, None, "guessing"])
def test_a_journal_with_an_unknown_kind_of_operation_is_damaged(path, kind):
    with StateFile(path).open() as snapshot:
        snapshot.put(resource("a"))
    base = hashlib.sha256(path.read_bytes()).hexdigest()
    entries = [{"base": base}, {"begin": kind, "resource": resource("b").to_json()}]
    journal = path.with_name("dev.json.journal")
    journal.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries))
    with pytest.raises(StateError, match=r"dev.json.journal is damaged; delete it"):
        StateFile(path).export()


@pytest.mark.parametrize(
    "resources",
    [
        [{"urn": 1, "type": "t"}],
        [{"urn": "u", "type": "t", "propertyDependencies": 3}],
        [{"urn": "u", "type": []}],
        [{"urn": "u", "type": "t"}],
        [{"urn": "u", "type": {"a": 1}}],
        [{"urn": "u", "type": "t", "resourceHooks": 1.5}],
        [{"urn": "u", "type": "t", "inputs": 5}],
        [{"urn": "u", "type": "t", "inputs": json.loads("[" * 900 + "]" * 900)}],
        [{"urn": "u", "type": "t", "inputs": {"a": "\ud800"}}],
    ],
)
def test_a_malformed_state_is_refused_by_name_with_a_remedy(path, resources):
    path.parent.mkdir()
    path.write_text(json.dumps({"version": 3, "deployment": {"resources": resources}}))
    before = path.read_bytes()
    with pytest.raises(StateError, match="put one in its place with `rehearse import FILE`") as caught:
        StateFile(path).peek()
    assert str(path) in str(caught.value)
    assert path.read_bytes() == before
