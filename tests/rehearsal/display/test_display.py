"""The display of an operation, with and without a terminal."""

import io

import pytest

from rehearsal.display.console import Console
from rehearsal.display.display import Display
from rehearsal.engine.events import Diagnostic, Op, Report, StepRecord
from rehearsal.state.property_values import Secret

ROOT = "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev"
PART = "urn:pulumi:dev::p::ivs:index:LiveChannel::live"
CHANNEL = "urn:pulumi:dev::p::ivs:index:LiveChannel$aws:ivs/channel:Channel::live"


def render(op="up", *, steps=(), said=(), terminal=False, details=False, **report):
    out = io.StringIO()
    console = Console(file=out, force_terminal=terminal, width=120, highlight=False, emoji=False, color_system=None)
    display = Display(console, "dev", op, details=details)
    for step in steps:
        display.started(step)
        display.ended(step)
    for diagnostic in said:
        display.said(diagnostic)
    display.finish(Report(op=op, dry_run=op == "preview", **report))
    return out.getvalue()


def step(op, urn=CHANNEL, **more):
    return StepRecord(op, urn, **more)


def test_a_step_has_a_line_at_its_start_and_one_at_its_end():
    text = render(steps=[step(Op.CREATE, seconds=0.25)])
    assert " +  aws:ivs:Channel live creating (0s)\n +  aws:ivs:Channel live created (0.25s)\n" in text


def test_a_preview_has_one_line_per_step():
    text = render("preview", steps=[step(Op.UPDATE, diff={"tags": "update", "name": "add"})], changes={"update": 1})
    assert text.startswith("Previewing update (dev):")
    assert text.count("Channel live") == 1
    assert " ~  aws:ivs:Channel live update [diff: ~tags,+name]" in text
    assert "    ~ 1 to update" in text


def test_unchanged_resources_are_not_printed():
    text = render(steps=[step(Op.SAME)], changes={"same": 3})
    assert "Channel" not in text
    assert "    3 unchanged" in text


def test_a_failed_step_is_marked_and_counted():
    text = render(steps=[step(Op.DELETE, failed=True)], failed=[CHANNEL], ok=False)
    assert "deleting **failed**" in text
    assert "1 failed" in text


def test_details_show_changed_values_without_secrets():
    changed = step(
        Op.UPDATE,
        diff={"value": "update", "name": "delete"},
        old={"value": Secret("hunter2"), "name": "a"},
        new={"value": Secret("swordfish")},
    )
    text = render(steps=[changed], details=True)
    assert "~ value: [secret] => [secret]" in text
    assert '- name: "a"' in text
    assert "hunter2" not in text
    assert "swordfish" not in text


def test_outputs_of_a_new_stack_are_not_marked_as_new():
    text = render(outputs={"arn": "a", "held": {"key": Secret("s")}})
    assert '    arn: "a"\n    held:\n        key: [secret]\n' in text


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ({"a": 1}, {"a": 2}, "  ~ a: 1 => 2\n"),
        ({"a": 1}, {"a": 1}, "    a: 1\n"),
        ({"a": 1, "b": 1}, {"b": 1}, "  - a: 1\n    b: 1\n"),
        ({"b": 1}, {"a": {"c": 1}, "b": 1}, "  + a:\n      + c: 1\n    b: 1\n"),
        ({"a": {"c": 1}}, {}, "  - a:\n      - c: 1\n"),
        ({"a": {"c": Secret("x")}}, {"a": {"c": Secret("y")}}, "    a:\n      ~ c: [secret] => [secret]\n"),
        ({"a": "x"}, {"a": Secret("x")}, '  ~ a: "x" => [secret]\n'),
        ({"a": {"c": 1}}, {"a": Secret({"c": 1})}, "  ~ a: {c: 1} => [secret]\n"),
    ],
)
def test_outputs_show_how_they_changed(old, new, lines):
    assert f"Outputs:\n{lines}\n" in render(old_outputs=old, outputs=new)


def test_a_message_names_its_resource_and_its_markup_is_text():
    text = render(said=[Diagnostic("error", "no [bold]way[/] :key:", CHANNEL), Diagnostic("info", "hello")])
    assert "    aws:ivs:Channel live: error: no [bold]way[/] :key:\n" in text
    assert "    hello\n" in text


def test_on_a_terminal_the_resources_are_a_tree_with_one_row_for_a_replacement():
    replaced = [
        step(op, parent=PART, diff={"name": "update"}) for op in (Op.CREATE_REPLACEMENT, Op.REPLACE, Op.DELETE_REPLACED)
    ]
    text = render(steps=[step(Op.SAME, ROOT), step(Op.SAME, PART, parent=ROOT), *replaced], terminal=True)
    table = text[text.rindex("Type") :]
    assert table.index("pulumi:pulumi:Stack") < table.index("└─ ivs:index:LiveChannel") < table.index("   └─ aws:ivs:")
    assert table.count("aws:ivs:Channel") == 1
    assert "replaced" in table
    assert "[diff: ~name]" in table
