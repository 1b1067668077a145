"""Displayed tracebacks contain only frames of the program or of the provider."""

import textwrap

import pulumi
import pytest

from rehearsal import Project, Stack
from rehearsal.provider import CreateResult, InvokeResult, Provider, ProviderError
from rehearsal.tracebacks import traceback_of

HARNESS_FRAMES = ("rehearsal/", "asyncio", "runpy", "importlib", "site-packages/pulumi")


@pytest.fixture
def error_of(tmp_path):
    """Return a function that previews a program and returns the lines of its only error."""

    def run(text, **files):
        for name, content in {"__main__": text, **files}.items():
            (tmp_path / f"{name}.py").write_text(textwrap.dedent(content))
        (error,) = Stack(Project("p", tmp_path, tmp_path), clouds=[]).preview().errors
        assert not any(frame in error for frame in HARNESS_FRAMES), error
        return error.removeprefix("Program failed with an unhandled exception:\n").splitlines()

    return run


def test_a_syntax_error_shows_its_location(error_of, tmp_path):
    place, line, caret, what = error_of("import pulumi\nx = (\n")
    assert place == f'  File "{tmp_path / "__main__.py"}", line 2'
    assert (line.strip(), caret.strip(), what) == ("x = (", "^", "SyntaxError: '(' was never closed")


def test_a_syntax_error_of_another_module_shows_the_import_and_its_location(error_of, tmp_path):
    lines = error_of("import other", other="x = (\n")
    assert [line for line in lines if "File" in line] == [
        f'  File "{tmp_path / "__main__.py"}", line 1, in <module>',
        f'  File "{tmp_path / "other.py"}", line 1',
    ]


def test_an_error_in_an_apply_callback_shows_its_line(error_of, tmp_path):
    lines = error_of(
        """
        import pulumi
        def divide(value):
            return value / 0
        pulumi.export("x", pulumi.Output.from_input(1).apply(divide))
        """
    )
    assert lines[:3] == [
        "Traceback (most recent call last):",
        f'  File "{tmp_path / "__main__.py"}", line 4, in divide',
        "    return value / 0",
    ]
    assert lines[-1] == "ZeroDivisionError: division by zero"


def test_an_error_outside_the_program_names_the_output(error_of):
    assert error_of('import pulumi\npulumi.export("x", pulumi.Output.concat("a", None))') == [
        "TypeError: sequence item 1: expected str instance, NoneType found",
        "(raised by what is given for 'x' of the stack's outputs)",
    ]


def test_an_error_outside_the_program_names_the_property(error_of):
    assert (
        error_of(
            """
            import pulumi
            class Part(pulumi.ComponentResource):
                def __init__(self, name, props):
                    super().__init__("toy:index:Part", name, props)
            Part("a", {"b": pulumi.Output.concat("a", None)})
            """
        )[-1]
        == "(raised by what is given for 'b' of toy:index:Part 'a')"
    )


def test_an_exception_reraised_by_the_sdk_shows_its_origin(error_of, tmp_path):
    lines = error_of(
        """
        import pulumi
        async def wrong():
            raise ValueError("no")
        pulumi.export("x", wrong())
        """
    )
    assert f'  File "{tmp_path / "__main__.py"}", line 4, in wrong' in lines


def test_causes_are_shown(error_of):
    lines = error_of(
        """
        try:
            {}["a"]
        except KeyError as error:
            raise ValueError("b") from error
        """
    )
    assert lines[-1] == "ValueError: b"
    assert "KeyError: 'a'" in lines
    assert sum("File" in line for line in lines) == 2


def test_frames_of_libraries_called_by_the_program_are_kept(error_of):
    assert sum("json" in line for line in error_of('import json\njson.loads("{")')) > 1


class RaisingProvider(Provider):
    """A provider that raises in the methods that its inputs name."""

    def check(self, urn, olds, news):
        self._raise_if(news, "check")
        return super().check(urn, olds, news)

    def create(self, urn, inputs):
        self._raise_if(inputs, "create")
        return CreateResult("a", inputs)

    def invoke(self, token, args):
        self._raise_if(args, "invoke")
        if args.get("refuse"):
            raise ProviderError("there is no such thing")
        return InvokeResult({})

    def _raise_if(self, properties, where):
        if properties.get(where):
            raise KeyError(where)


@pytest.fixture
def up(tmp_path):
    def up(program):
        stack = Stack(
            Project("p", tmp_path, tmp_path), program=program, clouds=[], providers={"wrong:*": RaisingProvider}
        )
        (error,) = stack.up().errors
        assert not any(frame in error for frame in ("rehearsal/operation", "rehearsal/monitor", *HARNESS_FRAMES[1:])), (
            error
        )
        return error

    return up


@pytest.mark.parametrize("where", ["check", "create"])
def test_a_providers_exception_shows_only_its_frames(up, where):
    error = up(lambda: pulumi.CustomResource("wrong:index:X", "x", {where: True}))
    assert f", in {where}\n" in error
    assert error.endswith(f"KeyError: '{where}'")


def test_a_failed_invoke_raises_pulumis_error_in_the_program(up):
    caught = []

    def program():
        try:
            pulumi.runtime.invoke("wrong:index:f", {"refuse": True})
        except Exception as error:  # noqa: BLE001 - the SDK raises a plain Exception
            caught.append(str(error))
        pulumi.runtime.invoke("wrong:index:f", {"invoke": True})

    error = up(program)
    assert caught == [
        "invoke of wrong:index:f failed: invocation of wrong:index:f returned an error: there is no such thing"
    ]
    assert ", in program\n" in error
    assert "invocation of wrong:index:f returned an error: Traceback" in error


def test_an_invalid_program_is_not_reported_as_a_bug_of_rehearsal(up):
    assert up(lambda needless: None).endswith("missing 1 required positional argument: 'needless'")


def test_an_internal_error_of_rehearsal_shows_the_full_traceback():
    with pytest.raises(TypeError) as caught:
        Project("p")  # type: ignore[call-arg]
    assert "Traceback" in traceback_of(caught.value)
    with pytest.raises(AttributeError) as internal:
        Stack(None)  # type: ignore[arg-type]
    assert "rehearsal/stack.py" in traceback_of(internal.value)
