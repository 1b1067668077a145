"""The operations of a stack, and their results."""

from __future__ import annotations

import pytest


@pytest.mark.slow("pytest in a process of its own")
def test_results_have_the_fields_of_the_automation_api(run):
    result = run(
        """
        from pulumi import automation

        def program():
            config = pulumi.Config()
            note = Note("a", config.get("text") or "hello")
            pulumi.export("text", note.text)
            pulumi.export("hidden", pulumi.Output.secret("swordfish"))

        def test_lifecycle(rehearse):
            stack = rehearse(program)
            planned = stack.preview()
            assert isinstance(planned, automation.PreviewResult)
            assert planned.change_summary == {"create": 2}

            up = stack.up()
            assert isinstance(up, automation.UpResult)
            assert up.outputs["text"].value == "hello"
            assert (up.outputs["hidden"].value, up.outputs["hidden"].secret) == ("swordfish", True)
            assert repr(up.outputs["hidden"]) == "[secret]"
            assert up.summary.resource_changes == {"create": 2}
            assert (up.summary.kind, up.summary.result, up.summary.version) == ("update", "succeeded", 1)
            assert [step.op for step in up.steps] == ["create", "create"]
            assert "Note a created" in up.stdout
            assert stack.outputs()["text"].value == "hello"

            stack.set_config("text", "bye")
            changed = stack.up()
            assert changed.summary.resource_changes == {"same": 1, "update": 1}
            assert changed.summary.config["rehearsal:text"].value == "bye"

            refreshed = stack.refresh(expect_no_changes=True)
            assert isinstance(refreshed, automation.RefreshResult)

            exported = stack.export_stack()
            assert isinstance(exported, automation.Deployment)
            assert exported.version == 3
            assert stack.resource("a").id == stack.resource("Note::a").id == "note-0"

            destroyed = stack.destroy()
            assert isinstance(destroyed, automation.DestroyResult)
            assert destroyed.summary.resource_changes == {"delete": 2}
            assert notes.NOTES == {}
        """
    )
    result.assert_outcomes(passed=1)


@pytest.mark.slow("pytest runs in pytest")
def test_a_failed_operation_raises_with_the_reason_and_the_result(run):
    result = run(
        """
        from pulumi.automation.errors import CommandError
        from rehearsal.testing import OperationFailed

        def program():
            Note("a", refuse="this")

        def test_fails(rehearse):
            with pytest.raises(OperationFailed, match="can't write this") as failure:
                rehearse(program).up()
            assert isinstance(failure.value, CommandError)
            assert failure.value.result.summary.result == "failed"
            assert failure.value.result.summary.resource_changes == {"create": 1}

        def test_shown(rehearse):
            rehearse(program).up()
        """
    )
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["*OperationFailed: up failed:", "*ValueError: can't write this", "*create Note::a ?failed?"]
    )
    result.stdout.no_fnmatch_line("*harness/rehearsal/*")  # no frames of the plugin


@pytest.mark.slow("pytest runs in pytest")
def test_config_can_be_text_a_secret_or_data(run):
    result = run(
        """
        from pulumi.automation import ConfigValue

        def program():
            config = pulumi.Config()
            assert config.require_object("list") == [1, 2]
            assert pulumi.Config("other").require("key") == "x"
            pulumi.export("pin", config.require_secret("pin"))
            pulumi.export("word", config.require("word"))

        def test_config(rehearse):
            stack = rehearse(program, config={
                "list": [1, 2], "other:key": "x", "pin": ConfigValue("1234567", secret=True), "word": "plain",
            })
            outputs = stack.up().outputs
            assert (outputs["pin"].value, outputs["pin"].secret) == ("1234567", True)
            assert (outputs["word"].value, outputs["word"].secret) == ("plain", False)
            assert stack.get_config("pin").secret
            stack.set_config("word", "other")
            assert stack.up().outputs["word"].value == "other"
            stack.remove_config("other:key")
            with pytest.raises(Exception, match="other:key"):
                stack.up()
        """
    )
    result.assert_outcomes(passed=1)


