"""Dynamic providers in this process behave like those in their own process."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rehearsal import Project, Stack
from rehearsal.providers import preloaded
from rehearsal.providers.dynamic_inprocess import _server_code

PROVIDER = """
import json, os, threading, time
import pulumi
from pulumi.dynamic import *

class Unprintable(Exception):
    @property
    def __cause__(self):  # Python reads it to format a traceback
        raise ValueError("no more than this")

class NoteProvider(ResourceProvider):
    serialize_as_secret_always = False

    def configure(self, req):
        self.greeting = req.config.get("greeting")
        with open("configured", "a") as file:
            file.write("x")

    def check(self, olds, news):
        return CheckResult({**news, "kinds": type(news.get("number")).__name__, "names": sorted(news)}, [])

    def diff(self, id, olds, news):
        unknown = isinstance(news.get("text"), pulumi.output.Unknown)
        return DiffResult(changes=unknown or olds.get("text") != news.get("text"))

    def create(self, props):
        if props.get("text") == "raise":
            raise ValueError("no such text")
        if props.get("text") == "unprintable":
            raise Unprintable
        if props.get("text") == "exit":
            raise SystemExit(3)
        if props.get("text") == "finalize":
            class Slow:
                def __del__(self):
                    open("waiting", "w").close()
                    while True:
                        time.sleep(0.001)
            slow = Slow()
            del slow
        if props.get("text") == "wait":
            open("waiting", "w").close()
            try:
                while True:
                    time.sleep(0.001)
            except Exception:
                return CreateResult("survived", {})
        seen = {"greeting": self.greeting, "project": pulumi.get_project(), "stack": pulumi.get_stack()}
        return CreateResult("1", {**props, **seen, "created": 1})

    def update(self, id, olds, news):
        return UpdateResult({**news, "created": olds["created"]})

    def read(self, id, props):
        return ReadResult(id, props)

    def delete(self, id, props):
        assert os.path.exists("note.py"), "the working directory is the project's"

class Note(Resource):
    def __init__(self, name, props, opts=None):
        outs = dict.fromkeys(("kinds", "names", "greeting", "project", "stack", "created", "number"))
        super().__init__(NoteProvider(), name, outs | props, opts)
