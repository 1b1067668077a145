"""The fixture's default checks: what each detects, its message, and the keyword that disables it."""

from __future__ import annotations

import pytest


def run_failing(run, test: str, *lines: str, errors: int = 0) -> pytest.RunResult:
    result = run(test)
    result.assert_outcomes(failed=0 if errors else 1, errors=errors, passed=errors)
    result.stdout.fnmatch_lines(list(lines))
    return result


# A preview after every up is empty


def test_an_up_with_a_remaining_diff_fails(run):
    run_failing(
        run,
        """
        def test_perpetual_diff(rehearse):
            rehearse(lambda: Note("a", perpetual_diff=True)).up()
        """,
        "*CheckFailed: the preview after this up is not empty; another up would:",
        "*update Note::a*",
        "*check_preview=False*",
    )


@pytest.mark.slow("a lifecycle, and Python for its provider")
def test_unknown_outputs_of_unmodelled_types_are_no_remaining_diff(run):
    """A computed output, such as a random value, is an input that replaces a resource when it changes."""
    run(
        """
        def program():
            drawn = pulumi.CustomResource("dice:index/die:Die", "drawn", {"byteLength": 4, "hex": None})
            Note("a", text=drawn.hex, place=drawn.hex.apply(lambda value: f"at {value}"))

        def test_echo(rehearse):
            stack = rehearse(program, unmodelled="made-up")
            stack.up()
            assert stack.preview().has_no_changes()
        """
    ).assert_outcomes(passed=1)


def test_an_up_followed_by_a_failed_preview_fails(run):
    run_failing(
        run,
        """
        runs = []

        def program():
            runs.append(1)
            if len(runs) > 1:
                raise pulumi.RunError("once is enough")

        def test_second(rehearse):
            rehearse(program).up()
        """,
        "*CheckFailed: the preview after this up fails: preview failed:",
        "*once is enough",
    )


@pytest.mark.slow("a lifecycle, and Python for its provider")
def test_the_preview_after_an_up_can_be_disabled(run):
    run(
        """
        def test_perpetual_diff(rehearse):
            rehearse(lambda: Note("a", perpetual_diff=True), check_preview=False).up()
        """
    ).assert_outcomes(passed=1)


@pytest.mark.slow("a lifecycle, and Python for its provider")
def test_a_targeted_up_may_have_a_remaining_diff(run):
    run(
        """
        def test_targets(rehearse):
            stack = rehearse(lambda: [Note("a"), Note("b")])
            stack.up()
            urn = stack.resource("a").urn
            stack.up(program=lambda: [Note("a", "x"), Note("b", "x")], target=[urn])
            assert stack.preview().plan == {"b": "update"}
        """
    ).assert_outcomes(passed=1)


# Nothing is left behind


@pytest.mark.slow("pytest in a process of its own")
def test_a_stack_is_destroyed_at_the_end_of_its_test(run):
    run(
        """
        def test_one(rehearse):
            rehearse(lambda: Note("a")).up()
            assert notes.NOTES

        def test_two():
            assert not notes.NOTES
        """
    ).assert_outcomes(passed=2)


@pytest.mark.slow("pytest in a process of its own")
def test_a_failed_destroy_fails_the_test(run):
    result = run_failing(
        run,
        """
        def test_sticky(rehearse):
            rehearse(lambda: Note("a", sticky=True)).up()
        """,
        "destroy failed:",
        "*ValueError: it sticks",
        "*check_destroy=False*",
        errors=1,
    )
    result.stdout.no_fnmatch_line("*fixture.py*")


@pytest.mark.slow("a lifecycle, and Python for its provider")
def test_a_protected_resource_fails_the_test_unless_allowed(run):
    test = """
        def program():
            Note("a", opts=pulumi.ResourceOptions(protect=True))

        def test_protected(rehearse):
            rehearse(program, check_destroy={}).up()
        """
    run_failing(run, test.format(True), "*protected*", errors=1)
    run(test.format(False)).assert_outcomes(passed=1)


@pytest.mark.slow("a lifecycle, and Python for its provider")
def test_a_failed_test_is_not_checked_for_leftovers(run):
    result = run(
        """
        def test_failed(rehearse):
            rehearse(lambda: Note("a", sticky=True)).up()
            assert False
        """
    )
    result.assert_outcomes(failed=1)


