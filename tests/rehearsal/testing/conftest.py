"""Runs pytest in pytest, with programs and tests as users write them."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

import pytest

PLUGIN = "rehearsal.testing.plugin"

# A module of the user: a dynamic resource whose cloud is a dictionary in its process.
NOTES = """
import pulumi
from pulumi.dynamic import *

NOTES = {}

class NoteProvider(ResourceProvider):
    serialize_as_secret_always = False

    def check(self, olds, news):
        return CheckResult(news, [CheckFailure("", f"no {news['bad']}")] if "bad" in news else [])

    def diff(self, id, olds, news):
        changed = [k for k in ("text", "place", "spot", "code") if olds.get(k) != news.get(k)]
        if news.get("perpetual_diff"):
            changed.append("text")
        replaces = [k for k in changed if k in ("place", "spot")]
        return DiffResult(bool(changed), replaces, delete_before_replace="spot" in replaces)

    def create(self, props):
        import notes
        if props.get("refuse"):
            raise ValueError(f"can't write {props['refuse']}")
        id = f"note-{len(notes.NOTES)}"
        notes.NOTES[id] = props
        return CreateResult(id, {**props, "serial": id})

    def read(self, id, props):
        import notes
        return ReadResult(id, props) if id in notes.NOTES else ReadResult("", {})

    def update(self, id, olds, news):
        return UpdateResult({**news, "serial": olds["serial"]})

    def delete(self, id, props):
        import notes
        if props.get("sticky"):
            raise ValueError("it sticks")
        notes.NOTES.pop(id, None)

class Note(Resource, module="notes", name="Note"):
    serial: pulumi.Output[str]
    text: pulumi.Output[str]

    def __init__(self, name, text=None, opts=None, **props):
        super().__init__(NoteProvider(), name, {"text": text, "serial": None, **props}, opts)
"""


class KeptModules:
    """A pytest plugin that keeps modules loaded after an inner run, except those of the run's own files.

    pytester unloads all new modules. Those of pulumi, moto and grpc load slowly, and some can't be loaded twice.
    """

    def __init__(self) -> None:
        self.modules: dict[str, ModuleType] = {}
        self.before = set(sys.modules)

    def pytest_unconfigure(self) -> None:
        own = {path.stem for path in Path.cwd().rglob("*.py")}
        # Compare names, not `__file__`: reading an attribute of a lazy module of pulumi-aws would load it.
        new = {name: module for name, module in sys.modules.items() if name not in self.before}
        self.modules |= {name: module for name, module in new.items() if name.partition(".")[0] not in own}

    def restore(self) -> None:
        for name, module in self.modules.items():
            sys.modules.setdefault(name, module)


@pytest.fixture
def kept_modules() -> Iterator[KeptModules]:
    """Restore modules that pytester has unloaded."""
    kept = KeptModules()
    yield kept
    kept.restore()


Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(kept_modules: KeptModules, pytester: pytest.Pytester) -> Run:
    """Return a function that runs a test module, which can import `notes`; with `subprocess` in a new process."""
    pytester.makepyfile(notes=NOTES)
    pytester.makeini("[pytest]\npythonpath = .\n")
    installed = any(entry.value == PLUGIN for entry in entry_points(group="pytest11"))
    loaded = ["-p", "no:cacheprovider", *([] if installed else ["-p", PLUGIN])]

    def run(test: str, *more: str, subprocess: bool = False) -> pytest.RunResult:
        head = "import pulumi, pytest\nfrom notes import Note\nimport notes\n"
        pytester.makepyfile(test_it=head + textwrap.dedent(test))
        if subprocess:
            return pytester.runpytest_subprocess(*loaded, *more)
        try:
            return pytester.runpytest_inprocess(
                *loaded, "-p", "no:randomly", "-p", "no:xdist", *more, plugins=[kept_modules]
            )
        finally:
            kept_modules.restore()

    return run
