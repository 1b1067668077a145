import os
import re
import stat

import pytest

from rehearsal.engine.file_backend import StateFile
from rehearsal.errors import StateError
from rehearsal.state.trust import VARIABLE, check_tree, check_trusted

if not hasattr(os, "geteuid"):
    pytest.skip("the system has no owners of files", allow_module_level=True)


@pytest.fixture
def state(tmp_path):
    """The path of a state file in a folder that only its owner can write to."""
    folder = tmp_path / "project" / ".rehearsal" / "deep"
    folder.mkdir(parents=True)
    for made in (folder, folder.parent, folder.parent.parent):
        made.chmod(0o755)
    return folder / "dev.json"


def assert_refused(path, message):
    with pytest.raises(StateError, match=message) as caught:
        check_trusted(path)
    assert "\n" not in str(caught.value)


def test_own_and_missing_files_pass(state):
    check_trusted(state)
    state.write_text("")
    state.chmod(0o660)
    check_trusted(state, state.with_name("none"))


@pytest.mark.parametrize("place", ["", "deep", "deep/dev.json"])
def test_world_writable_files_are_refused_anywhere(state, place):
    state.write_text("")
    changed = state.parents[1] / place
    changed.chmod(0o777)
    assert_refused(
        state, f"{re.escape(str(changed))} can be written by everybody: .*chmod o-w.*; or set {VARIABLE}=true"
    )


def test_a_sticky_folder_passes(state):
    state.parent.chmod(0o1777)
    check_trusted(state)


@pytest.mark.parametrize("uid", [12345, 0])
def test_files_of_other_users_except_root_are_refused(state, monkeypatch, uid):
    state.write_text("")
    real = type(state).stat

    def stat_of_other_user(path, **kwargs):
        found = list(real(path, **kwargs))
        found[stat.ST_UID] = uid
        return os.stat_result(found)

    monkeypatch.setattr(type(state), "stat", stat_of_other_user)
    if uid:
        assert_refused(state, r"\.rehearsal belongs to another user \(uid 12345\), .*: use one of your own; or set ")
    else:
        check_trusted(state)


@pytest.mark.parametrize("place", ["", "deep", "deep/dev.json"])
def test_links_in_the_state_folder_are_refused(state, tmp_path, place):
    target = tmp_path / "target"
    link = state.parents[1] / place
    if place.endswith("json"):
        target.write_text("")
    else:
        target.mkdir()
        state.parent.rmdir()
        if not place:
            link.rmdir()
    link.symlink_to(target)
    assert_refused(state, f"{re.escape(str(link))} is a link, and may have been planted")
    with pytest.raises(StateError, match="is a link"), StateFile(state).open():
        pass
    assert target.is_file() or list(target.iterdir()) == []


def test_links_elsewhere_are_accepted(tmp_path):
    (tmp_path / "real").mkdir(0o755)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    check_trusted(tmp_path / "link" / "state.json")


def test_files_that_block_on_reading_are_always_refused(state, monkeypatch):
    os.mkfifo(state)
    monkeypatch.setenv(VARIABLE, "true")
    assert_refused(state, r"dev\.json: expected a file or folder, got something else; delete it")


@pytest.mark.parametrize(("value", "allowed"), [("true", True), ("1", True), ("false", False), ("", False)])
def test_an_environment_variable_disables_the_check(state, monkeypatch, value, allowed):
    state.parent.chmod(0o777)
    monkeypatch.setenv(VARIABLE, value)
    if allowed:
        check_trusted(state)
    else:
        assert_refused(state, "can be written by everybody")


def test_an_untrusted_state_is_refused_and_can_be_replaced_by_an_import(state):
    state.write_text("never read")
    state.chmod(0o666)
    for use in (StateFile(state).export, StateFile(state).peek, StateFile(state).open().__enter__):
        with pytest.raises(StateError, match="can be written by everybody"):
            use()
    assert state.read_text() == "never read"
    StateFile(state).replace({"resources": []})
    assert stat.S_IMODE(state.stat().st_mode) == 0o600
    assert StateFile(state).peek().resources() == []


@pytest.mark.parametrize(
    ("plant", "what"),
    [
        (lambda path, target: path.symlink_to(target), "a link"),
        (lambda path, target: os.link(target, path), "a link"),
        (lambda path, _: os.mkfifo(path), "neither a file nor a folder"),
    ],
    ids=["symbolic", "hard", "fifo"],
)
@pytest.mark.parametrize("depth", ["", "a/b"])
def test_only_regular_files_with_one_link_are_accepted_in_a_tree(tmp_path, plant, what, depth):
    outside = tmp_path / "outside"
    outside.touch()
    folder = tmp_path / "tree" / depth
    folder.mkdir(parents=True)
    (folder / "own").touch()
    check_tree(tmp_path / "tree")
    plant(folder / "planted", outside)
    with pytest.raises(StateError, match=f"^{re.escape(str(folder / 'planted'))} is {what}"):
        check_tree(tmp_path / "tree")


def test_a_link_to_a_folder_in_a_tree_is_refused(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/planted").symlink_to(tmp_path / "outside")
    with pytest.raises(StateError, match="planted is a link"):
        check_tree(tmp_path / "tree")


def test_another_user_s_file_in_a_tree_is_refused_unless_that_is_allowed(tmp_path, monkeypatch):
    (tmp_path / "tree/a").mkdir(parents=True)
    foreign = tmp_path / "tree/a/foreign"
    foreign.touch()
    real = type(foreign).lstat

    def stat_of_other_user(path, **kwargs):
        found = list(real(path, **kwargs))
        found[stat.ST_UID] = 12345 if path == foreign else os.geteuid()
        return os.stat_result(found)

    monkeypatch.setattr(type(foreign), "lstat", stat_of_other_user)
    with pytest.raises(StateError, match=f"foreign belongs to another user .*{VARIABLE}=true"):
        check_tree(tmp_path / "tree")
    monkeypatch.setenv(VARIABLE, "true")
    check_tree(tmp_path / "tree")
