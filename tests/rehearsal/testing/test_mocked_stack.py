"""The fixture with mocks: its checks, and errors for the methods that need an engine."""

from __future__ import annotations

import pytest

MOCKS = """
        class ToyMocks(pulumi.runtime.Mocks):
            def new_resource(self, args):
                return args.name, {**args.inputs, "serial": "1"}
            def call(self, args):
                return {}
"""


def run_passing(run, test: str, *more: str) -> None:
    run(MOCKS + test, *more).assert_outcomes(passed=1)


def run_failing(run, test: str, *lines: str) -> None:
    result = run(MOCKS + test)
    assert result.ret
    result.stdout.fnmatch_lines(list(lines))


@pytest.mark.slow("pytest in a process of its own")
def test_a_program_runs_with_its_resources_and_outputs(run):
    run_passing(
        run,
        """
        def program():
            note = Note("a", text=pulumi.Config().require("text"))
            pulumi.export("serial", note.serial)

        def test_it(rehearse):
            stack = rehearse(program, mocks=ToyMocks(), config={"text": "hello"}, stack="s", project="p")
            up = stack.up()
            assert up.outputs["serial"].value == stack.outputs()["serial"].value == "1"
            assert stack.resource("a").inputs == {"text": "hello"}
            assert stack.resource("Note::a").urn == "urn:pulumi:s::p::pulumi-python:dynamic/notes:Note::a"
            assert [made.name for made in up.resources] == ["a"]
            with pytest.raises(LookupError, match="no resource 'b'; there is Note::a"):
                stack.resource("b")
            stack.set_config("text", "bye")
            stack.preview()
            assert stack.resource("a").inputs == {"text": "bye"}
        """,
    )


@pytest.mark.slow("pytest runs in pytest")
def test_a_folder_can_be_a_program_and_its_modules_are_reloaded(run, pytester):
    pytester.mkdir("prog")
    (pytester.path / "prog" / "Pulumi.yaml").write_text("name: prog\nruntime: python\n")
    (pytester.path / "prog" / "parts.py").write_text("SEEN = []\n")
    (pytester.path / "prog" / "__main__.py").write_text(
        "import pulumi, parts\nparts.SEEN.append(1)\npulumi.export('seen', len(parts.SEEN))\n"
    )
    run_passing(
        run,
        """
        def test_it(rehearse):
            stack = rehearse("prog", mocks=ToyMocks())
            assert [stack.up().outputs["seen"].value for _ in range(2)] == [1, 1]
        """,
    )


def test_an_exception_of_the_program_is_raised(run):
    run_passing(
        run,
        """
        def program():
            raise ZeroDivisionError("here")

        def test_it(rehearse):
            with pytest.raises(ZeroDivisionError, match="here"):
                rehearse(program, mocks=ToyMocks()).up()
        """,
    )


@pytest.mark.slow("pytest runs in pytest")
def test_a_secret_that_is_printed_fails(run):
    run_failing(
        run,
        """
        def program():
            pulumi.Output.secret("a long password").apply(print)
            Note("a", text=pulumi.Output.secret("a long password"))

        def test_it(rehearse):
            rehearse(program, mocks=ToyMocks()).up()
        """,
        "*CheckFailed: a secret can be read in plaintext:",
        "*text of *notes:Note a is in what was printed or logged*",
        "*check_secrets=False*",
    )


def test_a_secret_that_is_exported_in_plaintext_fails(run):
    run_failing(
        run,
        """
        def program():
            pulumi.export("open", pulumi.Output.unsecret(pulumi.Config().require_secret("code")))

        def test_it(rehearse):
            rehearse(program, mocks=ToyMocks(), config={"code": pulumi.automation.ConfigValue("12345678", True)}).up()
        """,
        "*config rehearsal:code is in the stack's outputs*",
    )


@pytest.mark.slow("pytest in a process of its own")
def test_an_assertion_that_never_ran_fails(run):
    run_failing(
        run,
        """
        def program():
            def check(value):
                assert value
            Note("a").serial.apply(check)

        def test_it(rehearse):
            rehearse(program, mocks=ToyMocks()).preview()

        class ToyMocks(pulumi.runtime.Mocks):
            def new_resource(self, args):
                return args.name, {}
            def call(self, args):
                return {}
        """,
        "*the assertion in the callback at test_it.py:* never ran*",
    )


@pytest.mark.slow("pytest in a process of its own")
def test_an_unstable_pickle_fails(run):
    run_failing(
        run,
        """
        import itertools
        count = itertools.count()

        class Odd(pulumi.dynamic.Resource, name="Odd"):
            pass

        def program():
            provider = notes.NoteProvider()
            provider.number = next(count)
            Odd(provider, "a", {})

        def test_it(rehearse):
            stack = rehearse(program, mocks=ToyMocks())
            stack.up()
            stack.up()
        """,
        "*the provider of a is not the same bytes when the program runs again*",
    )


@pytest.mark.slow("pytest in a process of its own")
def test_methods_that_need_a_state_or_a_provider_are_reported_as_missing(run):
    run_passing(
        run,
        """
        def test_it(rehearse):
            stack = rehearse(lambda: None, mocks=ToyMocks())
            for name in ("refresh", "destroy", "export_stack", "cloud"):
                with pytest.raises(AttributeError, match=f"{name}: under mocks nothing but the program runs"):
                    getattr(stack, name)
            with pytest.raises(AttributeError, match="no attribute 'nothing'"):
                stack.nothing
            with pytest.raises(LookupError, match="has not run yet"):
                stack.outputs()
            with pytest.raises(ValueError, match="parallel: mocks run no provider"):
                rehearse(lambda: None, mocks=ToyMocks(), parallel=2)
            with pytest.raises(ValueError, match="given_outputs: mocks run no provider"):
                rehearse(lambda: None, mocks=ToyMocks(), given_outputs={})
            with pytest.raises(ValueError, match="given_outputs: the real engine asks its plugins"):
                rehearse(lambda: None, engine="pulumi", given_outputs={})
        """,
    )
