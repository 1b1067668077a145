"""The recorder turns the real engine's events into the report of an operation."""

import pytest
from pulumi.automation import EngineEvent

from rehearsal.engine.events import Report
from rehearsal.real_engine.event_recorder import EventRecorder
from rehearsal.state.property_values import SECRET_SIGNATURE, SIGNATURE, Secret

ROOT = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"
THING = "urn:pulumi:dev::p::pulumi-python:dynamic/toy:Thing::a"


def metadata(op, urn=THING, *, old=None, new=None, **rest):
    def state(inputs):
        kind = urn.split("::")[2]
        return {"type": kind, "urn": urn, "id": "", "parent": ROOT, "provider": "", "inputs": inputs, "outputs": inputs}

    sides = {name: state(inputs) for name, inputs in (("old", old), ("new", new)) if inputs is not None}
    return {"metadata": {"op": op, "urn": urn, "type": urn.split("::")[2], "provider": "", **sides, **rest}}


def diagnostic(severity, message, urn="", *, ephemeral=False):
    event = {"severity": severity, "message": message, "color": "never", "urn": urn, "ephemeral": ephemeral}
    return {"diagnosticEvent": event}


@pytest.fixture
def record():
    """Return a function that records events and returns their report."""

    def record(*events, failure=None, died=False, dry_run=False):
        report = Report(op="up", dry_run=dry_run)
        recorder = EventRecorder(report)
        recorder.provider_killed = died
        for number, event in enumerate(events):
            recorder(EngineEvent.from_json({"sequence": number, "timestamp": 0, **event}))
        recorder.finish(failure)
        return report

    return record


def test_steps_are_in_order_with_their_changes(record):
    changed = metadata("update", old={"value": "1", "gone": "x"}, new={"value": "2"}, diffs=["value"])
    report = record(
        {"resourcePreEvent": metadata("same", ROOT, old={}, new={})},
        {"resourcePreEvent": changed},
        {"resOutputsEvent": changed},
        {"resOutputsEvent": metadata("same", ROOT, old={}, new={})},
        {"summaryEvent": {"maybeCorrupt": False, "durationSeconds": 1, "resourceChanges": {"same": 1, "update": 1}}},
    )
    assert report.ok
    assert [(step.op, step.urn, dict(step.diff)) for step in report.steps] == [
        ("same", ROOT, {}),
        ("update", THING, {"gone": "delete", "value": "update"}),
    ]
    assert report.changes == {"same": 1, "update": 1}
    assert report.steps[1].parent == ROOT


def test_a_replacement_has_the_keys_that_cause_it(record):
    report = record({"resourcePreEvent": metadata("replace", old={"a": 1}, new={"a": 2}, keys=["a"])})
    assert report.steps[0].keys == ("a",)


def test_a_step_has_its_duration(record, monkeypatch):
    monkeypatch.setattr("time.monotonic", iter([2.0, 5.5]).__next__)
    made = metadata("create", new={})
    assert record({"resourcePreEvent": made}, {"resOutputsEvent": made}).steps[0].seconds == 3.5


def test_default_providers_are_hidden(record):
    urn = "urn:pulumi:dev::p::pulumi:providers:aws::default_7_0_0"
    assert record({"resourcePreEvent": metadata("create", urn, new={})}).steps == []


def test_secret_inputs_are_secrets_without_their_values(record):
    secret = {SIGNATURE: SECRET_SIGNATURE, "ciphertext": "[secret]"}
    (step,) = record({"resourcePreEvent": metadata("create", new={"code": secret, "deep": [{"c": secret}]})}).steps
    assert step.new == {"code": Secret(None), "deep": [{"c": Secret(None)}]}


def test_a_failure_is_reported_once_with_its_resource(record):
    failing = metadata("create", new={})
    report = record(
        {"resourcePreEvent": failing},
        diagnostic("error", "rpc error: code = Unknown desc = Exception calling application: no room\n", THING),
        {"resOpFailedEvent": {**failing, "status": 0, "steps": 1}},
        diagnostic("error", "update failed\n"),
        diagnostic("error", "Resource monitor has terminated, shutting down\n"),
        failure="exit code 1",
    )
    assert (report.ok, report.failed, report.errors) == (False, [THING], ["no room"])
    assert report.steps[0].failed


def test_a_preview_has_no_failed_steps(record):
    failing = {**metadata("create", new={}), "status": 0, "steps": 1}
    assert record({"resOpFailedEvent": failing}, failure="exit code 1", dry_run=True).failed == []


def test_an_exception_of_the_program_is_reported_once(record):
    report = record(
        diagnostic("error", "boom"), diagnostic("error", "an unhandled error occurred: boom"), failure="exit code 1"
    )
    assert report.errors == ["boom"]


def test_a_failure_without_diagnostics_uses_the_remaining_output(record):
    assert record(diagnostic("error", "update failed"), failure="exit code 1").errors == ["update failed"]
    assert record(failure="no such stack").errors == ["no such stack"]


@pytest.mark.parametrize(
    "event",
    [
        diagnostic("debug", "registering"),
        diagnostic("info", "10%", ephemeral=True),
        diagnostic("warning", "using pulumi-resource-aws from $PATH at /x/pulumi-resource-aws"),
    ],
)
def test_internal_messages_of_the_engine_are_hidden(record, event):
    assert record(event).diagnostics == []


def test_messages_of_providers_and_programs_are_shown(record):
    report = record(diagnostic("info#err", "printed\n"), diagnostic("warning", "careful\n", THING))
    assert [(d.severity, d.text, d.urn) for d in report.diagnostics] == [
        ("info", "printed", ""),
        ("warning", "careful", THING),
    ]


@pytest.mark.parametrize(
    ("events", "method"),
    [
        ([], "Check or Diff"),
        ([{"resourcePreEvent": metadata("create-replacement", new={})}], "Create"),
        ([{"resourcePreEvent": metadata("refresh", old={}, new={})}], "Read"),
    ],
)
def test_a_killed_provider_is_reported(record, events, method):
    connection_error = diagnostic("error", "error reading from server: EOF", THING)
    report = record(*events, connection_error, failure="exit code 1", died=True)
    first, second = report.errors[0].splitlines()
    assert first == f"the dynamic provider's process ended during {method}; what it was doing may be half done"
    assert second == "error reading from server: EOF"
    assert record(*events, connection_error, failure="exit code 1").errors == ["error reading from server: EOF"]


def test_the_result_of_a_refresh_ends_its_step(record):
    report = record(
        {"resourcePreEvent": metadata("refresh", old={}, new={})},
        {"resOutputsEvent": metadata("update", old={}, new={})},
    )
    assert [step.op for step in report.steps] == ["refresh"]


def test_stack_outputs_are_those_of_the_stack_resource(record):
    report = record({"resOutputsEvent": metadata("create", ROOT, new={"url": "https://x"})})
    assert report.outputs == {"url": "https://x"}
