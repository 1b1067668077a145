import io
import json
import os
import signal
import subprocess
import sys
from importlib import metadata

import pytest
from typer.testing import CliRunner

from pathlib_errors import hide_errors
from rehearsal.cli import app, results
from rehearsal.display.console import Console
from rehearsal.errors import RehearsalError

PROGRAM = """
import pulumi

config = pulumi.Config()

class Part(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("toy:index:Part", name, {"value": config.get("value") or "a"})

Part("part")
pulumi.export("value", config.get("value") or "a")
print("printed by the program")
"""


@pytest.fixture
def run(tmp_path, monkeypatch):
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM)
    monkeypatch.chdir(tmp_path)

    def invoke(*args, ok=True, **kwargs):
        result = CliRunner().invoke(app, list(args), **kwargs)
        assert (result.exit_code == 0) is ok, result.output
        return result

    return invoke


@pytest.mark.slow("several commands, each of which runs the program")
def test_target_dependents_includes_dependents(run, tmp_path):
    (tmp_path / "__main__.py").write_text(
        f"{PROGRAM}\npulumi.ComponentResource('toy:index:Part', 'child', {{'value': config.get('value')}},"
        " pulumi.ResourceOptions(parent=Part('parent')))"
    )

    def changed_names(op, *options):
        report = json.loads(run(op, "--json", "--target", "**::parent", "--target-dependents", *options).stdout)
        return sorted(s["urn"].rpartition("::")[2] for s in report["steps"] if s["op"] not in ("same", "refresh"))

    assert changed_names("preview") == changed_names("up") == ["child", "p-dev", "parent"]
    assert changed_names("up", "--config", "value=b") == ["child", "parent"]
    assert changed_names("refresh") == []
    assert changed_names("destroy") == ["child", "parent"]


def test_an_up_prints_its_steps_and_saves_the_state_in_the_project(run, tmp_path):
    assert "2 created" in run("up").stdout
    assert (tmp_path / ".rehearsal" / "dev.json").exists()


@pytest.mark.parametrize("options", [[], ["--diff"], ["--json"]])
def test_control_characters_of_a_program_are_escaped(run, tmp_path, options):
    control_text = "\\x1b[2J\\x9b31m\\x07"
    program = f"""
import pulumi
pulumi.ComponentResource("toy:index:Part", "a{control_text}", {{"k": "{control_text}"}})
pulumi.log.warn("warned{control_text}")
pulumi.export("b{control_text}", "{control_text}")
"""
    (tmp_path / "__main__.py").write_text(program)
    outputs = [run("up", *options).output]
    (tmp_path / "__main__.py").write_text(f"{program}\nraise ValueError('{control_text}')")
    outputs += [run("up", *options, ok=False).output, run("up", "--stack", "x\x1b[2J\x9b\x07", ok=False).output]
    for text in outputs:
        assert not set(text) & set("\x1b\x9b\x07")
        assert r"\x1b[2J" in text or "\\u001b[2J" in text


def test_with_json_standard_output_is_only_json(run):
    report = json.loads(run("up", "--json").stdout)
    assert report["ok"]
    assert report["changes"] == {"create": 2}
    assert [s["op"] for s in report["steps"]] == ["create", "create"]
    assert report["failed"] == report["errors"] == []


def test_a_failure_exits_with_1_and_is_in_the_json(run, tmp_path):
    (tmp_path / "__main__.py").write_text("raise ValueError('no')")
    result = run("preview", "--json", ok=False)
    report = json.loads(result.stdout)
    assert not report["ok"]
    assert "ValueError: no" in report["errors"][0]


@pytest.mark.parametrize("op", ["preview", "up", "refresh", "destroy"])
def test_an_unreadable_project_is_reported_in_the_json(run, tmp_path, op):
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: nodejs\n")
    report = json.loads(run(op, "--json", ok=False).stdout)
    assert report == {"ok": False, "changes": {}, "steps": [], "failed": [], "errors": report["errors"]}
    assert "runtime: expected python, got 'nodejs'" in report["errors"][0]


