from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.errors import ConfigError, StateError
from rehearsal.plugin_server import install_plugin, plugin_environment


def test_the_executable_has_the_plugin_name_and_runs_this_python(tmp_path: Path) -> None:
    folder = tmp_path / "a folder" / "plugin"
    path = install_plugin("lamp", folder)
    assert path == folder / "lamp" / "pulumi-resource-lamp"
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    assert f"exec {sys.executable} -P -m rehearsal.plugin_server lamp" in path.read_text(encoding="utf-8")


def test_writing_the_executable_twice_leaves_one(tmp_path: Path) -> None:
    install_plugin("lamp", tmp_path)
    install_plugin("lamp", tmp_path)
    assert [path.name for path in (tmp_path / "lamp").iterdir()] == ["pulumi-resource-lamp"]


def test_the_executable_is_private_regardless_of_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = install_plugin("lamp", tmp_path / ".rehearsal" / "plugin")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in path.parents[:3]} == {0o700}


@pytest.mark.parametrize("name", ["pulumi", "sh", "git", "pulumi-language-python", "pulumi-resource-other", ".hidden"])
def test_other_files_in_its_folder_are_not_executed(tmp_path: Path, name: str) -> None:
    (tmp_path / "lamp").mkdir(0o755)
    (tmp_path / "lamp" / name).write_text("#!/bin/sh\n", encoding="utf-8")
    with pytest.raises(StateError, match=rf"lamp/{name} would run in place of the command of that name"):
        install_plugin("lamp", tmp_path)
    assert [path.name for path in (tmp_path / "lamp").iterdir()] == [name]


def test_a_symlink_in_its_place_is_not_followed(tmp_path: Path) -> None:
    folder = tmp_path / ".rehearsal" / "plugin"
    (folder / "lamp").mkdir(0o755, parents=True)
    (tmp_path / "victim").write_text("kept", encoding="utf-8")
    (folder / "lamp" / "pulumi-resource-lamp").symlink_to(tmp_path / "victim")
    with pytest.raises(StateError, match="is a link"):
        install_plugin("lamp", folder)
    assert (tmp_path / "victim").read_text(encoding="utf-8") == "kept"


@pytest.mark.parametrize("package", ["../../evil", "a/b", "", ".", "a\0b", "a" * 101])
def test_an_invalid_package_name_is_refused(tmp_path: Path, package: str) -> None:
    with pytest.raises(ConfigError, match="--package: expected letters, digits, hyphens and underscores, got "):
        install_plugin(package, tmp_path / "plugin")
    assert list(tmp_path.iterdir()) == []


def test_a_python_path_with_a_space_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "my python"
    python.write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    path = install_plugin("lamp", tmp_path)
    output = subprocess.run([path, "127.0.0.1:1"], check=True, text=True, capture_output=True).stdout
    assert output == "-P -m rehearsal.plugin_server lamp 127.0.0.1:1\n"


@pytest.mark.slow("starts a process")
def test_a_module_in_the_projects_folder_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "rehearsal.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    path = install_plugin("lamp", tmp_path / "plugin")
    with subprocess.Popen([path, "127.0.0.1:1"], cwd=tmp_path, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip().isdigit()
        process.kill()


def test_the_environment_puts_the_folder_first_and_disables_downloads(tmp_path: Path) -> None:
    environment = plugin_environment(tmp_path, {"PATH": "/usr/bin"})
    assert environment == {
        "PATH": f"{tmp_path}:/usr/bin",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": None,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    assert plugin_environment(tmp_path, {})["PATH"] == str(tmp_path)
