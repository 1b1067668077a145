import errno
import os
from pathlib import Path

import pytest

from rehearsal.paths import exists, is_file, is_folder

FUNCTIONS = [exists, is_file, is_folder]


def results(path):
    return [function(path) for function in FUNCTIONS]


def test_files_folders_and_links_to_them_are_told_apart(tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "to_file").symlink_to("file")
    (tmp_path / "to_folder").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    assert results(tmp_path) == results(tmp_path / "to_folder") == [True, False, True]
    assert results(tmp_path / "file") == results(tmp_path / "to_file") == [True, True, False]
    assert results(tmp_path / "pipe") == [True, False, False]


@pytest.mark.parametrize("name", ["missing", "file/inside", "dangling", "loop", "null\0"])
def test_nothing_is_at_a_path_that_leads_nowhere(tmp_path, name):
    (tmp_path / "file").touch()
    (tmp_path / "dangling").symlink_to("missing")
    (tmp_path / "loop").symlink_to("loop")
    assert results(tmp_path / name) == [False, False, False]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_name_that_is_too_long_is_an_error(tmp_path, function):
    with pytest.raises(OSError, match="File name too long"):
        function(tmp_path / ("x" * 300))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_path_in_an_unreadable_folder_is_an_error(tmp_path, monkeypatch, function):
    def refuse(path, **options):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(PermissionError):
        function(tmp_path)