@pytest.mark.slow("runs pytest in pytest")
def test_leftovers_in_the_cloud_fail_the_test_unless_allowed(run):
    test = """
        def test_retained(rehearse):
            stack = rehearse(lambda: None, check_destroy={})
            stack.up()
            stack.cloud.boto3("s3").create_bucket(Bucket="forgotten")
        """
    run_failing(
        run, test.format(True), "after destroy there is left in the cloud*", "*arn:aws:s3:::forgotten", errors=1
    )
    run(test.format(False)).assert_outcomes(passed=1)


@pytest.mark.slow("pytest in a process of its own")
def test_resources_that_existed_before_the_first_operation_may_stay(run):
    run(
        """
        def test_existing_bucket(rehearse):
            rehearse.cloud.boto3("s3").create_bucket(Bucket="old")
            rehearse(lambda: None).up()
        """
    ).assert_outcomes(passed=1)


# No secret in plaintext


@pytest.mark.slow("pytest runs in pytest")
@pytest.mark.parametrize(
    ("program", "found"),
    [
        ('Note("a", config.get_secret("pin"), copy=config.get("pin"))', "config test:pin is in the state"),
        ('print("the pin is", config.get("pin"))', "config test:pin is in what was printed or logged: *is ?secret?"),
        ('pulumi.log.warn("pin " + config.get("pin"))', "config test:pin is in what the up shows: *pin ?secret?"),
        ('pulumi.export("pin", config.get("pin"))', "config test:pin is in what the up shows"),
        ('Note("a", refuse=config.get_secret("pin"))', "config test:pin is in what the up shows: *write ?secret?"),
        ('raise pulumi.RunError(config.get("pin"))', "config test:pin is in what the up shows"),
        ('pulumi.log.debug(config.get("pin"))', "config test:pin is in what was printed or logged"),
        ('Note("a", bad=pulumi.Output.secret("swordfish"))', "bad of *Note a is in what the up shows: *no ?secret?"),
        ('import logging; logging.error(config.get("pin"))', "config test:pin is in what was printed or logged"),
        ('import logging; logging.getLogger("x").debug(config.get("pin"))', "config test:pin is in what was printed*"),
        ('import warnings; warnings.warn(config.get("pin"))', "config test:pin is in what was printed*"),
        ('import os; os.write(1, config.get("pin").encode())', "config test:pin is in what was printed*"),
        (
            'import base64; print(base64.b64encode(b"pin " + config.get("pin").encode() + b"!").decode())',
            "config test:pin is in what was printed*",
        ),
        (
            'from urllib.parse import quote; pulumi.export("url", "amqp://me:" + quote(config.get("sign"), "") + "@x")',
            "config test:sign is in what the up shows",
        ),
        ('Note("a", pulumi.Output.secret("swordfish"), copy="a swordfish")', "text of *Note a is in the state"),
    ],
)
def test_a_secret_in_plaintext_fails_the_test(run, program, found):
    result = run_failing(
        run,
        f"""
        from pulumi.automation import ConfigValue

        def program():
            config = pulumi.Config("test")
            {program}

        def test_secret(rehearse):
            config = {{"test:pin": "fishhook", "test:sign": "fish/hook"}}
            rehearse(program, config={{k: ConfigValue(v, secret=True) for k, v in config.items()}}).up()
        """,
        "*a secret can be read in plaintext:",
        f"*{found}*",
        "*check_secrets=False*",
    )
    assert "fishhook" not in str([line for line in result.outlines if line.startswith("E ")])


def test_a_leaked_secret_is_reported_first_with_its_redacted_line(run):
    result = run_failing(
        run,
        """
        from pulumi.automation import ConfigValue

        def program():
            pin = pulumi.Config("test").require_secret("pin")

            def check(value):
                assert value == "swordfish"  # the line

            pin.apply(check)

        def test_secret(rehearse):
            rehearse(program, config={"test:pin": ConfigValue("fishhook", secret=True)}).up()
        """,
        "*CheckFailed: up failed:",
        '*File "*test_it.py", line 11, in check',
        '*assert value == "swordfish"  # the line',
        "*AssertionError: assert *[[]secret[]]* == *swordfish*",
        "*besides, a secret can be read in plaintext:",
        "*config test:pin is in what the up shows*",
        "*check_secrets=False*",
    )
    assert "fishhook" not in str([line for line in result.outlines if line.startswith("E ")])


