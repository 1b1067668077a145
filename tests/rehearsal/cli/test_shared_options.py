"""Commands share options through a dataclass."""

import dataclasses
from typing import Annotated

import typer
from typer.testing import CliRunner

from rehearsal.cli.shared_options import with_shared_options


@dataclasses.dataclass(frozen=True)
class Named:
    name: Annotated[str, typer.Option("--name", "-n")] = "nobody"


@dataclasses.dataclass(frozen=True)
class Greeted(Named):
    loud: Annotated[bool, typer.Option("--loud")] = False


def run(command, *words):
    app = typer.Typer()
    app.command()(with_shared_options(command))
    return CliRunner().invoke(app, words)


def test_each_field_is_an_option_with_its_default():
    def greet(options: Greeted) -> None:
        """Greet."""
        print(options)  # noqa: T201

    assert run(greet).stdout == f"{Greeted()}\n"
    assert run(greet, "-n", "Ann", "--loud").stdout == f"{Greeted('Ann', loud=True)}\n"


def test_a_command_combines_shared_and_own_options():
    def greet(
        options: Named, word: Annotated[str, typer.Argument()], times: Annotated[int, typer.Option("--times")] = 1
    ) -> None:
        """Greet."""
        print(*[word] * times, options.name)  # noqa: T201

    assert run(greet, "--times", "2", "hello", "--name", "Ann").stdout == "hello hello Ann\n"
    assert run(greet, "--name", "Ann").exit_code == 2


def test_help_describes_the_command_and_all_options():
    def greet(options: Greeted, times: Annotated[int, typer.Option("--times")] = 1) -> None:
        """Greet somebody."""

    said = run(greet, "--help").stdout
    assert "Greet somebody." in said
    assert said.index("--name") < said.index("--loud") < said.index("--times")
    assert "--options" not in said
