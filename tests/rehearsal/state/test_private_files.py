import errno
import os
import stat

import pytest

from failing_writes import fail_writes
from rehearsal.state.private_files import Appender, open_private, own_lock, private_folder, why, write_whole


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def _umask_0():
    before = os.umask(0)
    yield
    os.umask(before)


def test_a_write_replaces_the_file_privately(tmp_path):
    path = tmp_path / "state"
    path.write_text("old")
    path.chmod(0o666)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert mode(path) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["state"]


def test_a_symlink_at_the_temporary_file_is_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("kept")
    (tmp_path / "state.new").symlink_to(victim)
    write_whole(tmp_path / "state", b"new")
    assert victim.read_text() == "kept"
    assert not (tmp_path / "state").is_symlink()


def test_appending_to_a_symlink_is_refused(tmp_path):
    (tmp_path / "victim").write_text("kept")
    (tmp_path / "journal").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="journal"):
        Appender(tmp_path / "journal", 0)
    assert (tmp_path / "victim").read_text() == "kept"


def test_a_world_writable_file_becomes_private(tmp_path):
    path = tmp_path / "journal"
    path.touch(0o666)
    os.close(open_private(path, os.O_RDWR))
    assert mode(path) == 0o600


def test_a_failed_write_keeps_the_file(tmp_path, monkeypatch):
    path = tmp_path / "state"
    path.write_bytes(b"old")
    fail_writes(monkeypatch, errno.ENOSPC, 2)
    with pytest.raises(OSError, match="No space left on device") as caught:
        write_whole(path, b"newer")
    assert caught.value.filename == str(tmp_path / "state.new")
    assert why(caught.value) == "No space left on device"
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["state"]


def test_a_failed_append_is_rolled_back(tmp_path, monkeypatch):
    path = tmp_path / "journal"
    journal = Appender(path)
    journal.append(b"one\n")
    fail_writes(monkeypatch, errno.EFBIG, 2)
    with pytest.raises(OSError, match="File too large") as caught:
        journal.append(b"two\n")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"one\n"
    monkeypatch.undo()
    journal.append(b"three\n")
    journal.sync()
    journal.close()
    journal.close()
    assert path.read_bytes() == b"one\nthree\n"


def test_appending_continues_after_complete_records(tmp_path):
    path = tmp_path / "journal"
    path.write_bytes(b"one\ncut sho")
    journal = Appender(path, 4)
    journal.append(b"two\n")
    journal.close()
    assert path.read_bytes() == b"one\ntwo\n"


def test_folders_are_private_regardless_of_the_umask(tmp_path):
    for mask in (0o000, 0o777):
        os.umask(mask)
        folder = tmp_path / oct(mask) / "deep" / "deeper"
        private_folder(folder)
        os.umask(0)
        assert [mode(folder), mode(folder.parent), mode(folder.parent.parent)] == [0o700] * 3


def test_an_existing_folder_keeps_its_mode_except_the_state_folder(tmp_path):
    (tmp_path / "project" / ".rehearsal").mkdir(0o755, parents=True)
    private_folder(tmp_path / "project" / ".rehearsal" / "clouds")
    assert mode(tmp_path / "project") == 0o777
    assert mode(tmp_path / "project" / ".rehearsal") == 0o700


def test_the_state_folder_becomes_private_despite_a_planted_marker(tmp_path):
    home = tmp_path / ".rehearsal"
    home.mkdir(0o755)
    (home / ".gitignore").write_text("")
    private_folder(home / "clouds")
    assert mode(home) == 0o700


def test_a_later_group_permission_is_kept(tmp_path):
    private_folder(tmp_path / ".rehearsal")
    (tmp_path / ".rehearsal").chmod(0o770)
    private_folder(tmp_path / ".rehearsal")
    assert mode(tmp_path / ".rehearsal") == 0o770


def test_all_project_files_are_ignored_by_git(tmp_path):
    private_folder(tmp_path / ".rehearsal" / "clouds" / "dev")
    ignored = tmp_path / ".rehearsal" / ".gitignore"
    assert ignored.read_text().splitlines()[-1] == "*"
    ignored.write_text("own rules")
    private_folder(tmp_path / ".rehearsal")
    assert ignored.read_text() == "own rules"


def test_a_file_in_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError) as caught:
        private_folder(tmp_path / "file" / "folder")
    assert str(tmp_path / "file") in str(caught.value.filename)


@pytest.mark.parametrize("use", [own_lock, Appender, lambda path: open_private(path, os.O_WRONLY)])
def test_a_planted_hard_link_is_refused_and_its_target_is_unchanged(tmp_path, use):
    victim = tmp_path / "victim"
    victim.write_text("precious")
    victim.chmod(0o644)
    planted = tmp_path / "dev.json.lock"
    os.link(victim, planted)
    with pytest.raises(OSError, match="it is a hard link, the same file has another name") as caught:
        use(planted)
    assert caught.value.filename == str(planted)
    assert victim.read_text() == "precious"
    assert stat.S_IMODE(victim.stat().st_mode) == 0o644
