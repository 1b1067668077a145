import io
import zipfile

import pytest

from rehearsal.provider import ProviderError
from rehearsal_aws.assets import content_of, zipped


def files_in_zip(data):
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name) for name in file.namelist()}


def test_an_archive_is_a_reproducible_zip_file(tmp_path):
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "a.py").write_text("a")
    (tmp_path / "b.txt").write_text("b")
    archive = {
        "assets": {
            "main.py": {"text": "main"},
            "b.txt": {"path": str(tmp_path / "b.txt")},
            "vendored": {"path": str(tmp_path / "lib")},
        }
    }
    made = zipped(archive)
    assert files_in_zip(made) == {"main.py": b"main", "b.txt": b"b", "vendored/a.py": b"a"}
    assert zipped(archive) == made


def test_folders_and_zip_files_are_archives(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "x").write_text("x")
    (tmp_path / "made.zip").write_bytes(b"zip")
    assert files_in_zip(zipped({"path": str(tmp_path / "in")})) == {"x": b"x"}
    assert zipped({"path": str(tmp_path / "made.zip")}) == b"zip"


@pytest.mark.parametrize(
    ("given", "content"),
    [
        ({"content": "text"}, b"text"),
        ({"contentBase64": "dGV4dA=="}, b"text"),
        ({"source": {"text": "text"}}, b"text"),
        ({}, b""),
    ],
)
def test_an_object_has_the_given_content(given, content):
    assert content_of(given) == content


def test_a_missing_file_is_named_and_nothing_is_fetched(tmp_path):
    with pytest.raises(ProviderError, match=r"none\.txt can't be read"):
        content_of({"source": {"path": str(tmp_path / "none.txt")}})
    with pytest.raises(ProviderError, match="fetches nothing from the network"):
        content_of({"source": {"uri": "https://example.com/x"}})
