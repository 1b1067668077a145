"""Arguments of the Automation API are accepted, or refused with their name and a reason."""

import inspect

import pytest
from pulumi import automation

from rehearsal.testing.options import DestroyOptions, Options, PreviewOptions, RefreshOptions, UpOptions
from rehearsal.testing.stack import RehearsedStack

OPTIONS = {"up": UpOptions, "preview": PreviewOptions, "refresh": RefreshOptions, "destroy": DestroyOptions}


def keyword_arguments(op):
    parameters = inspect.signature(getattr(RehearsedStack, op)).parameters.values()
    return [p.name for p in parameters if p.kind is p.KEYWORD_ONLY]


@pytest.mark.parametrize("op", OPTIONS)
def test_every_argument_of_the_automation_api_is_known(op):
    automation_arguments = set(inspect.signature(getattr(automation.Stack, op)).parameters) - {"self"}
    assert automation_arguments - {*keyword_arguments(op), *OPTIONS[op].__annotations__} == set()


@pytest.mark.parametrize("op", ["preview_refresh", "preview_destroy"])
def test_previews_accept_the_arguments_of_their_operations(op):
    automation_arguments = set(inspect.signature(getattr(automation.Stack, op)).parameters) - {
        "self",
        "clear_pending_creates",
    }
    kind = OPTIONS[op.removeprefix("preview_")]
    assert automation_arguments - {*keyword_arguments(op), *kind.__annotations__} == set()


@pytest.mark.parametrize(
    ("op", "options", "text"),
    [
        ("up", {"policy_packs": ["p"]}, "up(policy_packs=…): rehearsal does not model policies; leave it out"),
        (
            "up",
            {"exclude": ["u"]},
            "up(exclude=…): rehearsal does not model exclusion of resources; leave it out: name",
        ),
        ("up", {"continue_on_error": True}, "rehearsal does not model operations that go on after an error"),
        ("up", {"run_program": False}, "up(run_program=False): rehearsal's up always runs the program; leave it out"),
        ("destroy", {"run_program": True}, "rehearsal's destroy never runs the program"),
        ("destroy", {"remove": True}, "destroy(remove=…): rehearsal does not model the removal of a stack"),
        ("refresh", {"preview_only": True}, "use preview_refresh() or preview_destroy()"),
        ("preview", {"plan": "file"}, "preview(plan=…): rehearsal does not model update plans"),
        ("preview", {"json": True}, "rehearsal does not model Pulumi's JSON; leave it out: the result has"),
        ("up", {"color": "raw"}, "up(color=…): expected one of 'always', 'never', 'auto', got 'raw'"),
        ("up", {"parallel": 0}, "up(parallel=…): expected a number of 1 or more, got 0"),
        ("up", {"parallel": True}, "expected a number of 1 or more, got True"),
    ],
)
def test_unsupported_options_are_refused_by_name(op, options, text):
    with pytest.raises(ValueError) as refused:
        Options.read(op, OPTIONS[op], options, keyword_arguments(op))
    assert text in str(refused.value)


@pytest.mark.parametrize("op", OPTIONS)
def test_a_neutral_value_of_an_unsupported_option_is_accepted(op):
    nothing = dict.fromkeys(OPTIONS[op].__annotations__)
    assert Options.read(op, OPTIONS[op], nothing, ()) == Options()
    assert Options.read(op, OPTIONS[op], {"debug": False, "exclude": [], "run_program": op in ("up", "preview")}, ())


def test_an_unknown_option_is_refused_with_a_suggestion():
    with pytest.raises(
        TypeError, match=r"^up\(\) got an unexpected keyword argument 'targets'; did you mean target\?$"
    ):
        Options.read("up", UpOptions, {"targets": []}, keyword_arguments("up"))
    with pytest.raises(TypeError, match=r"^up\(\) got an unexpected keyword argument 'zzzzz'$"):
        Options.read("up", UpOptions, {"zzzzz": []}, keyword_arguments("up"))


