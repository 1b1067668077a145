import json
import os
import stat

import pytest

from ivs_stream_key.importing.import_file import Entry, file_text, secret, write_privately

# The fields of a resource that `pulumi import --file` knows: importSpec in the engine's pkg/cmd/pulumi/operations.
PULUMI_FIELDS = {
    "type",
    "name",
    "id",
    "parent",
    "provider",
    "version",
    "pluginDownloadUrl",
    "properties",
    "component",
    "remote",
    "inputs",
    "outputs",
    "logicalName",
    "parameterization",
    "extension",
}


def test_an_entry_has_only_fields_that_pulumi_knows_and_no_empty_ones():
    full = Entry("t", "n", "l", "i", "p", "1.0.0", component=True, inputs={"a": 1}, outputs={"b": 2}).json()
    assert full.keys() <= PULUMI_FIELDS
    assert full == {
        "type": "t",
        "name": "n",
        "id": "i",
        "parent": "p",
        "version": "1.0.0",
        "component": True,
        "inputs": {"a": 1},
        "outputs": {"b": 2},
        "logicalName": "l",
    }
    assert Entry("t", "n", "n", "i").json() == {"type": "t", "name": "n", "id": "i"}


def test_a_secret_has_pulumis_secret_format():
    assert secret('sk_"ü') == {
        "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
        "plaintext": '"sk_\\"ü"',
    }
    assert json.loads(secret({"a": [1]})["plaintext"]) == {"a": [1]}


def test_the_file_has_a_name_table_only_if_needed():
    assert json.loads(file_text([Entry("t", "n", "n", "i")], {})) == {
        "resources": [{"type": "t", "name": "n", "id": "i"}]
    }
    assert json.loads(file_text([], {"parent": "urn:…"})) == {"nameTable": {"parent": "urn:…"}, "resources": []}


def test_the_file_is_private_regardless_of_the_umask(tmp_path):
    before = os.umask(0)
    try:
        write_privately(tmp_path / "import.json", "text")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "import.json").stat().st_mode) == 0o600
    assert (tmp_path / "import.json").read_text() == "text"


def test_an_existing_file_or_link_target_is_not_modified(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "file").write_text("existing")
    for name in ("file", "link"):
        with pytest.raises(FileExistsError):
            write_privately(tmp_path / name, "new")
    assert (tmp_path / "file").read_text() == "existing"
    assert not (tmp_path / "elsewhere").exists()


def test_no_repr_shows_a_property():
    entry = Entry("t", "n", "n", "id", inputs={"connection": {"token": "hunter2"}}, outputs={"value": "hunter2"})
    assert "hunter2" not in repr(entry)


def test_a_partially_written_file_is_removed(tmp_path):
    with pytest.raises(UnicodeEncodeError):
        write_privately(tmp_path / "import.json", "sk_us-west-2_secret \ud800")
    assert list(tmp_path.iterdir()) == []
