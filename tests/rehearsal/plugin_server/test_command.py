"""`rehearse serve-plugin` with a minimal cloud; tests/rehearsal_aws tests it with the embedded AWS."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rehearsal.cli import app
from rehearsal.plugin_server import command

DUMP_ENVIRONMENT = "import json, os, sys; open(sys.argv[1], 'w').write(json.dumps(dict(os.environ))); sys.exit(3)"


class Cloud:
    """A cloud that records its arguments, and whether it was closed."""

    instances: list[Cloud]

    def __init__(self, folder: Path | None, config: Mapping[str, Any]) -> None:
        self.folder, self.config, self.closed = folder, config, False
        self.instances.append(self)

    def environment(self) -> Mapping[str, str | None]:
        return {"LAMPS_AT": "here", "LAMPS_PROFILE": None}

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def clouds(monkeypatch: pytest.MonkeyPatch) -> list[Cloud]:
    monkeypatch.setattr(Cloud, "instances", [], raising=False)
    monkeypatch.setattr(command, "installed_clouds", lambda: [Cloud])
    monkeypatch.setenv("LAMPS_PROFILE", "prod")
    return Cloud.instances


def serve(folder: Path, *arguments: str) -> Any:
    return CliRunner().invoke(app, ["serve-plugin", "--cwd", str(folder), *arguments])


def project(folder: Path) -> None:
    (folder / "Pulumi.yaml").write_text("{name: proj, runtime: python}", encoding="utf-8")


def test_the_command_gets_cloud_and_plugin_and_its_exit_code_is_returned(clouds: list[Cloud], tmp_path: Path) -> None:
    project(tmp_path)
    dump = tmp_path / "dump"
    result = serve(tmp_path, "--package", "lamp", "--", sys.executable, "-c", DUMP_ENVIRONMENT, str(dump))
    assert result.exit_code == 3, result.output
    environment = json.loads(dump.read_text(encoding="utf-8"))
    assert environment["LAMPS_AT"] == "here"
    assert "LAMPS_PROFILE" not in environment
    assert environment["PATH"].startswith(f"{tmp_path}/.rehearsal/plugin/lamp:")
    assert (tmp_path / ".rehearsal/plugin/lamp/pulumi-resource-lamp").exists()
    assert [cloud.closed for cloud in clouds] == [True]


def test_the_url_of_the_cloud_is_in_no_argument(
    clouds: list[Cloud], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del clouds
    project(tmp_path)
    monkeypatch.setattr(Cloud, "environment", lambda _: {"LAMPS_AT": "http://hunter2"})
    started: list[tuple[list[str], Mapping[str, str]]] = []

    class RecordingPopen:
        def __init__(self, arguments: list[str], *, env: Mapping[str, str], **_: Any) -> None:
            started.append((arguments, env))

        def wait(self) -> int:
            return 0

        def send_signal(self, _: int) -> None: ...

    monkeypatch.setattr(command.subprocess, "Popen", RecordingPopen)
    assert serve(tmp_path, "--package", "lamp", "--", sys.executable, "-c", "pass").exit_code == 0
    ((arguments, environment),) = started
    assert arguments[-3:] == [sys.executable, "-c", "pass"]
    assert environment["LAMPS_AT"] == "http://hunter2"
    assert "hunter2" not in " ".join(arguments)
    assert "hunter2" not in (tmp_path / ".rehearsal/plugin/lamp/pulumi-resource-lamp").read_text(encoding="utf-8")


def test_each_stack_has_its_own_cloud_with_its_config(clouds: list[Cloud], tmp_path: Path) -> None:
    project(tmp_path)
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {'lamp:profile': bright}", encoding="utf-8")
    serve(tmp_path, "--stack", "prod", "--", sys.executable, "-c", "")
    (cloud,) = clouds
    assert (cloud.folder, cloud.config) == (tmp_path / ".rehearsal/served/prod", {"lamp:profile": "bright"})


@pytest.mark.parametrize(
    ("config", "reason"),
    [("config: {'proj:token': {secure: abc}}", "the value is encrypted"), (None, "no Pulumi.yaml in")],
)
def test_unreadable_config_is_reported_and_ignored(
    clouds: list[Cloud], tmp_path: Path, config: str | None, reason: str
) -> None:
    if config is not None:
        project(tmp_path)
        (tmp_path / "Pulumi.dev.yaml").write_text(config, encoding="utf-8")
    result = serve(tmp_path, "--", sys.executable, "-c", "")
    assert result.exit_code == 0
    assert reason in result.output
    assert "the embedded cloud has its default account and profile" in result.output
    assert [cloud.config for cloud in clouds] == [{}]


def test_the_command_runs_in_the_given_folder(clouds: list[Cloud], tmp_path: Path) -> None:
    project(tmp_path)
    below = tmp_path / "below"
    below.mkdir()
    result = serve(below, "--", sys.executable, "-c", "open('here', 'w')")
    assert result.exit_code == 0, result.output
    assert [path.name for path in below.iterdir()] == ["here"]
    # The cloud's folder is that of the project in the parent folder.
    assert [cloud.folder for cloud in clouds] == [tmp_path / ".rehearsal/served/dev"]


@pytest.mark.parametrize(
    ("folder", "options", "error"),
    [
        ("nowhere", (), "--cwd: expected a folder, got "),
        (".", ("--stack", "../x"), "--stack: expected letters, digits, hyphens, underscores and periods, got '../x'"),
        (".", ("--stack", ".."), "--stack: expected letters, digits, hyphens, underscores and periods, got '..'"),
        (".", ("--package", "../../evil"), "--package: expected letters, digits, hyphens and underscores, got '../../"),
    ],
)
def test_invalid_names_are_refused(
    clouds: list[Cloud], tmp_path: Path, folder: str, options: tuple[str, ...], error: str
) -> None:
    result = serve(tmp_path / folder, *options, "--", sys.executable, "-c", "")
    assert result.exit_code == 1
    assert error in result.output
    assert clouds == []


@pytest.mark.parametrize(
    ("command", "error"), [("no-such-command", "is not on PATH"), ("./", "is not a file that can be run")]
)
def test_a_command_that_cannot_be_run_is_one_line(
    clouds: list[Cloud], tmp_path: Path, command: str, error: str
) -> None:
    project(tmp_path)
    result = serve(tmp_path, "--", command)
    assert result.exit_code == 127
    assert error in result.output


def test_a_commands_path_is_relative_to_its_working_folder(clouds: list[Cloud], tmp_path: Path) -> None:
    project(tmp_path)
    script = tmp_path / "script"
    script.write_text("#!/bin/sh\nexit 7\n", encoding="utf-8")
    script.chmod(0o755)
    assert serve(tmp_path, "--", "./script").exit_code == 7


def test_a_hangup_that_is_ignored_does_not_end_the_server() -> None:
    """As under nohup."""
    before = {kind: signal.getsignal(kind) for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        ended = command._end_requested()
        os.kill(os.getpid(), signal.SIGHUP)
        assert ended.empty()
        os.kill(os.getpid(), signal.SIGTERM)
        assert ended.get(timeout=5) == signal.SIGTERM
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