@pytest.mark.slow("starts processes of providers")
def test_supported_options_are_passed_on(run):
    run(
        """
        from pulumi.automation import ConfigValue
        from rehearsal.testing import OperationFailed

        def program():
            Note("a", pulumi.Config().get("text"))
            pulumi.export("out", "put")

        def test_output_and_events(rehearse):
            lines, events = [], []
            stack = rehearse(program, config={"text": "x", "pin": ConfigValue("fishhook", secret=True)})
            up = stack.up(on_output=lines.append, on_event=events.append, message="why", show_secrets=False, parallel=1)
            assert "\\n".join(lines) == up.stdout.rstrip("\\n")
            assert any("created" in line for line in lines)
            assert up.summary.message == "why"
            pin = up.summary.config["rehearsal:pin"]
            assert (pin.value, pin.secret) == ("[secret]", True)
            assert [e.sequence for e in events] == list(range(len(events)))
            assert events[0].prelude_event.config == {"rehearsal:text": "x", "rehearsal:pin": "[secret]"}
            started = [e.resource_pre_event.metadata for e in events if e.resource_pre_event]
            assert [(m.op, m.urn.rpartition("::")[2]) for m in started] == [
                ("create", "rehearsal-test"), ("create", "a"),
            ]
            assert started[1].old is None
            assert started[1].new.inputs["text"] == "x"
            assert len([e for e in events if e.res_outputs_event]) == 2
            assert events[-2].summary_event.resource_changes == up.summary.resource_changes == {"create": 2}
            assert events[-1].cancel_event is not None

            stack.set_config("text", "y")
            events.clear()
            stack.preview(on_event=events.append)
            begun = [e.resource_pre_event for e in events if e.resource_pre_event]
            (changed,) = [e for e in begun if e.metadata.op == "update"]
            assert changed.planning
            assert changed.metadata.diffs == ["text"]
            assert changed.metadata.detailed_diff["text"].diff_kind == "update"
            assert (changed.metadata.old.inputs["text"], changed.metadata.new.inputs["text"]) == ("x", "y")

        def test_a_failure_is_an_event(rehearse):
            events = []
            with pytest.raises(OperationFailed):
                rehearse(lambda: Note("a", refuse="it")).up(on_event=events.append)
            (failed,) = [e.res_op_failed_event for e in events if e.res_op_failed_event]
            assert failed.metadata.urn.endswith("::a")
            assert any("can't write it" in e.diagnostic_event.message for e in events if e.diagnostic_event)

        def test_what_is_shown(rehearse):
            stack = rehearse(program, config={"text": "x"})
            assert "put" in stack.up().stdout
            assert "put" not in stack.up(suppress_outputs=True).stdout
            stack.set_config("text", "y")
            assert '"x" => "y"' in stack.preview().stdout
            assert '"x" => "y"' not in stack.preview(diff=False).stdout
            assert "\\x1b[" not in stack.preview().stdout
            assert "\\x1b[" in stack.preview(color="always").stdout

        def test_refresh_first_and_previews(rehearse):
            stack = rehearse(program, config={"text": "x"})
            stack.up()
            notes.NOTES.clear()
            planned = stack.preview_refresh()
            assert planned.change_summary["delete"] == 1
            assert planned.stdout.startswith("Previewing refresh (test):")
            assert stack.preview().change_summary == {"same": 2}
            assert stack.preview(refresh=True).change_summary == {"create": 1, "same": 1}
            assert stack.up(refresh=True).summary.resource_changes == {"create": 1, "same": 1}
            assert stack.preview_destroy().change_summary == {"delete": 2}
            assert len(stack.resources()) == 3
            notes.NOTES.clear()
            assert stack.destroy(refresh=True).summary.resource_changes == {"delete": 1}

        def test_a_listener_that_fails_fails_the_test_after_the_operation(rehearse):
            stack = rehearse(program)
            with pytest.raises(ZeroDivisionError):
                stack.up(on_output=lambda line: 1 / 0)
            assert stack.resource("a").id

        def test_a_lone_urn_is_no_list(rehearse):
            for argument in ("target", "replace"):
                with pytest.raises(TypeError, match=f"{argument}: expected a list of URNs, got the text"):
                    rehearse(program).up(**{argument: "urn:x"})

        def test_what_is_refused_does_nothing(rehearse):
            stack = rehearse(program)
            with pytest.raises(ValueError, match=r"up\\(plan=…\\): rehearsal does not model update plans"):
                stack.up(plan="x")
            assert stack.resources() == []
        """
    ).assert_outcomes(passed=7)
