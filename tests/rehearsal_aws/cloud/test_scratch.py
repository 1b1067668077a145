"""Temporary folders do not pile up."""

import subprocess
import sys
import tempfile

import pytest

from rehearsal_aws.cloud import scratch
from rehearsal_aws.cloud.scratch import scratch_folder

MAKE = (
    "from rehearsal_aws.cloud.scratch import scratch_folder; made = scratch_folder(); "
    "print(made.__enter__(), flush=True)"
)


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    scratch._remove_left.cache_clear()
    return tmp_path


def test_it_is_gone_after_the_block(temporary):
    with scratch_folder() as folder:
        (folder / "file").touch()
        assert list(temporary.iterdir()) == [folder]
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_has_left_goes_and_what_is_in_use_stays(temporary):
    command = [sys.executable, "-c", f"import tempfile; tempfile.tempdir = {str(temporary)!r}; {MAKE}; input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        theirs = process.stdout.readline().strip()
        with scratch_folder() as folder:
            assert {str(path) for path in temporary.iterdir()} == {theirs, str(folder)}
        process.kill()
    scratch._remove_left.cache_clear()
    with scratch_folder() as folder:
        assert list(temporary.iterdir()) == [folder]


def test_folders_of_others_stay(temporary):
    (temporary / "embedded-aws-of-somebody").mkdir()
    with scratch_folder():
        assert (temporary / "embedded-aws-of-somebody").exists()
