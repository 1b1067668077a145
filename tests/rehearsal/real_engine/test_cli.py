"""Which Pulumi CLI the real engine is, and what is said where there is none."""

import os

import pytest

from rehearsal.real_engine.cli import NoRealEngine, installed_cli

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the CLI here is a shell script")


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Put a `pulumi` on PATH, on which nothing else is; it notes what it is asked."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def install(version):
        (tmp_path / "pulumi").write_text(
            f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\n[ "$1" = version ] && echo {version} || echo done\n'
        )
        (tmp_path / "pulumi").chmod(0o755)
        return tmp_path / "asked"

    return install


def test_without_a_cli_it_says_what_to_install(installed):
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
def test_a_version_that_the_sdk_can_not_drive_is_refused(installed, version, why):
    installed(version)
    with pytest.raises(NoRealEngine, match=why):
        installed_cli()


def test_one_that_does_not_run_is_refused(installed):
    installed("v3.274.1").with_name("pulumi").write_text("#!/bin/sh\nexit 3\n")
    with pytest.raises(NoRealEngine, match="does not run"):
        installed_cli()


def test_it_is_asked_once_for_its_version_and_never_for_what_the_state_says(installed):
    asked = installed("v3.274.1")
    cli = installed_cli()
    assert installed_cli() is cli
    assert cli.run(["stack", "output", "--json"], ".", {}).stdout == "{}"
    assert '"result": "succeeded"' in cli.run(["stack", "history", "--json"], ".", {}).stdout
    assert cli.run(["stack", "ls"], ".", {}).stdout == "done"
    assert asked.read_text() == "version\n--non-interactive stack ls\n"
