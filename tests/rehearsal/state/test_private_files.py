import errno
import os
import stat

import pytest

from failing_writes import fail_writes
from rehearsal.state.private_files import Appender, open_private, own_lock, private_folder, why, write_whole


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture(autouse=True)
def _open_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def test_what_is_written_takes_the_place_of_the_file_and_is_its_owner_s_alone(tmp_path):
    path = tmp_path / "state"
    path.write_text("old")
    path.chmod(0o666)
    write_whole(path, b"new")
    assert path.read_bytes() == b"new"
    assert mode(path) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["state"]


def test_a_link_that_lies_where_it_is_written_aside_is_not_followed(tmp_path):
    victim = tmp_path / "victim"
    victim.write_text("kept")
    (tmp_path / "state.new").symlink_to(victim)
    write_whole(tmp_path / "state", b"new")
    assert victim.read_text() == "kept"
    assert not (tmp_path / "state").is_symlink()


def test_a_link_in_place_of_a_file_to_add_to_is_refused(tmp_path):
    (tmp_path / "victim").write_text("kept")
    (tmp_path / "journal").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="journal"):
        Appender(tmp_path / "journal", 0)
    assert (tmp_path / "victim").read_text() == "kept"


def test_a_file_that_everybody_could_write_is_nobody_else_s_from_now_on(tmp_path):
    path = tmp_path / "journal"
    path.touch(0o666)
    os.close(open_private(path, os.O_RDWR))
    assert mode(path) == 0o600


def test_a_file_that_can_not_be_written_whole_stays_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "state"
    path.write_bytes(b"old")
    fail_writes(monkeypatch, errno.ENOSPC, 2)
    with pytest.raises(OSError, match="No space left on device") as caught:
        write_whole(path, b"newer")
    assert caught.value.filename == str(tmp_path / "state.new")
    assert why(caught.value) == "No space left on device"
    assert path.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["state"]


def test_a_piece_that_can_not_be_written_whole_is_not_there(tmp_path, monkeypatch):
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


def test_adding_goes_on_after_the_bytes_that_are_whole(tmp_path):
    path = tmp_path / "journal"
    path.write_bytes(b"one\ncut sho")
    journal = Appender(path, 4)
    journal.append(b"two\n")
    journal.close()
    assert path.read_bytes() == b"one\ntwo\n"


def test_folders_are_their_owner_s_alone_whatever_the_umask(tmp_path):
    for mask in (0o000, 0o777):
        os.umask(mask)
        folder = tmp_path / oct(mask) / "deep" / "deeper"
        private_folder(folder)
        os.umask(0)
        assert [mode(folder), mode(folder.parent), mode(folder.parent.parent)] == [0o700] * 3


def test_a_folder_that_is_there_keeps_its_mode_save_for_the_one_with_states(tmp_path):
    (tmp_path / "project" / ".rehearsal").mkdir(0o755, parents=True)
    private_folder(tmp_path / "project" / ".rehearsal" / "clouds")
    assert mode(tmp_path / "project") == 0o777
    assert mode(tmp_path / "project" / ".rehearsal") == 0o700


def test_the_one_with_states_is_nobody_else_s_though_a_planted_file_says_it_was_made_before(tmp_path):
    home = tmp_path / ".rehearsal"
    home.mkdir(0o755)
    (home / ".gitignore").write_text("")
    private_folder(home / "clouds")
    assert mode(home) == 0o700


def test_a_group_that_was_let_in_later_stays_in(tmp_path):
    private_folder(tmp_path / ".rehearsal")
    (tmp_path / ".rehearsal").chmod(0o770)
    private_folder(tmp_path / ".rehearsal")
    assert mode(tmp_path / ".rehearsal") == 0o770


def test_all_that_is_kept_of_a_project_stays_out_of_git(tmp_path):
    private_folder(tmp_path / ".rehearsal" / "clouds" / "dev")
    ignored = tmp_path / ".rehearsal" / ".gitignore"
    assert ignored.read_text().splitlines()[-1] == "*"
    ignored.write_text("mine")
    private_folder(tmp_path / ".rehearsal")
    assert ignored.read_text() == "mine"


def test_a_file_in_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NotADirectoryError) as caught:
        private_folder(tmp_path / "file" / "folder")
    assert str(tmp_path / "file") in str(caught.value.filename)


@pytest.mark.parametrize("use", [own_lock, Appender, lambda path: open_private(path, os.O_WRONLY)])
def test_a_hard_link_that_was_planted_is_refused_and_the_file_behind_it_is_as_it_was(tmp_path, use):
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