def test_a_failure_without_a_leak_is_reported_alone(run):
    result = run_failing(
        run,
        """
        def program():
            pulumi.Output.secret("swordfish").apply(lambda value: [][len(value)])

        def test_secret(rehearse):
            rehearse(program).up()
        """,
        "*OperationFailed: up failed:",
        "*IndexError: list index out of range",
    )
    assert "plaintext" not in result.stdout.str()


@pytest.mark.slow("a lifecycle, and Python for its provider")
def test_an_encoded_secret_passes(run):
    run(
        """
        from pulumi.automation import ConfigValue

        def program():
            note = Note("a", pulumi.Config("test").require_secret("pin"))
            pulumi.export("pin", note.text)

        def test_secret(rehearse):
            stack = rehearse(program, config={"test:pin": ConfigValue("fishhook", secret=True)})
            stack.preview()
            stack.up()
            stack.refresh()
        """
    ).assert_outcomes(passed=1)


SHOP = """
import boto3
import pulumi_aws as aws
from ivs_channel import LiveChannel

def program(kind, text="https://live.example.com"):
    aws.ssm.Parameter("url", name="/url", type=kind, value=text)
    pulumi.export("url", text)
"""


@pytest.mark.slow("pytest runs in pytest")
@pytest.mark.parametrize("kind", ["String", "StringList"])
def test_plaintext_values_of_the_cloud_are_no_secrets(run, kind):
    """pulumi-aws marks the value of every parameter as secret, and so all outputs that depend on it."""
    run(
        SHOP
        + f"""
def test_public(rehearse):
    stack = rehearse(lambda: program({kind!r}))
    stack.preview()
    stack.up()
    stack.up(program=lambda: program({kind!r}, "https://other.example.com"))
    stack.refresh()
    stack.destroy()
"""
    ).assert_outcomes(passed=1)


@pytest.mark.slow("pytest runs in pytest")
def test_secret_values_of_the_cloud_are_secrets(run):
    run_failing(
        run,
        SHOP
        + """
def test_secure(rehearse):
    rehearse(lambda: program("SecureString")).up()
""",
        "*CheckFailed: a secret can be read in plaintext:",
        "*value of aws:ssm:Parameter url is in what the up shows*",
    )


@pytest.mark.slow("a lifecycle, and Python for its provider")
def test_a_stream_key_in_a_plain_parameter_is_still_a_secret(run):
    run_failing(
        run,
        SHOP
        + """
def publish():
    live = LiveChannel("live")
    aws.ssm.Parameter("key", name="/key", type="String", value=live.stream_key)
    live.stream_key.apply(print)

def test_key(rehearse):
    rehearse(publish).up()
""",
        "*CheckFailed: a secret can be read in plaintext:",
        "*is in what was printed or logged*",
    )


@pytest.mark.slow("a lifecycle, and Python for its provider")
def test_plaintext_can_be_allowed(run):
    run(
        """
        def program():
            Note("a", pulumi.Output.secret("swordfish"), copy="swordfish")

        def test_secret(rehearse):
            rehearse(program, check_secrets=False).up()
        """
    ).assert_outcomes(passed=1)


# The provider's pickle


@pytest.mark.slow("starts Python for the provider")
def test_an_unloadable_provider_pickle_fails_the_test_unless_allowed(run):
    test = """
        import sys, types
        made = types.ModuleType("made_up")
        exec(open("notes.py").read(), made.__dict__)
        made.NoteProvider.__module__ = "made_up"
        sys.modules["made_up"] = made

        def test_pickle(rehearse):
            rehearse(lambda: made.Note("a"), check_pickle={}).up()
        """
    run_failing(
        run,
        test.format(True),
        "*CheckFailed: the provider of *Note a can't be relied on: it does not load in a fresh interpreter in *",
        "*ModuleNotFoundError: No module named 'made_up'",
        "*check_pickle=False*",
    )
    run(test.format(False)).assert_outcomes(passed=1)


