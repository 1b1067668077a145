from __future__ import annotations

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.serving import install_plugin, plugin_environment


def test_the_executable_has_the_name_that_the_engine_looks_for_and_runs_this_python(tmp_path: Path) -> None:
    folder = tmp_path / "a folder" / "plugin"
    path = install_plugin("lamp", folder)
    assert path == folder / "pulumi-resource-lamp"
    assert stat.S_IMODE(path.stat().st_mode) == 0o755
    assert f"exec {sys.executable} -m rehearsal.serving lamp" in path.read_text(encoding="utf-8")


def test_writing_it_again_leaves_one(tmp_path: Path) -> None:
    install_plugin("lamp", tmp_path)
    install_plugin("lamp", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["pulumi-resource-lamp"]


def test_a_python_with_a_space_in_its_path_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = tmp_path / "my python"
    python.write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    path = install_plugin("lamp", tmp_path)
    said = subprocess.run([path, "127.0.0.1:1"], check=True, text=True, capture_output=True).stdout
    assert said == "-m rehearsal.serving lamp 127.0.0.1:1\n"


def test_the_environment_puts_the_folder_first_and_downloads_nothing(tmp_path: Path) -> None:
    environment = plugin_environment(tmp_path, {"PATH": "/usr/bin"})
    assert environment == {
        "PATH": f"{tmp_path}:/usr/bin",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_IGNORE_AMBIENT_PLUGINS": None,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }
    assert plugin_environment(tmp_path, {})["PATH"] == str(tmp_path)