"""


@pytest.fixture(params=[True, False], ids=["process", "in-process"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Stack]:
    """Return a function that makes a stack from a program that can import the module `note`."""
    (tmp_path / "note.py").write_text(PROVIDER)

    def make(program: str, **config: str) -> Stack:
        (tmp_path / "__main__.py").write_text("import pulumi\nfrom note import Note\n" + textwrap.dedent(program))
        project = Project("notes", tmp_path, tmp_path)
        return Stack(project, config=config, clouds=[], provider_process=request.param)

    return make


def resource(stack: Stack, name: str) -> dict[str, Any]:
    return next(r for r in stack.export()["deployment"]["resources"] if r["urn"].endswith(f"::{name}"))


def test_a_lifecycle_leaves_nothing_behind(make):
    stack = make("Note('a', {'text': pulumi.Config().get('text') or 'x'})")
    assert stack.up().changes == {"create": 2}
    stack.config["text"] = "y"
    assert stack.preview().changes == {"same": 1, "update": 1}
    assert stack.up().changes == {"same": 1, "update": 1}
    assert resource(stack, "a")["outputs"]["created"] == 1
    assert stack.refresh().changes == {"same": 2}
    assert stack.destroy().changes == {"delete": 2}
    assert stack.export()["deployment"]["resources"] == []


def test_numbers_arrive_as_floats_and_none_is_omitted(make):
    stack = make("Note('a', {'number': 3, 'nothing': None})")
    assert stack.up().ok
    outputs = resource(stack, "a")["outputs"]
    assert outputs["kinds"] == "float"
    assert "nothing" not in outputs["names"]


def test_the_provider_sees_its_config_and_project(make):
    stack = make("Note('a', {})", greeting="hello")
    assert stack.up().ok
    outputs = resource(stack, "a")["outputs"]
    assert (outputs["greeting"], outputs["project"], outputs["stack"]) == ("hello", "notes", "stack")


def test_a_provider_is_loaded_and_configured_once_per_operation(make):
    stack = make("[Note(str(n), {}) for n in range(8)]")
    configured = stack.project.folder / "configured"
    assert stack.up().ok
    assert configured.read_text() == "x"
    assert stack.destroy().ok
    assert configured.read_text() == "xx"


def test_unknown_inputs_reach_diff_as_unknown(make):
    stack = make("Note('b', {'text': Note('a', {}).created.apply(str)})")
    assert stack.up().ok
    program = "Note('b', {'text': Note('a2', {}).created.apply(str)})"
    again = make(program)
    again._state = stack._state
    assert again.preview().changes == {"same": 1, "create": 1, "update": 1, "delete": 1}


def test_an_exception_of_the_provider_is_a_traceback(make):
    report = make("Note('a', {'text': 'raise'})").up()
    assert not report.ok
    (error,) = report.errors
    assert error.startswith("Traceback")
    assert "note.py" in error
    assert error.endswith("ValueError: no such text")


def test_an_exception_without_traceback_is_its_message(make):
    report = make("Note('a', {'text': 'unprintable'})").up()
    assert report.errors == ["no more than this"]


def up_with_crash(stack):
    """Run `up`, crash the providers once one of them waits, and return the report."""
    waiting = stack.project.folder / "waiting"

    def crash() -> None:
        while not waiting.exists() or not stack.crash_providers():
            time.sleep(0.005)

    thread = threading.Thread(target=crash)
    thread.start()
    report = stack.up()
    thread.join()
    return report


def test_a_crash_fails_the_call_even_if_the_provider_catches_exceptions(make):
    stack = make("Note('a', {'text': 'wait'})")
    report = up_with_crash(stack)
    assert report.errors == ["the dynamic provider's process ended during Create; what it was doing may be half done"]
    assert [r["type"] for r in stack.export()["deployment"]["resources"]] == [
        "pulumi:pulumi:Stack",
        "pulumi:providers:pulumi-python",
    ]


def test_crashing_between_operations_does_nothing(make):
    assert not make("").crash_providers()


@pytest.fixture
def in_process(tmp_path: Path) -> Callable[[str], Stack]:
    """Return a function that makes a stack whose providers run in this process."""
    (tmp_path / "note.py").write_text(PROVIDER)

    def make(program: str) -> Stack:
        (tmp_path / "__main__.py").write_text("from note import Note\n" + program)
        return Stack(Project("notes", tmp_path, tmp_path), clouds=[], provider_process=False)

    return make


def test_a_crash_keeps_the_servers_event_loop_usable(in_process, monkeypatch):
    stack = in_process("Note('a', {'text': 'x'})")
    loops, crashes = [], []

    def new_event_loop() -> asyncio.AbstractEventLoop:
        if threading.current_thread().name.startswith("program"):
            return original()
        crashes.append(threading.Thread(target=stack.crash_providers))
        crashes[-1].start()
        crashes[-1].join(0.2)
        loops.append(original())
        return loops[-1]

    original = asyncio.new_event_loop
    monkeypatch.setattr(asyncio, "new_event_loop", new_event_loop)
    report = stack.up()
    for thread in crashes:
        thread.join()
    # No crash interrupted the creation of an event loop: each loop was created, and closed.
    assert len(loops) == len(crashes) > 0
    assert all(loop.is_closed() for loop in loops)
    assert all("the dynamic provider's process ended during" in error for error in report.errors)


def test_a_crash_in_a_finalizer_causes_no_warning(in_process, monkeypatch):
    stack = in_process("Note('a', {'text': 'finalize'})")
    unraisable_errors = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable_errors.append)
    report = up_with_crash(stack)
    assert report.errors == ["the dynamic provider's process ended during Create; what it was doing may be half done"]
    assert unraisable_errors == []
    assert sys.unraisablehook == unraisable_errors.append  # the hook is restored


def test_a_provider_that_exits_is_an_error_that_says_so(in_process):
    report = in_process("Note('a', {'text': 'exit'})").up()
    assert not report.ok
    (error,) = report.errors
    assert error == (
        "the dynamic provider ended its process (exit code 3) during Create; under Pulumi the call would never return: "
        "raise an error instead"
    )


def test_the_programs_modules_and_folder_are_unloaded(in_process):
    path = list(sys.path)
    stack = in_process("Note('a', {})")
    assert stack.up().ok
    assert stack.destroy().ok
    assert "note" not in sys.modules
    assert sys.path == path


def test_a_lifecycle_in_process_starts_no_process(in_process, monkeypatch):
    def refuse(*arguments, **options):
        raise AssertionError(f"started {arguments}")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    monkeypatch.setattr(preloaded, "start", refuse)
    stack = in_process("Note('a', {})")
    assert all(r.ok for r in (stack.up(), stack.preview(), stack.up(), stack.refresh(), stack.destroy()))


def test_canary_the_sdk_s_server_is_still_a_module_that_ends_in_main():
    spec = importlib.util.find_spec("pulumi.dynamic.__main__")
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin).read_text().rstrip().endswith("\nmain()"), (
        "dynamic_inprocess.py strips this call: adapt it"
    )
    assert "DynamicResourceProviderServicer" in _server_code().co_names
    assert json.dumps(_server_code().co_names).count("main") == 1
