"""The common parts of the commands: neither quotes possible secrets, and both have the same exit codes."""

import argparse

import pytest

from ivs_stream_key.__main__ import main
from ivs_stream_key.command_line import Parser, UsageError, config_of, run

COMMANDS = ["import", "audit"]
ALL = ("--all", "--region", "us-west-2")


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["hunter2", "--frobnicate"], "there is no option --frobnicate"),
        (["--frobnicate=hunter2"], "there is no option --frobnicate"),
        (["--all=hunter2"], "argument --all: ignored explicit argument"),
        ([*ALL, "--config", "hunter2"], "--config: expected KEY=VALUE, got a string of 7 characters without an ="),
        ([*ALL, "--config", "=hunter2"], "--config: expected KEY=VALUE, got a string of 8 characters without a key"),
        (["--config"], "argument --config: expected one argument"),
        ([*ALL, "--config", "aws:token=hunter2", "--config", "aws:maxRetries=x"], "aws:"),
    ],
)
def test_no_argument_that_may_be_a_secret_is_quoted(capsys, command, given, message):
    assert main([command, *given]) in {1, 2}
    printed = "".join(capsys.readouterr())
    assert message in printed
    assert "hunter2" not in printed


# Some versions of Python show the help for -hunter2, others refuse what follows -h.
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("given", ["-hunter2", "--help=hunter2"])
def test_arguments_after_help_are_not_quoted(capsys, command, given):
    assert main([command, given]) in {0, 2}
    printed = "".join(capsys.readouterr())
    assert f"usage: python -m ivs_stream_key {command}" in printed
    assert "unter2" not in printed


@pytest.mark.parametrize("given", [["audit", "hunter2"], ["audit", "--all", "hunter2", "hunter2"]])
def test_extra_arguments_are_counted_and_not_quoted(capsys, given):
    assert main(given) == 2
    printed = capsys.readouterr().err
    assert f"{given.count('hunter2')} arguments are too many" in printed
    assert "hunter2" not in printed


@pytest.mark.parametrize("option", ["--stack", "--svg"])
@pytest.mark.parametrize("content", ['{"token": "hunter2"}', "token=hunter2", "sk_us-west-2_hunter2"])
def test_an_invalid_path_is_not_quoted(capsys, cloud, tmp_path, monkeypatch, option, content):
    monkeypatch.chdir(tmp_path)
    given = content if option == "--stack" else f"missing/{content}"
    assert main(["audit", *ALL, option, given]) in {1, 2}
    printed = "".join(capsys.readouterr())
    assert "hunter2" not in printed
    assert "expected" in printed


@pytest.mark.parametrize("command", COMMANDS)
def test_config_of_other_namespaces_is_refused(capsys, command):
    assert main([command, *ALL, "--config", "aws:porfile=vod"]) == 2
    assert "--config: expected a setting of pulumi-aws, such as aws:profile" in capsys.readouterr().err


def parser_with_one_command(action):
    parser = Parser(prog="test")
    command = parser.add_subparsers().add_parser("do")
    command.set_defaults(action=action)
    command.add_argument("--number", type=int)
    command.add_argument("--choice", choices=["a", "b"])
    return parser


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--number", "hunter2"], "argument --number: invalid int value"),
        (["--choice", "hunter2"], "argument --choice: invalid choice (choose from"),
        (["--choice", "x' (choose from hunter2"], "argument --choice: invalid choice (choose from"),
        (["extra: (choose from hunter2"], "arguments are too many"),
    ],
)
def test_errors_of_argparse_quote_no_arguments(capsys, given, message):
    assert run(parser_with_one_command(lambda _: 0), ["do", *given]) == 2
    printed = capsys.readouterr().err
    assert message in printed
    assert "hunter2" not in printed


def test_a_parser_by_itself_does_not_quote_extra_arguments(capsys):
    with pytest.raises(SystemExit):
        Parser(prog="test").parse_args(["hunter2"])
    assert "hunter2" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (UsageError("--a: expected b."), 2, "error: --a: expected b.\n"),
        (KeyboardInterrupt(), 130, "interrupted: no file is written, and nothing in AWS has been changed.\n"),
        (ValueError("SessionToken=hunter2"), 1, "ValueError: SessionToken=[secret]"),
    ],
)
def test_each_outcome_has_its_exit_code_and_shows_no_secret(capsys, error, code, message):
    def fail(_):
        raise error

    assert run(parser_with_one_command(fail), ["do"]) == code
    printed = capsys.readouterr().err
    assert message in printed
    assert "hunter2" not in printed


def test_an_action_has_its_own_exit_code():
    assert run(parser_with_one_command(lambda given: given.number), ["do", "--number", "3"]) == 3


def test_the_last_of_two_values_for_a_config_key_wins():
    given = argparse.Namespace(config=["aws:profile=a", "aws:profile=b=c"])
    assert config_of(given) == {"aws:profile": "b=c"}
