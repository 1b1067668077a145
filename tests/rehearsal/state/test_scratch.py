"""Temporary folders are removed, even those of killed processes."""

import os
import subprocess
import sys
import tempfile

import pytest

from rehearsal.state import scratch
from rehearsal.state.scratch import scratch_folder

CREATE_FOLDER = (
    "from rehearsal.state.scratch import scratch_folder; made = scratch_folder('embedded-aws-'); "
    "print(made.__enter__(), flush=True)"
)


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    scratch._remove_leftover.cache_clear()
    return tmp_path


def test_the_folder_is_removed_after_the_block(temporary):
    with scratch_folder("embedded-aws-") as folder:
        (folder / "file").touch()
        assert list(temporary.iterdir()) == [folder]
    assert list(temporary.iterdir()) == []


@pytest.mark.slow("starts processes")
def test_leftovers_of_killed_processes_are_removed_and_folders_in_use_stay(temporary):
    command = [
        sys.executable,
        "-c",
        f"import tempfile; tempfile.tempdir = {str(temporary)!r}; {CREATE_FOLDER}; input()",
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        other_folder = process.stdout.readline().strip()
        with scratch_folder("embedded-aws-") as folder:
            assert {str(path) for path in temporary.iterdir()} == {other_folder, str(folder)}
        process.kill()
    scratch._remove_leftover.cache_clear()
    with scratch_folder("embedded-aws-") as folder:
        assert list(temporary.iterdir()) == [folder]


def test_folders_of_other_programs_stay(temporary):
    (temporary / "embedded-aws-other").mkdir()
    with scratch_folder("embedded-aws-"):
        assert (temporary / "embedded-aws-other").exists()


def test_planted_links_cause_no_deletion_elsewhere(temporary, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    (home / "in-use").write_text("precious")
    (temporary / "embedded-aws-link").symlink_to(home)
    for name, link in (("hard", os.link), ("soft", os.symlink)):
        (temporary / f"embedded-aws-{name}").mkdir()
        link(home / "in-use", temporary / f"embedded-aws-{name}" / "in-use")
    with scratch_folder("embedded-aws-"):
        assert (home / "in-use").read_text() == "precious"
    assert len(list(temporary.iterdir())) == 3