def test_a_project_without_a_program_is_reported(run, tmp_path):
    (tmp_path / "__main__.py").unlink()
    (error,) = json.loads(run("up", "--json", ok=False).stdout)["errors"]
    assert error == f"there is no program: {tmp_path / '__main__.py'} does not exist"


@pytest.mark.parametrize("name", ["a/b", "..", ".", "../../../esc", "a:b", ""])
def test_an_invalid_stack_name_is_refused(run, tmp_path, name):
    error = run("up", f"--stack={name}", ok=False).output
    assert f"stack {name!r}: expected a name of at most 100 letters" in error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Pulumi.yaml", "__main__.py"]


@pytest.mark.parametrize("command", ["up", "export", "serve-plugin"])
def test_a_very_long_stack_name_is_quoted_shortened(run, command):
    error = run(command, "--stack", "x" * 100_000, ok=False).output
    assert "letters, digits, hyphens, underscores and periods" in error
    assert len(error) < 500


LONG_PATH = "x" * 5000


@pytest.mark.parametrize(
    "arguments",
    [
        ["up", "--cwd", LONG_PATH],
        ["up", "--state", LONG_PATH],
        ["export", "--state", LONG_PATH],
        ["up", "--config-file", LONG_PATH],
        ["import", LONG_PATH],
        ["serve-plugin", "--cwd", LONG_PATH],
        ["serve-plugin", "--", f"./{LONG_PATH}"],
    ],
)
def test_an_invalid_path_is_reported_in_one_line(run, arguments):
    error = run(*arguments, ok=False)
    assert isinstance(error.exception, SystemExit)
    assert "error: " in error.output


@pytest.mark.parametrize("key", ["main", "stackConfigDir"])
@pytest.mark.parametrize("command", ["up", "refresh", "serve-plugin"])
def test_an_invalid_path_in_the_project_file_is_reported_in_one_line(run, tmp_path, monkeypatch, key, command):
    hide_errors(monkeypatch)
    if command == "refresh":
        run("up")
    (tmp_path / "Pulumi.yaml").write_text(f"name: p\nruntime: python\n{key}: {LONG_PATH}\n")
    ending = ["--", "false"] if command == "serve-plugin" else []
    error = run(command, *ending, ok=False)
    assert isinstance(error.exception, SystemExit)
    assert command == "serve-plugin" or "File name too long" in error.output


@pytest.mark.parametrize("arguments", [["up"], ["up", "--config", "a:b:c:d=1"], ["refresh", "--state", "."]])
def test_the_terminal_is_restored_after_errors(run, tmp_path, monkeypatch, arguments):
    out = io.StringIO()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(results, "console_on", lambda *, stderr: Console(file=out, force_terminal=True))
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\nconfig: {needed: {type: string}}\n")
    run(*arguments, ok=False)
    assert "\x1b[?25l" in out.getvalue()
    assert out.getvalue().rindex("\x1b[?25h") > out.getvalue().rindex("\x1b[?25l")


def test_output_is_printed_verbatim_without_emoji_or_markup(run, tmp_path):
    """The ARN of a secret contains ``:secret:``, which looks like an emoji code, and paths may contain brackets."""
    text = "arn:aws:secretsmanager:us-east-1:123456789012:secret:x [bold]"
    (tmp_path / "__main__.py").write_text(f"import pulumi\npulumi.export('arn', {text!r})\npulumi.log.warn({text!r})")
    assert run("up").stdout.count(text) == 2
    assert "[:key:].json can't be read" in run("import", "[:key:].json", ok=False).output


def test_config_comes_from_the_command_line(run):
    run("up", "--config", "value=b")
    resources = json.loads(run("export").stdout)["deployment"]["resources"]
    assert {r["outputs"]["value"] for r in resources if "Stack" in r["type"]} == {"b"}


def test_config_without_a_value_is_refused_and_not_quoted(run):
    error = run("up", "--config", "hunter2", ok=False).output
    assert "expected K=V, got text without =" in error
    assert "hunter2" not in error


