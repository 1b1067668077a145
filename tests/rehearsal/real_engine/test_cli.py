"""The Pulumi CLI that the real engine uses, and the errors if there is none."""

import os

import pytest
from pulumi.automation.errors import CommandError

from rehearsal.real_engine.cli import NoRealEngine, installed_cli
from rehearsal.real_engine.workspace import error_text

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the CLI here is a shell script")


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Return a function that puts a `pulumi` on an otherwise empty PATH, and returns the file with its calls."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def install(version):
        (tmp_path / "pulumi").write_text(
            f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n[ "$1" = version ] && echo {version} || echo done\n'
        )
        (tmp_path / "pulumi").chmod(0o755)
        return tmp_path / "calls"

    return install


def test_a_missing_cli_is_an_error_that_says_what_to_install(installed):
    with pytest.raises(NoRealEngine, match=r"there is no `pulumi` on PATH.*install Pulumi"):
        installed_cli()


@pytest.mark.parametrize(
    ("version", "why"),
    [
        ("v3.259.0", r"3\.259\.0: expected 3\.260 or later"),
        ("v2.0.0", "Minimum version"),
        ("v4.0.0", "Major version"),
        ("x", "parse"),
    ],
)
def test_an_unsupported_cli_version_is_refused(installed, version, why):
    installed(version)
    with pytest.raises(NoRealEngine, match=why):
        installed_cli()


def test_a_cli_that_does_not_run_is_refused(installed):
    installed("v3.274.1").with_name("pulumi").write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(NoRealEngine, match="does not run"):
        installed_cli()


def test_the_version_is_requested_once_and_stack_export_is_never_called(installed):
    calls = installed("v3.274.1")
    cli = installed_cli()
    assert installed_cli() is cli
    assert cli.run(["stack", "output", "--json"], ".", {}).stdout == "{}"
    assert '"result": "succeeded"' in cli.run(["stack", "history", "--json"], ".", {}).stdout
    assert cli.run(["stack", "ls"], ".", {}).stdout == "done"
    assert calls.read_text() == "version\n--non-interactive stack ls\n"


def test_a_relative_cli_path_works_in_any_folder(installed, tmp_path, monkeypatch):
    installed("v3.274.1")
    monkeypatch.chdir(tmp_path.parent)
    monkeypatch.setenv("PATH", tmp_path.name)
    assert installed_cli().run(["x", "y"], "/", {}).stdout == "done"


def test_variables_of_the_users_real_stacks_do_not_reach_the_cli(installed, tmp_path, monkeypatch):
    installed("v3.274.1")
    cli = installed_cli()
    (tmp_path / "pulumi").write_text("#!/bin/sh\nexport\n")
    for name in ("BACKEND_URL", "STACK", "DIY_BACKEND_GZIP", "IGNORE_AMBIENT_PLUGINS", "CONFIG", "CONFIG_PASSPHRASE"):
        monkeypatch.setenv(f"PULUMI_{name}", "of-user")
    monkeypatch.setenv("OTHER", "of-user")
    exported = cli.run(["x", "y"], ".", {"PULUMI_BACKEND_URL": "of-rehearsal"}).stdout
    assert {line.split()[1].split("=")[0] for line in exported.splitlines() if "of-user" in line} == {
        "PULUMI_CONFIG_PASSPHRASE",
        "OTHER",
    }
    assert "of-rehearsal" in exported


def test_a_command_runs_in_its_own_session_and_is_interrupted_by_its_caller(installed, tmp_path):
    calls = installed("v3.274.1")
    cli, other = installed_cli().copy(), installed_cli().copy()
    (tmp_path / "pulumi").write_text(
        "#!/bin/sh\ntrap 'echo interrupted; exit 3' INT\necho $$\nwhile :; do read -r line < fifo; done\n"
    )
    os.mkfifo(calls.with_name("fifo"))
    lines = []

    def on_output(line):
        lines.append(line)
        if line.isdigit():
            other.interrupt()
            assert os.getsid(int(line)) == int(line)
            cli.interrupt()

    with pytest.raises(CommandError, match="interrupted"):
        cli.run(["up"], str(tmp_path), {}, on_output=on_output)
    assert lines[1:] == ["interrupted"]


def test_a_killed_command_fails_with_the_name_of_the_signal(installed, tmp_path):
    installed("v3.274.1")
    cli = installed_cli()
    (tmp_path / "pulumi").write_text("#!/bin/sh\necho updating\necho late >&2\nkill -9 $$\n")
    with pytest.raises(CommandError) as killed:
        cli.run(["up"], ".", {})
    assert error_text(killed.value) == "late\nthe Pulumi CLI was ended by SIGKILL"


def test_output_lines_are_streamed_and_collected(installed, tmp_path):
    installed("v3.274.1")
    cli = installed_cli()
    (tmp_path / "pulumi").write_text("#!/bin/sh\necho one; echo two; echo wrong >&2\n")
    out, errors = [], []
    result = cli.run(["x", "y"], ".", {}, on_output=out.append, on_error=errors.append)
    assert (out, errors) == (["one", "two"], ["wrong"])
    assert (result.stdout, result.stderr, result.code) == ("one\ntwo", "wrong", 0)
