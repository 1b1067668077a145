import os
import stat
import tempfile
import time
from pathlib import Path

import botocore.configloader
import pytest

from ivs_stream_key.aws_config import shared_files
from ivs_stream_key.aws_config.shared_files import as_one_file
from ivs_stream_key.errors import BadSettings


@pytest.fixture(autouse=True)
def temporary(tmp_path, monkeypatch):
    """Return the folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def write_file(folder, name, text):
    (folder / name).write_text(text)
    return str(folder / name)


def test_one_file_is_read_unchanged_and_no_file_gives_none(temporary):
    with as_one_file(["/etc/aws"]) as path:
        assert path == "/etc/aws"
    with as_one_file([]) as path:
        assert path is None
    assert list(temporary.iterdir()) == []


def test_several_files_are_merged_and_the_last_one_wins(tmp_path):
    first = write_file(
        tmp_path, "a", "[default]\nregion = a\noutput = json\n[profile vod]\ns3 =\n  addressing_style = path\n"
    )
    second = write_file(tmp_path, "b", "[default]\nregion = b\n[profile live]\nrole_arn = r\nsource_profile = vod\n")
    with as_one_file([first, second, str(tmp_path / "missing")]) as path:
        profiles = botocore.configloader.load_config(path)["profiles"]
    assert profiles == {
        "default": {"region": "b", "output": "json"},
        "vod": {"s3": {"addressing_style": "path"}},
        "live": {"role_arn": "r", "source_profile": "vod"},
    }


@pytest.fixture(params=[True, False], ids=["in memory", "on disk"])
def in_memory(request, monkeypatch):
    if request.param and not shared_files._HAS_MEMORY_FILES:
        pytest.skip("there are no files in memory on this system")
    monkeypatch.setattr(shared_files, "_HAS_MEMORY_FILES", request.param)
    return request.param


def test_the_merged_file_is_private_and_temporary(tmp_path, temporary, in_memory):
    both = [write_file(tmp_path, name, f"[{name}]\naws_secret_access_key = s3cret\n") for name in "ab"]
    with as_one_file(both) as path:
        assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
        assert set(botocore.configloader.load_config(path)["profiles"]) == set()
        assert set(botocore.configloader.raw_config_parse(path)) == {"a", "b"}
        assert len(list(temporary.iterdir())) == (0 if in_memory else 1)
    with pytest.raises(RuntimeError), as_one_file(both):
        raise RuntimeError
    assert list(temporary.iterdir()) == []
    assert not Path(path).exists()


def test_leftovers_of_a_killed_process_are_removed_and_files_in_use_stay(tmp_path, temporary, monkeypatch):
    monkeypatch.setattr(shared_files, "_HAS_MEMORY_FILES", False)
    leftover, used = temporary / "pulumi-ivs-stream-key-left", temporary / "pulumi-ivs-stream-key-used"
    for path, age in ((leftover, 3600), (used, 1)):
        path.touch()
        os.utime(path, (time.time() - age,) * 2)
    both = [write_file(tmp_path, name, f"[{name}]\nregion = x\n") for name in "ab"]
    with as_one_file(both):
        assert used in temporary.iterdir()
        assert leftover not in temporary.iterdir()


def test_an_invalid_file_is_named_and_not_quoted(tmp_path, temporary):
    wrong = write_file(tmp_path, "wrong", "s3cret = without a profile\n")
    with pytest.raises(BadSettings, match="wrong cannot be read") as caught, as_one_file([wrong, wrong]):
        pass
    assert "s3cret" not in str(caught.value)
    assert list(temporary.iterdir()) == []
