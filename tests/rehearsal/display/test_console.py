"""Control characters in names, outputs, messages and log lines do not reach the terminal."""

import io
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rehearsal.display.console import Console, console_on, printable
from rehearsal.display.display import Display
from rehearsal.engine.events import Diagnostic, Op, Report, StepRecord

CONTROL_TEXT = "\x1b]0;title\x07\x1b[2J\x9b31m\x7f\r\x08\u202e"
CONTROLS = set("\x07\x9b\x7f\r\x08\u202e")
URN = f"urn:pulumi:dev::p::a:b:C{CONTROL_TEXT}::n{CONTROL_TEXT}"
# The escape sequences that rich writes for colours, and to redraw the tree.
RICH_SEQUENCES = re.compile(r"\x1b\[[0-9;]*m|\x1b\[\?25[lh]|\x1b\[2K|\x1b\[1A|\r")


def display_operation(*, terminal, details=False, live=True):
    out = io.StringIO()
    console = Console(
        file=out, force_terminal=terminal, width=120, highlight=False, emoji=False, color_system="standard"
    )
    display = Display(console, f"dev{CONTROL_TEXT}", "up", details=details, live=live)
    step = StepRecord(
        Op.UPDATE, URN, diff={f"k{CONTROL_TEXT}": "update"}, old={f"k{CONTROL_TEXT}": CONTROL_TEXT}, new={}
    )
    display.started(step)
    display.ended(step)
    for severity in ("info", "warning", "error"):
        display.said(Diagnostic(severity, f"first{CONTROL_TEXT}\nsecond\n{CONTROL_TEXT}", URN))
        display.said(Diagnostic(severity, CONTROL_TEXT))
    outputs = {f"o{CONTROL_TEXT}": CONTROL_TEXT, "nested": {CONTROL_TEXT: [CONTROL_TEXT]}}
    display.finish(Report(op="up", ok=True, outputs=outputs, changes={"update": 1}, failed=[URN]))
    return out.getvalue()


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize("details", [False, True])
@pytest.mark.parametrize("live", [False, True])
def test_control_characters_of_an_operation_are_escaped(terminal, details, live):
    text = RICH_SEQUENCES.sub("", display_operation(terminal=terminal, details=details, live=live))
    assert "\x1b" not in text
    assert not set(text) & CONTROLS
    assert r"\x1b[2J\x9b31m\x7f" in text


def test_line_breaks_of_a_message_stay_and_its_colours_are_escaped():
    text = display_operation(terminal=True, live=False)
    assert "\nsecond\n" in text
    assert "\x1b[33mwarning:" in text


def test_the_console_escapes_errors_too(capsys):
    console_on(stderr=True).print(f"error: {CONTROL_TEXT}")
    console_on(stderr=False).print(f"[bold]{CONTROL_TEXT}[/]")
    output = capsys.readouterr()
    for text in (output.err, output.out):
        assert r"\x1b[2J" in text
        assert not set(text) & {*CONTROLS, "\x1b"}


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "L"])))
def test_unprintable_characters_are_escaped(text):
    for character in printable(text):
        assert character in "\n\t" or not (ord(character) < 32 or 127 <= ord(character) < 160)
    assert printable(printable(text)) == printable(text)
    printable(text).encode()


@pytest.mark.parametrize("text", ["", "plain", "two\nlines\tand a tab", "Grüße ☃ 🎥 e\u0301", "arn:aws:ivs::[x]"])
def test_printable_text_is_unchanged(text):
    assert printable(text) == text


PIECES = ["[/", "[red", "[/red]", "x\\\\\\", "\\["]
ENDS = ["]", "a]b", "[/]"]


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize(("terminal", "details"), [(False, True), (True, False)])
def test_pieces_of_foreign_text_do_not_combine_to_markup(piece, terminal, details):
    for other in ENDS:
        assert_shown_literally(piece, other, terminal=terminal, details=details)


def assert_shown_literally(piece, other, *, terminal, details):
    out = io.StringIO()
    display = Display(Console(file=out, force_terminal=terminal, width=300), piece, "up", details=details)
    urn = f"urn:pulumi:dev::p::{piece}:b:{piece}::{piece}"
    step = StepRecord(Op.UPDATE, urn, diff={piece: "update"}, old={piece: other}, new={piece: {other: piece}})
    display.started(step)
    display.ended(step)
    display.said(Diagnostic("info", other, urn))
    display.said(Diagnostic("error", other, urn))
    outputs = {piece: other, "nested": {piece: [other]}}
    display.finish(Report(op="up", ok=True, outputs=outputs, changes={"update": 1}, failed=[urn]))
    text = RICH_SEQUENCES.sub("", out.getvalue())
    assert f"Updating ({piece}):" in text
    assert f"{piece}:b:{piece} " in text
    assert f"{piece} updated (0.00s) [diff: ~{piece}]" in re.sub(" {2,}", " ", text)
    assert f"    {piece}:b:{piece} {piece}: {other}\n" in text
    assert f"    {piece}:b:{piece} {piece}: error: {other}\n" in text
    quoted = json.dumps(other)
    assert f"    {piece}: {quoted}\n" in text
    assert f"        {piece}: [{quoted}]\n" in text
    if details:
        assert f"~ {piece}: {quoted} => {{{other}: {json.dumps(piece)}}}" in text


@pytest.mark.parametrize(("terminal", "details"), [(False, False), (False, True), (True, False)])
def test_line_breaks_in_names_and_keys_are_escaped(terminal, details):
    out = io.StringIO()
    name = "live\n+  aws:ivs:Channel other created (0.00s)\terror: x"
    display = Display(Console(file=out, force_terminal=terminal, width=900), name, "up", details=details)
    urn = f"urn:pulumi:dev::p::a:b:{name}::{name}"
    step = StepRecord(Op.UPDATE, urn, diff={name: "update"}, old={name: {name: name}}, new={name: 1})
    display.started(step)
    display.ended(step)
    display.said(Diagnostic("error", "once\ntwice", urn))
    display.finish(Report(op="up", ok=True, outputs={name: {name: [{name: 1}]}}, failed=[urn]))
    assert not re.search(r"(?m)^\+  aws:ivs:Channel other|\terror", out.getvalue())
    assert "\ntwice\n" in out.getvalue()


def test_foreign_text_is_printed_without_markup(capsys):
    console_on(stderr=False).print("[bold]arn[/] [/x] :key:")
    assert capsys.readouterr().out == "[bold]arn[/] [/x] :key:\n"
