"""Each entry point of rehearsal names the missing extra `testing`."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from rehearsal.missing_extra import MissingExtra, needing_the_extra

PLUGIN = "rehearsal.testing.plugin"
HIDE_EXTRA = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"filelock", "jsonschema", "moto", "rich", "typer"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
"""
INSTALL = "which is not installed: pip install 'pulumi-ivs-stream-key[testing]'"


def run_without_extra(code, *arguments, cwd):
    return subprocess.run(
        [sys.executable, "-c", HIDE_EXTRA + code, *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


@pytest.mark.slow("starts processes")
@pytest.mark.parametrize("name", ["rehearsal.Stack", "rehearsal.testing.RehearsedStack"])
def test_importing_names_the_missing_extra(tmp_path, name):
    module, _, attribute = name.rpartition(".")
    result = run_without_extra(f"from {module} import {attribute}", cwd=tmp_path)
    assert result.stderr.rstrip().splitlines()[-1].startswith(f"rehearsal.missing_extra.MissingExtra: {name} needs ")
    assert INSTALL in result.stderr


@pytest.mark.slow("starts Python without the packages of the extra")
def test_the_command_names_the_missing_extra_in_one_line(tmp_path):
    result = run_without_extra("from rehearsal.__main__ import main; main()", "up", cwd=tmp_path)
    assert result.returncode == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: rehearse needs ")
    assert line.endswith(INSTALL)


@pytest.mark.slow("pytest in a process of its own")
def test_the_fixture_names_the_missing_extra_and_other_tests_run(tmp_path):
    (tmp_path / "test_it.py").write_text("def test_it(rehearse): ...\ndef test_other(): ...\n")
    installed = any(entry.value == PLUGIN for entry in entry_points(group="pytest11"))
    arguments = ("-q", "-p", "no:cacheprovider", "-p", "no:randomly", *([] if installed else ["-p", PLUGIN]))
    result = run_without_extra("import pytest; pytest.main(sys.argv[1:])", *arguments, cwd=tmp_path)
    assert "1 passed, 1 error" in result.stdout
    assert "the fixture rehearse needs " in result.stdout
    assert INSTALL in result.stdout
    assert "Traceback" not in result.stdout


def test_another_missing_package_is_not_reported_as_an_extra():
    for name in ("rehearsal.nothing", "ivs_stream_key", None):
        with pytest.raises(ModuleNotFoundError) as raised, needing_the_extra("it"):
            raise ModuleNotFoundError("no", name=name)
        assert not isinstance(raised.value, MissingExtra)