def test_config_comes_from_config_file_instead_of_the_stacks_file(run, tmp_path):
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {p:value: of the stack}")
    (tmp_path / "other.yaml").write_text("config: {p:value: of the file}")
    report = run("up", "--config-file", "other.yaml").stdout
    assert 'value: "of the file"' in report
    missing = error_line(run("up", "--config-file", "nothing.yaml", ok=False))
    assert missing.endswith(
        "nothing.yaml can't be read: No such file or directory; name a file that this user can read"
    )


@pytest.mark.slow("several commands, each of which runs the program")
def test_secret_config_can_come_from_the_environment(run, monkeypatch):
    monkeypatch.setenv("PULUMI_CONFIG", '{"p:value": "hunter2"}')
    monkeypatch.setenv("PULUMI_CONFIG_SECRET_KEYS", '["p:value"]')
    assert 'value: "hunter2"' in run("up").stdout  # the program reads it with config.get, not get_secret
    assert '=> "given"' in run("up", "--config", "value=given").stdout


def test_an_invalid_secret_integer_is_not_quoted(run, tmp_path):
    (tmp_path / "Pulumi.yaml").write_text(
        "name: p\nruntime: python\nconfig: {pin: {type: integer, secret: true}, n: {type: integer}}\n"
    )
    error = run("up", "-c", "pin=hunter2", "-c", "n=5", ok=False).output
    assert "configuration value 'p:pin': expected integer, got a secret str" in error
    assert "hunter2" not in error


SECRET_CONFIG = """\
encryptionsalt: v1:4w9VoHvDCbQ=:v1:BFXZA9QEVjg5c2eb:394ULb+CUeGzN3AM/rxbwCfaGfZpBQ==
config:
  p:value:
    secure: v1:U7yb1dH4CAXG9VL+:TtBisIdS9FBGDIxbrBfnzsmVpa35iq8=
"""
SECRET_PROGRAM = """
import pulumi
pulumi.export("value", pulumi.Config().require_secret("value"))
"""


@pytest.mark.slow("derives keys of a passphrase")
def test_a_passphrase_decrypts_the_config_and_encrypts_the_state(run, tmp_path, monkeypatch):
    (tmp_path / "Pulumi.dev.yaml").write_text(SECRET_CONFIG)
    (tmp_path / "__main__.py").write_text(SECRET_PROGRAM)
    assert "set PULUMI_CONFIG_PASSPHRASE if it is a passphrase" in run("up", ok=False).output
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "correct-horse")
    assert "value: [secret]" in run("up").stdout
    exported = run("export").stdout
    for kept in ((tmp_path / ".rehearsal" / "dev.json").read_text(), exported):
        assert "hunter2" not in kept
        assert '"ciphertext"' in kept
    assert "hunter2" in run("export", "--show-secrets").stdout
    assert "warning" not in run("import", "-", input=exported).stderr
    assert "1 unchanged" in run("up").stdout
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "wrong")
    for op in ("up", "export"):
        assert "the passphrase in PULUMI_CONFIG_PASSPHRASE is not the one" in error_line(run(op, ok=False))


def test_an_import_warns_that_secrets_are_stored_in_plaintext(run, tmp_path):
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {p:value: hunter2}")
    (tmp_path / "__main__.py").write_text(SECRET_PROGRAM)
    run("up")
    exported = run("export").stdout
    file = tmp_path / ".rehearsal" / "dev.json"
    warning = run("import", "-", input=exported).stderr
    assert f"warning: the secrets of 1 resources are in plaintext in {file}; set PULUMI_CONFIG_PASSPHRASE" in warning
    assert "hunter2" not in warning


def test_replace_accepts_a_pattern(run):
    run("up")
    report = json.loads(run("up", "--json", "--replace", "**toy:index:Part::**").stdout)
    assert report["changes"] == {"replace": 1, "same": 1}


def test_an_exported_state_can_be_imported(run, tmp_path):
    run("up")
    exported = run("export").stdout
    run("destroy")
    (tmp_path / "state.json").write_text(exported)
    assert run("import", "state.json").stdout == "Imported 2 resources.\n"
    assert (
        json.loads(run("export").stdout)["deployment"]["resources"] == json.loads(exported)["deployment"]["resources"]
    )
    assert run("import", "-", input=exported).exit_code == 0
    assert json.loads(run("up", "--json").stdout)["changes"] == {"same": 2}


