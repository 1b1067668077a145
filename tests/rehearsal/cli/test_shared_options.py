"""Commands share options that are the fields of a dataclass."""

import dataclasses
from typing import Annotated

import typer
from typer.testing import CliRunner

from rehearsal.cli.shared_options import with_shared_options


@dataclasses.dataclass(frozen=True)
class NameOptions:
    name: Annotated[str, typer.Option("--name", "-n")] = "nobody"


@dataclasses.dataclass(frozen=True)
class GreetingOptions(NameOptions):
    loud: Annotated[bool, typer.Option("--loud")] = False


def run(command, *words):
    app = typer.Typer()
    app.command()(with_shared_options(command))
    return CliRunner().invoke(app, words)


def test_each_field_is_an_option_with_its_default():
    def greet(options: GreetingOptions) -> None:
        """Greet."""
        print(options)  # noqa: T201

    assert run(greet).stdout == f"{GreetingOptions()}\n"
    assert run(greet, "-n", "Ann", "--loud").stdout == f"{GreetingOptions('Ann', loud=True)}\n"


def test_a_command_combines_shared_and_own_options():
    def greet(
        options: NameOptions, word: Annotated[str, typer.Argument()], times: Annotated[int, typer.Option("--times")] = 1
    ) -> None:
        """Greet."""
        print(*[word] * times, options.name)  # noqa: T201

    assert run(greet, "--times", "2", "hello", "--name", "Ann").stdout == "hello hello Ann\n"
    assert run(greet, "--name", "Ann").exit_code == 2


def test_help_describes_the_command_and_all_options():
    def greet(options: GreetingOptions, times: Annotated[int, typer.Option("--times")] = 1) -> None:
        """Greet somebody."""

    help_text = run(greet, "--help").stdout
    assert "Greet somebody." in help_text
    assert help_text.index("--name") < help_text.index("--loud") < help_text.index("--times")
    assert "--options" not in help_text