@pytest.mark.slow("starts Python with another hash seed")
def test_a_provider_pickle_that_depends_on_hashes_fails_the_test(run):
    run_failing(
        run,
        """
        class Hashing(notes.NoteProvider):
            def __init__(self):
                self.words = {"all", "the", "king's", "horses", "and", "men"}

        class Hashed(pulumi.dynamic.Resource):
            def __init__(self, name):
                super().__init__(Hashing(), name, {})

        def test_pickle(rehearse):
            rehearse(lambda: Hashed("a")).up()
        """,
        "*the provider of * a can't be relied on: it is not the same bytes in every run*",
    )


def test_an_unstable_provider_pickle_fails_the_test(run):
    run_failing(
        run,
        """
        import itertools
        count = itertools.count()

        class Counting(notes.NoteProvider):
            def __init__(self):
                self.number = next(count)

        class Counted(pulumi.dynamic.Resource):
            def __init__(self, name):
                super().__init__(Counting(), name, {})

        def test_pickle(rehearse):
            rehearse(lambda: Counted("a")).up()
        """,
        "*the provider of a is not the same bytes when the program runs again*",
    )


@pytest.mark.slow("starts Python for the provider")
def test_a_stable_provider_pickle_by_value_passes(run, pytester):
    folder = pytester.mkdir("byvalue")
    source = (
        (pytester.path / "notes.py").read_text().replace("import notes", "").replace("notes.NOTES", "{'note-0': 1}")
    )
    folder.joinpath("__main__.py").write_text(source + "\nNote('a')\n")
    run(
        """
        from pathlib import Path

        def test_pickle(rehearse):
            rehearse(Path(__file__).parent / "byvalue").up()
        """
    ).assert_outcomes(passed=1)


# Assertions inside apply


@pytest.mark.slow("pytest runs in pytest")
def test_an_assertion_that_never_ran_fails_the_test_unless_allowed(run):
    test = """
        def program():
            note = Note("a", "x")

            def check(serial):
                assert serial == "wrong"

            note.serial.apply(check)

        def test_preview_only(rehearse):
            rehearse(program, check_asserts={}).preview()
        """
    run_failing(
        run,
        test.format(True),
        "the assertion in the callback at test_it.py:* (program.<locals>.check) never ran: *check_asserts=False*",
        errors=1,
    )
    run(test.format(False)).assert_outcomes(passed=1)


@pytest.mark.slow("pytest runs in pytest")
@pytest.mark.parametrize(
    "callback",
    [
        "check",
        "lambda value: check(value)",
        "functools.partial(check)",
        "unittest.TestCase().assertIsNone",
        "lambda value: unittest.TestCase().assertIsNone(value)",
        "Checker().check",
        "Checker()",
    ],
)
def test_an_assertion_is_found_anywhere_in_a_callback(run, callback):
    run_failing(
        run,
        f"""
        import functools, unittest

        class Checker:
            def check(self, value):
                assert value

            __call__ = check

        def check(value):
            if value != 1:
                raise AssertionError

        def test_it(rehearse):
            rehearse(lambda: Note("a").serial.apply({callback})).preview()
        """,
        "the assertion in the callback at *",
        errors=1,
    )


@pytest.mark.slow("a lifecycle, and Python for its provider")
def test_an_assertion_that_ran_once_is_enough(run):
    run(
        """
        def program():
            def check(serial):
                assert serial == "note-0"
            Note("a").serial.apply(check)

        def test_up(rehearse):
            stack = rehearse(program)
            stack.preview()
            stack.up()
        """
    ).assert_outcomes(passed=1)


@pytest.mark.slow("starts processes of providers")
def test_a_callback_without_an_assertion_may_be_unused(run):
    run(
        """
        def test_preview(rehearse):
            rehearse(lambda: pulumi.export("x", Note("a").serial.apply(lambda s: s.upper()))).preview()
        """
    ).assert_outcomes(passed=1)


def test_a_failed_assertion_fails_the_up(run):
    run_failing(
        run,
        """
        def program():
            def check(serial):
                assert serial == "wrong"
            Note("a").serial.apply(check)

        def test_up(rehearse):
            rehearse(program).up()
        """,
        "*OperationFailed: up failed:",
        "*AssertionError*",
    )


def test_apply_is_restored_after_an_operation(run):
    run(
        """
        apply = pulumi.Output.apply

        def test_restored(rehearse):
            rehearse(lambda: None).up()
            assert pulumi.Output.apply is apply
        """
    ).assert_outcomes(passed=1)