def test_an_invalid_import_file_is_named(run, tmp_path):
    assert "nothing.json can't be read: No such file" in run("import", "nothing.json", ok=False).output
    (tmp_path / "bad.json").write_text("{}")
    assert "bad.json is not a Pulumi deployment" in run("import", "bad.json", ok=False).output


def test_undecodable_input_is_reported_in_one_line(run):
    assert "standard input can't be read: 'utf-8' codec" in error_line(run("import", "-", input=b"\xff", ok=False))


@pytest.mark.slow("several commands, each of which runs the program")
@pytest.mark.parametrize("op", ["preview", "up"])
def test_the_project_is_searched_in_parent_folders(run, tmp_path, monkeypatch, op):
    (tmp_path / "below" / "deep").mkdir(parents=True)
    run(op, "--cwd", "below/deep")
    monkeypatch.chdir(tmp_path / "below")
    run(op)
    assert list((tmp_path / "below").iterdir()) == [tmp_path / "below" / "deep"]
    assert (tmp_path / ".rehearsal").exists() is (op == "up")


def test_a_folder_without_a_project_is_an_error_with_a_remedy(run, tmp_path):
    (tmp_path / "Pulumi.yaml").unlink()
    error = run("up", ok=False).output
    assert f"no Pulumi.yaml in {tmp_path} or a folder above it; name the project's folder with --cwd" in error


def test_a_missing_folder_is_not_replaced_by_its_parent(run):
    assert "there is no folder typo" in run("up", "--cwd", "typo", ok=False).output


def test_an_invalid_project_name_is_refused_with_its_file(run, tmp_path):
    (tmp_path / "Pulumi.yaml").write_text("name: my shop!\nruntime: python\n")
    error = run("preview", ok=False).output
    assert f"{tmp_path / 'Pulumi.yaml'}: name: expected a project's name of at most 100 letters" in error
    assert "got 'my shop!'" in error


@pytest.mark.parametrize("op", ["destroy", "refresh", "export"])
def test_a_missing_stack_is_refused_and_not_created(run, tmp_path, op):
    run("up")
    before = sorted(path.name for path in (tmp_path / ".rehearsal").iterdir())
    error = run(op, "--stack", "dve", ok=False).output
    assert f"no stack named 'dve' in {tmp_path}; there is dev: name one with --stack" in error
    assert sorted(path.name for path in (tmp_path / ".rehearsal").iterdir()) == before


@pytest.mark.parametrize("op", ["destroy", "refresh", "export"])
def test_a_missing_state_is_refused(run, tmp_path, op):
    error = run(op, "--state", "nothing.json", ok=False).output
    assert "--state: expected the state of a stack, got nothing.json, which does not exist" in error
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Pulumi.yaml", "__main__.py"]


@pytest.mark.slow("several commands, each of which runs the program")
def test_a_destroyed_stack_still_exists(run):
    run("up")
    run("destroy")
    run("destroy")
    run("refresh")


def test_the_version_is_that_of_the_distribution(run):
    assert run("--version").stdout == metadata.version("pulumi-ivs-stream-key") + "\n"


@pytest.mark.parametrize("flags", [("--yes", "--skip-preview"), ("-y", "-f")])
def test_common_options_of_pulumi_are_accepted(run, flags):
    for op in ("up", "refresh", "destroy"):
        run(op, *flags, "-s", "dev", "-C", ".")


def test_help_shows_no_type_for_flags(run):
    for op in ("preview", "up", "refresh", "destroy", "export", "import", "serve-plugin"):
        text = run(op, "--help").stdout
        assert "bool" not in text.lower()
        assert "--help" in text


@pytest.mark.slow("several commands, each of which runs the program")
def test_an_unmodelled_type_is_made_up_with_a_warning_and_stays_without_the_flag(run, tmp_path):
    (tmp_path / "__main__.py").write_text("import pulumi\npulumi.CustomResource('lamps:index:Lamp', 'a')")
    made = run("up")
    assert "warning: no model for lamps:index:Lamp: nothing is created" in " ".join(made.output.split())
    assert json.loads(run("preview", "--json", "--unmodelled", "made-up").stdout)["changes"] == {"same": 2}
    assert json.loads(run("refresh", "--json").stdout)["changes"] == {"same": 2}
    assert json.loads(run("destroy", "--json").stdout)["changes"] == {"delete": 2}


