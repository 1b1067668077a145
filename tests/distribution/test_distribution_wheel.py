"""The wheel, installed beside a program that has its own `components/`."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {"ivs_channel", "ivs_stream_key", "moto_ivs", "rehearsal", "rehearsal_aws"}
UV = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".uv" / "bin" / "uv")

PROGRAM = """
import pulumi
from components.studio import studio

pulumi.export("server", studio().ingest_url)
"""
STUDIO = """
from ivs_channel import LiveChannel


def studio():
    return LiveChannel("studio")
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_contains_the_five_packages_and_nothing_else(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert {n.partition("/")[0] for n in names if ".dist-info/" not in n} == PACKAGES
    assert {f"{package}/py.typed" for package in PACKAGES} <= set(names)


@pytest.mark.slow("installs the wheel in a new environment")
@pytest.mark.skipif(not Path(UV).exists(), reason="needs uv to make a fresh environment")
def test_the_wheel_works_in_a_fresh_environment_beside_a_components_package(wheel, tmp_path):
    program = tmp_path / "program"
    (program / "components").mkdir(parents=True)
    (program / "components" / "__init__.py").touch()
    (program / "components" / "studio.py").write_text(STUDIO, encoding="utf-8")
    (program / "__main__.py").write_text(PROGRAM, encoding="utf-8")
    (program / "Pulumi.yaml").write_text("name: studio\nruntime: python\n", encoding="utf-8")
    venv = tmp_path / "venv"
    alone = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH", "UV_PROJECT_ENVIRONMENT")}
    # Install the locked versions, so that a new release of a dependency can't fail this test.
    locked = [UV, "export", "--frozen", "--no-emit-project", "--no-dev", "--extra", "testing", "--no-hashes", "-q"]
    pins = subprocess.run(locked, cwd=ROOT, check=True, capture_output=True, text=True, env=alone).stdout
    (tmp_path / "pins.txt").write_text(pins, encoding="utf-8")
    subprocess.run([UV, "venv", "-q", "--python", sys.executable, str(venv)], check=True, env=alone)
    install = [UV, "pip", "install", "-q", "--python", str(venv / "bin" / "python"), "-c", str(tmp_path / "pins.txt")]
    subprocess.run([*install, f"{wheel}[testing]"], check=True, env=alone)

    for operation in ("up", "destroy"):
        done = subprocess.run(
            [str(venv / "bin" / "rehearse"), operation, "--cwd", str(program)],
            env=alone,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "4 created" in done.stdout or "4 deleted" in done.stdout