@pytest.mark.slow("derives keys of a passphrase")
def test_config_encrypted_with_the_passphrase_reaches_the_program(run, pytester, monkeypatch):
    """`pulumi config set --secret` 3.274.1 encrypted the value."""
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "correct-horse")
    (pytester.path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    (pytester.path / "Pulumi.dev.yaml").write_text(
        "encryptionsalt: v1:4w9VoHvDCbQ=:v1:BFXZA9QEVjg5c2eb:394ULb+CUeGzN3AM/rxbwCfaGfZpBQ==\n"
        "config: {p:pin: {secure: 'v1:U7yb1dH4CAXG9VL+:TtBisIdS9FBGDIxbrBfnzsmVpa35iq8='}}\n"
    )
    (pytester.path / "__main__.py").write_text(
        "import pulumi\npulumi.export('pin', pulumi.Config().require_secret('pin'))\n"
    )
    result = run(
        """
        from pathlib import Path

        def test_pin(rehearse):
            stack = rehearse(Path(__file__).parent, stack="dev")
            assert stack.get_config("pin").secret
            pin = stack.up().outputs["pin"]
            assert (pin.value, pin.secret) == ("hunter2", True)
        """
    )
    result.assert_outcomes(passed=1)


@pytest.mark.slow("pytest in a process of its own")
def test_a_program_may_be_a_folder_a_file_a_project_or_a_function(run, pytester):
    pytester.mkdir("plain").joinpath("__main__.py").write_text(
        "import pulumi; pulumi.export('x', pulumi.get_project())"
    )
    project = pytester.mkdir("project")
    project.joinpath("Pulumi.yaml").write_text("name: mine\nruntime: python\n")
    project.joinpath("__main__.py").write_text("import pulumi; pulumi.export('x', pulumi.get_project())")
    result = run(
        """
        from pathlib import Path

        HERE = Path(__file__).parent

        @pytest.mark.parametrize(("program", "name"), [
            (HERE / "plain", "plain"),
            (HERE / "plain" / "__main__.py", "plain"),
            (str(HERE / "project"), "mine"),
            (lambda: pulumi.export("x", pulumi.get_project()), "rehearsal"),
        ])
        def test_project(rehearse, program, name):
            assert rehearse(program).up().outputs["x"].value == name

        def test_nothing(rehearse):
            with pytest.raises(ValueError, match="program: expected a project's folder.*no .*missing"):
                rehearse(HERE / "missing")
        """
    )
    result.assert_outcomes(passed=5)


@pytest.mark.slow("a lifecycle, and Python for its provider")
def test_another_program_can_use_the_same_state(run):
    result = run(
        """
        def test_upgrade(rehearse):
            stack = rehearse(lambda: Note("a"))
            stack.up()
            changed = stack.up(program=lambda: Note("b"))
            assert changed.plan == {"a": "delete", "b": "create"}
        """
    )
    result.assert_outcomes(passed=1)


@pytest.mark.slow("starts processes of providers")
def test_the_provider_can_run_in_its_own_process(run):
    result = run(
        """
        import os

        def program():
            Note("a", pid=str(os.getpid()))

        def test_process(rehearse):
            rehearse(program, check_destroy=False, provider_process=True).up()
            assert notes.NOTES == {}, "the notes are in the other process"
        """
    )
    result.assert_outcomes(passed=1)
    result = run(
        """
        def test_process(rehearse):
            rehearse(lambda: Note("a"), check_destroy=False).up()
            assert notes.NOTES == {}, "the notes are in the other process"
        """,
        "--rehearse-provider-process",
    )
    result.assert_outcomes(passed=1)


@pytest.mark.slow("starts processes of providers")
def test_an_exported_state_can_be_adopted(run):
    result = run(
        """
        from pulumi.automation import Deployment

        def program():
            Note("a", pulumi.Output.secret("swordfish"))

        def test_import(rehearse):
            first = rehearse(program, check_destroy=False)
            first.up()
            second = rehearse(program)
            second.import_stack(first.export_stack())
            assert second.preview().has_no_changes()
            assert second.is_secret("a", "text")

        def test_refused(rehearse):
            with pytest.raises(Exception, match="version"):
                rehearse(program).import_stack(Deployment(2, {}))
        """
    )
    result.assert_outcomes(passed=2)


@pytest.mark.slow("pytest runs in pytest")
def test_unmodelled_types_can_return_their_inputs(run):
    result = run(
        """
        class Lamp(pulumi.CustomResource):
            def __init__(self, name):
                super().__init__("lamps:index:Lamp", name, {"colour": "red"})

        def test_unknown(rehearse):
            with pytest.raises(Exception, match="no provider for lamps:index:Lamp"):
                rehearse(lambda: Lamp("a")).up()

        def test_echo(rehearse):
            rehearse(lambda: Lamp("a"), unmodelled="made-up").up()
        """
    )
    result.assert_outcomes(passed=2)


@pytest.mark.slow("pytest in a process of its own")
def test_a_refresh_and_a_destroy_may_have_targets(run):
    result = run(
        """
        def test_targets(rehearse):
            stack = rehearse(lambda: [Note("a"), Note("b")])
            stack.up()
            urn = stack.resource("a").urn
            notes.NOTES.clear()
            assert stack.refresh(target=[urn]).summary.resource_changes["delete"] == 1
            assert [r.type for r in stack.resources()].count("pulumi-python:dynamic/notes:Note") == 1
            destroyed = stack.destroy(target=[stack.resource("b").urn])
            assert destroyed.plan == {"b": "delete"}

        def test_dependents(rehearse):
            def program():
                first = Note("first", "first")
                Note("second", "second", opts=pulumi.ResourceOptions(depends_on=[first]))

            stack = rehearse(program)
            stack.up(target=["**::first"], target_dependents=True)
            assert [r.inputs["text"] for r in stack.resources() if "Note" in r.type] == ["first", "second"]
            stack.destroy(target=["**::first"], target_dependents=True)
            assert not [r for r in stack.resources() if "Note" in r.type]
        """
    )
    result.assert_outcomes(passed=2)


def test_ctrl_c_ends_the_test_run_after_the_operation(run):
    result = run(
        """
        from rehearsal import Stack

        up = Stack.up

        def interrupted(*args, **kwargs):
            report = up(*args, **kwargs)
            report.interrupted, report.ok = True, False
            return report

        def test_it(rehearse, monkeypatch):
            monkeypatch.setattr(Stack, "up", interrupted)
            with pytest.raises(KeyboardInterrupt):
                rehearse(lambda: Note("a", "hello"), check_destroy=False).up()
        """
    )
    result.assert_outcomes(passed=1)