def test_an_unmodelled_type_can_be_an_error_in_terms_of_the_command_line(run, tmp_path):
    (tmp_path / "__main__.py").write_text("import pulumi\npulumi.CustomResource('lamps:index:Lamp', 'a')")
    (error,) = json.loads(run("up", "--json", "--unmodelled", "refuse", ok=False).stdout)["errors"]
    assert "no provider for lamps:index:Lamp" in error
    assert error.endswith("have its outputs made up (--unmodelled made-up), or run this program with the Pulumi CLI")
    assert "unmodelled=" not in error
    assert "providers=" not in error


def test_an_up_can_refresh_first(run):
    run("up")
    lines = run("up", "--refresh").stdout.splitlines()
    assert [line.split("(")[0].strip() for line in lines if "refresh" in line][:1] == [
        "~  pulumi:pulumi:Stack p-dev refreshing"
    ]
    assert "    2 unchanged" in lines


def test_parallel_accepts_a_number(run):
    assert run("up", "--parallel", "1").exit_code == 0
    assert run("up", "--parallel", "0", ok=False).exit_code == 2


OPERATIONS = ("preview", "up", "refresh", "destroy")


def error_line(result):
    """Return the error that a command wrote to stderr; assert that it is a single line."""
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith("error: ")
    assert "Traceback" not in result.output
    return line


@pytest.mark.slow("several commands, each of which runs the program")
@pytest.mark.parametrize("op", [*OPERATIONS, "export"])
@pytest.mark.parametrize(
    "content", ["garbage", "[]", "{}", '{"version": 3, "deployment": {"pending_operations": [1]}}']
)
def test_an_invalid_state_is_one_line_with_file_and_remedy(run, tmp_path, op, content):
    run("up")
    file = tmp_path / ".rehearsal" / "dev.json"
    file.write_text(content)
    line = error_line(run(op, ok=False))
    assert str(file) in line
    assert "put one in its place with `rehearse import FILE`, or delete it to start from nothing" in line
    assert file.read_text() == content
    if op != "export":
        assert json.loads(run(op, "--json", ok=False).stdout)["errors"] == [line.removeprefix("error: ")]


@pytest.mark.parametrize("op", OPERATIONS)
@pytest.mark.parametrize("name", ["aws.journal", "aws.pickle"])
def test_an_invalid_cloud_file_is_one_line_with_file_and_remedy(run, tmp_path, op, name):
    run("up")
    state = (tmp_path / ".rehearsal" / "dev.json").read_text()
    file = tmp_path / ".rehearsal" / "clouds" / "dev" / name
    file.parent.mkdir(parents=True)
    file.write_text("garbage")
    line = error_line(run(op, ok=False))
    assert str(file) in line
    assert f"delete {name}, and the stack's state with it, to start from nothing" in line
    assert file.read_text() == "garbage"
    assert (tmp_path / ".rehearsal" / "dev.json").read_text() == state


def test_an_invalid_cloud_file_is_one_line_of_serve_plugin(run, tmp_path):
    file = tmp_path / ".rehearsal" / "served" / "dev" / "aws.journal"
    file.parent.mkdir(parents=True)
    file.write_text("garbage")
    assert str(file) in error_line(run("serve-plugin", "--", "true", ok=False))


@pytest.mark.parametrize("op", ["up", "refresh", "destroy", "import", "serve-plugin"])
def test_a_failed_write_is_one_line_with_file_and_remedy(run, tmp_path, op):
    run("up")
    (tmp_path / "exported.json").write_text(run("export").stdout)
    folder = tmp_path / ".rehearsal"
    before = (folder / "dev.json").read_text()
    (folder / "dev.json.lock").unlink()
    (folder / "dev.json.lock").mkdir()
    (folder / "served").write_text("a file")
    words = {"import": ["exported.json"], "serve-plugin": ["--", "true"]}.get(op, [])
    line = error_line(run(op, *words, ok=False))
    assert str(folder / ("served" if op == "serve-plugin" else "dev.json.lock")) in line
    assert "a directory; " in line
    assert (folder / "dev.json").read_text() == before


