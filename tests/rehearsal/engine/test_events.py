import threading

import pytest

from rehearsal.engine.events import Op, Report, StepRecord

URN = "urn:pulumi:dev::p::t:i:T::a"
DEFAULT = "urn:pulumi:dev::p::pulumi:providers:t::default_1_2_3"
EXPLICIT = "urn:pulumi:dev::p::pulumi:providers:t::mine"


class Listener:
    """Records the events that it receives."""

    def __init__(self):
        self.events = []

    def started(self, step):
        self.events.append(("started", step.op.value))

    def ended(self, step):
        self.events.append(("ended", step.op.value))

    def said(self, diagnostic):
        self.events.append(("said", diagnostic.text))


def record_step(report, op, urn=URN, counts_as=None, failed=False, keys=()):
    step = StepRecord(op, urn, keys)
    report.begin(step)
    step.failed = failed
    report.end(step, counts_as)


@pytest.mark.parametrize("op", [Op.SAME, Op.CREATE, Op.UPDATE, Op.DELETE, Op.REPLACE, Op.DISCARD, Op.IMPORT])
def test_steps_are_counted_by_operation(op):
    report = Report("up")
    record_step(report, op)
    assert report.changes == {op.value: 1}


@pytest.mark.parametrize(
    "op",
    [
        *[Op.CREATE_REPLACEMENT, Op.DELETE_REPLACED, Op.DISCARD_REPLACED, Op.IMPORT_REPLACEMENT],
        *[Op.READ, Op.READ_REPLACEMENT, Op.REMOVE_PENDING_REPLACE],
    ],
)
def test_parts_of_a_replacement_are_not_counted(op):
    report = Report("up")
    record_step(report, op)
    assert report.changes == {}
    assert [s.op for s in report.steps] == [op]


def test_a_refresh_is_counted_by_its_result_and_a_read_if_it_found_changes():
    report = Report("refresh")
    record_step(report, Op.REFRESH, counts_as=Op.UPDATE)
    record_step(report, Op.READ, counts_as=Op.READ)
    assert report.changes == {"update": 1, "read": 1}


def test_failed_steps_are_not_counted_and_previews_have_none():
    report, preview = Report("up"), Report("preview", dry_run=True)
    for each in (report, preview):
        record_step(each, Op.CREATE, failed=True)
        assert not each.ok
        assert each.changes == {}
    assert report.failed == [URN]
    assert preview.failed == []


def test_default_providers_are_hidden_and_explicit_ones_are_not():
    report = Report("up", listener=(listener := Listener()))
    record_step(report, Op.CREATE, DEFAULT)
    assert report.steps == listener.events == []
    record_step(report, Op.CREATE, EXPLICIT)
    assert len(report.steps) == 1


def test_state_cleanup_is_a_hidden_step():
    report = Report("up", listener=(listener := Listener()))
    record_step(report, Op.REMOVE_PENDING_REPLACE)
    assert len(report.steps) == 1
    assert listener.events == []


def test_an_error_is_a_failure_unless_the_program_logged_it():
    report = Report("up")
    report.log("error", "logged")
    assert report.ok
    report.say("error", "said")
    assert not report.ok
    assert report.errors == ["logged", "said"]


def test_the_json_is_what_the_command_line_prints():
    report = Report("up")
    record_step(report, Op.REPLACE, keys=("dbr",))
    report.say("error", "no")
    assert report.to_json() == {
        "ok": False,
        "changes": {"replace": 1},
        "steps": [{"op": "replace", "urn": URN, "replace_keys": ["dbr"]}],
        "failed": [],
        "errors": ["no"],
    }


def test_threads_can_report_concurrently():
    report = Report("up")

    def work():
        for _ in range(200):
            record_step(report, Op.CREATE)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert report.changes == {"create": 800}
