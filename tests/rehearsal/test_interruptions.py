"""Runs that end early: by Ctrl-C, or by a kill while a provider creates a resource."""

import json
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from rehearsal import Project, Provider, Stack
from rehearsal.engine import interruption
from rehearsal.provider import CreateResult, DiffResult

SCRIPT = """
    import json, sys
    from pathlib import Path
    import pulumi
    from rehearsal import Project, Provider, Stack
    from rehearsal.engine import interruption
    from rehearsal.provider import CreateResult, DiffResult

    class Slow(Provider):
        def create(self, urn, inputs):
            name = urn.rpartition("::")[2]
            if name == "slow":
                print("creating", flush=True)
                sys.stdin.readline()
            return CreateResult(name + "-1", inputs)

    class Thing(pulumi.CustomResource):
        pass

    def program():
        first = Thing("toy:index:Thing", "first", {})
        slow = Thing("toy:index:Thing", "slow", {}, pulumi.ResourceOptions(depends_on=[first]))
        Thing("toy:index:Thing", "last", {}, pulumi.ResourceOptions(depends_on=[slow]))

    interruption._GRACE = 0.2
    folder = Path(sys.argv[1])
    project = Project(name="p", folder=folder, main=folder)
    stack = Stack(project, program=program, state=folder / "s.json", clouds=[], providers={"toy:*": Slow})


    class Listener:
        def started(self, step):
            pass

        def ended(self, step):
            pass

        def said(self, diagnostic):
            print(diagnostic.text, flush=True)

    print(json.dumps(stack.up(listener=Listener()).to_json()), flush=True)
"""


class Quick(Provider):
    """A provider whose calls return immediately."""

    def create(self, urn, inputs):
        return CreateResult("new", inputs)

    def diff(self, urn, id, old_inputs, old_outputs, news):
        return DiffResult(changes=False)

    def delete(self, urn, id, inputs, outputs):
        pass

    def read(self, urn, id, inputs, outputs):
        return None


@pytest.fixture
def running_create(tmp_path):
    """A process that runs an `up` whose provider is in the middle of a create."""
    command = [sys.executable, "-c", textwrap.dedent(SCRIPT), str(tmp_path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "creating\n"
    yield process
    process.kill()
    process.communicate()


@pytest.fixture
def stack(tmp_path):
    """The same stack in this process, for the next run."""
    project = Project(name="p", folder=tmp_path, main=tmp_path)
    return Stack(project, program=lambda: None, state=tmp_path / "s.json", clouds=[], providers={"toy:*": Quick})


def names(stack):
    resources = stack.export()["deployment"]["resources"]
    return [r["urn"].rpartition("::")[2] for r in resources if r["type"].startswith("toy:")]


def test_ctrl_c_finishes_running_steps_and_starts_no_new_ones(running_create, stack):
    running_create.send_signal(signal.SIGINT)
    # The run reports the interruption immediately, before the provider's create returns.
    assert running_create.stdout.readline().startswith("interrupted")
    output, _ = running_create.communicate("go on\n", timeout=30)
    report = json.loads(output)
    assert not report["ok"]
    assert "interrupted" in report["errors"][0]
    assert names(stack) == ["first", "slow"]
    assert "pending_operations" not in stack.export()["deployment"]


@pytest.mark.slow("starts processes")
def test_the_second_ctrl_c_abandons_an_unresponsive_provider(running_create, stack):
    running_create.send_signal(signal.SIGINT)
    assert running_create.stdout.readline().startswith("interrupted")
    time.sleep(interruption._REPEAT_SECONDS * 2)
    running_create.send_signal(signal.SIGINT)
    assert running_create.stdout.readline().startswith("cancelled")
    report = json.loads(running_create.stdout.readline())
    assert not report["ok"]
    assert names(stack) == ["first"]
    (pending,) = stack.export()["deployment"]["pending_operations"]
    assert (pending["type"], pending["resource"]["urn"].rpartition("::")[2]) == ("creating", "slow")
    assert stack.up().ok  # the lock was released


@pytest.mark.slow("starts processes")
def test_the_next_run_continues_a_killed_one_and_reports_it(running_create, stack):
    running_create.kill()
    running_create.wait()
    assert names(stack) == ["first"]
    (pending,) = stack.export()["deployment"]["pending_operations"]
    assert (pending["type"], pending["resource"]["urn"].rpartition("::")[2]) == ("creating", "slow")
    report = stack.up()
    assert report.ok
    (warning,) = [d.text for d in report.diagnostics if d.severity == "warning"]
    assert "::slow, interrupted while creating" in warning
    assert "rehearse refresh --clear-pending-creates" in warning
    assert stack.refresh(clear_pending_creates=True).ok
    assert "pending_operations" not in stack.export()["deployment"]


@pytest.mark.slow("starts processes")
def test_a_concurrent_run_is_refused(running_create, stack):
    with pytest.raises(Exception, match="another run is working on"):
        stack.up()
    assert stack.preview().ok  # a preview takes no lock