@pytest.mark.slow("starts processes")
def test_a_file_size_limit_is_one_line_and_keeps_the_state(run, tmp_path):
    run("up")
    file = tmp_path / ".rehearsal" / "dev.json"
    before = file.read_bytes()
    script = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300)); "
        "from rehearsal.__main__ import main; main()"
    )
    # With -B Python writes no bytecode files, which the size limit would truncate.
    command = [sys.executable, "-B", "-c", script, "up", "-c", "value=b"]
    # Without these variables coverage writes no data file, which the limit would truncate too.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"error: {file} can't be written: ")
    assert "File too large; make room" in line
    assert file.read_bytes() == before
    assert {p.name for p in file.parent.iterdir()} == {".gitignore", "dev.json", "dev.json.lock"}


def test_project_files_are_private_and_ignored_by_git(run, tmp_path):
    before = os.umask(0)
    try:
        run("up")
    finally:
        os.umask(before)
    home = tmp_path / ".rehearsal"
    modes = {str(path.relative_to(home)): path.stat().st_mode & 0o777 for path in [home, *home.rglob("*")]}
    assert {"dev.json", "dev.json.lock"} <= modes.keys()
    assert modes == {name: 0o700 if (home / name).is_dir() else 0o600 for name in modes}
    assert (tmp_path / ".rehearsal" / ".gitignore").read_text().endswith("*\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["up", "pin=hunter2"], "Got 1 unexpected extra argument; config is given as --config K=V."),
        (["preview", "hunter2", "hunter2"], "Got 2 unexpected extra arguments; config is given as"),
        (["export", "hunter2"], "Got 1 unexpected extra argument."),
        (["import", "-", "hunter2"], "Got 1 unexpected extra argument."),
        (["pin=hunter2", "up"], "No such command. Expected preview, up,"),
        (["upp"], "No such command. Did you mean up? Expected preview, up,"),
        (["up", "--config", "hunter2"], "expected K=V, got text without ="),
        (["up", "--pin=hunter2"], "--pin"),
        (["up", "--json=hunter2"], "does not take a value"),
        (["up", "--parallel", "hunter2"], "--parallel"),
    ],
)
def test_unexpected_arguments_are_not_quoted(run, tmp_path, arguments, words):
    result = run(*arguments, ok=False)
    assert result.exit_code == 2
    assert words in " ".join(result.output.split())
    assert "hunter2" not in result.output
    assert not (tmp_path / ".rehearsal").exists()


def test_outputs_can_be_given_in_a_file(run, tmp_path):
    (tmp_path / "__main__.py").write_text(
        'import pulumi\nmade = pulumi.CustomResource("command:local:Command", "build", {"create": "make"})\n'
        'pulumi.export("id", made.id)\n'
    )
    (tmp_path / "given.yaml").write_text("command:local:Command: {id: run-1}\n")
    assert "run-1" in run("up", "--given-outputs", "given.yaml").stdout
    assert "given.json can't be read" in run("up", "--given-outputs", "given.json", ok=False).output
    refused = run("up", "--engine", "pulumi", "--given-outputs", "given.yaml", ok=False).output
    assert "--given-outputs: the real engine asks its plugins" in " ".join(refused.split())


@pytest.mark.parametrize("unmodelled", ["made-up", "refuse"])
def test_options_for_unmodelled_types_apply_to_the_real_engine(run, monkeypatch, unmodelled):
    given = {}

    def record(*_, **options):
        given.update(options)
        raise RehearsalError("recorded")

    monkeypatch.setattr("rehearsal.real_engine.stack.PulumiStack", record)
    assert "recorded" in run("up", "--engine", "pulumi", "--unmodelled", unmodelled, ok=False).output
    assert given["unmodelled"] == unmodelled
    assert {signal.SIGINT, signal.SIGTERM} <= {*given["signals"]}
