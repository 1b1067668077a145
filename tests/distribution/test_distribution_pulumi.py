"""``make pulumi``: which Pulumi CLI it uses, and its errors if there is none."""

import importlib.util
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the programs on PATH are shell scripts here")


def _load():
    spec = importlib.util.spec_from_file_location("build_pulumi", ROOT / "tools/pulumi/build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


build = _load()


@pytest.fixture
def on_path(tmp_path, monkeypatch):
    """Return a function that writes a program that prints a line; PATH contains only such programs."""
    bin = tmp_path / "bin"
    bin.mkdir()
    monkeypatch.setenv("PATH", str(bin))

    def on_path(name, says):
        program = bin / name
        program.write_text(f"#!/bin/sh\necho '{says}'\n")
        program.chmod(0o755)
        return program

    return on_path


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "out"
    made.mkdir()
    return made


@pytest.mark.parametrize(
    ("version", "expected"),
    [("v3.274.1", True), ("v3.260.0", True), ("v3.259.9", False), ("v4.0.0", False), ("", False), ("dev", False)],
)
def test_a_cli_is_supported_from_the_oldest_version_up_to_the_next_major(version, expected):
    assert build.fits(build.version_in(version)) is expected


def test_a_supported_installed_cli_is_used(on_path, folder):
    installed = on_path("pulumi", "v3.270.0")
    assert build.have_cli(folder) == f"{installed} (v3.270.0)"
    assert (folder / "pulumi").resolve() == installed


def test_an_unsupported_cli_is_built_instead_and_a_missing_go_is_reported(on_path, folder):
    on_path("pulumi", "v3.100.0")
    with pytest.raises(build.CannotBuild, match=r"neither Go nor a fitting Pulumi CLI on PATH: install Go 1\.26\.6"):
        build.have_cli(folder)
    assert not (folder / "pulumi").exists()


def test_a_go_that_is_too_old_is_reported(on_path, folder):
    on_path("go", "go1.22.1")
    with pytest.raises(build.CannotBuild, match=r"is Go 1\.22\.1: install Go 1\.26\.6 or later, or a `pulumi`"):
        build.have_cli(folder)


def test_a_failed_build_lists_its_requirements(on_path, folder, monkeypatch):
    go = on_path("go", "go1.30.0")
    go.write_text('#!/bin/sh\n[ "$1" = env ] && echo go1.30.0 || exit 1\n')
    with pytest.raises(build.CannotBuild, match="needs the Go module registry once"):
        build.have_cli(folder)


def test_the_cli_is_built_with_its_version_in_it(on_path, folder):
    go = on_path("go", "")
    go.write_text(f'#!/bin/sh\n[ "$1" = env ] && echo go1.30.0 && exit\necho "$@" > {folder}/args\n')
    assert build.have_cli(folder) == "built v3.274.1"
    assert "-mod=readonly -ldflags -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.274.1 -o" in (
        folder / "args"
    ).read_text().replace("'", "")


def test_a_cli_built_from_the_same_files_is_not_rebuilt(on_path, folder):
    go = on_path("go", "")
    go.write_text(
        f'#!/bin/sh\n[ "$1" = env ] && echo go1.30.0 && exit\necho built >> {folder}/times\n: > {folder}/pulumi\n'
    )
    assert [build.have_cli(folder) for _ in range(2)] == ["built v3.274.1", "already there: v3.274.1"]
    (folder / ".pulumi").write_text("from other files")
    assert build.have_cli(folder) == "built v3.274.1"
    assert (folder / "times").read_text() == "built\nbuilt\n"


def test_the_launcher_runs_the_python_of_the_environment_unless_another_is_set(folder, tmp_path):
    for name in ("python", "other"):
        (tmp_path / name).write_text(f'#!/bin/sh\necho {name} "$@"\n')
        (tmp_path / name).chmod(0o755)
    build.launcher(folder, str(tmp_path / "python"))
    command = [str(folder / "pulumi-resource-pulumi-python"), "engine:1"]
    for extra, name in (({}, "python"), ({"PULUMI_PYTHON_CMD": str(tmp_path / "other")}, "other")):
        env = {name: value for name, value in os.environ.items() if name != "PULUMI_PYTHON_CMD"} | extra
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=True)
        assert done.stdout == f"{name} -u -m pulumi.dynamic engine:1\n"


def test_the_module_is_pinned_with_its_checksum():
    version = build.pinned(build.CLI, build.HERE / "go.mod")
    assert f"{build.CLI} {version} h1:" in (build.HERE / "go.sum").read_text()
