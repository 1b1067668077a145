import json
import os
import shutil

import pulumi
import pytest

from rehearsal import Project, RehearsalError, Stack
from rehearsal.engine.file_backend import StateFile
from rehearsal.provider import CreateResult, DiffResult, Provider, ProviderError, ReadResult
from rehearsal.providers import preloaded
from rehearsal.state.resource import ResourceState


class EnvironmentProvider(Provider):
    """A provider whose output `zone` is the environment variable TOY_ZONE."""

    def create(self, urn, inputs):
        return CreateResult("id", {"zone": os.environ.get("TOY_ZONE")})


class ToyCloud:
    """A cloud with one type, which sets TOY_ZONE and unsets TOY_GONE while it runs."""

    running = 0

    def __init__(self, folder, config):
        self.folder, self.config = folder, config
        ToyCloud.running += 1

    def environment(self):
        return {"TOY_ZONE": self.config.get("toy:zone", "z"), "TOY_GONE": None}

    def providers(self):
        return {"zone:*": EnvironmentProvider}

    def close(self):
        ToyCloud.running -= 1


def resource():
    pulumi.CustomResource("zone:index:X", "x", {"zone": None})


@pytest.fixture
def make(tmp_path):
    def stack(program=resource, **options):
        project = Project(name="p", folder=tmp_path, main=tmp_path)
        return Stack(project, program=program, **{"clouds": [ToyCloud], **options})

    return stack


def zone_of(stack):
    resources = stack.export()["deployment"]["resources"]
    return next(r["outputs"]["zone"] for r in resources if r["type"] == "zone:index:X")


def test_a_cloud_runs_for_one_operation_and_restores_the_environment(make, monkeypatch):
    monkeypatch.setenv("TOY_GONE", "back again")
    stack = make(config={"toy:zone": "north"})
    assert stack.up().ok
    assert zone_of(stack) == "north"
    assert ToyCloud.running == 0
    assert "TOY_ZONE" not in os.environ
    assert os.environ["TOY_GONE"] == "back again"


def test_a_cloud_keeps_running_while_the_stack_is_entered(make):
    with make() as stack:
        (cloud,) = stack.clouds
        assert stack.up().ok
        assert ToyCloud.running == 1
        assert stack.clouds == [cloud]
    assert ToyCloud.running == 0
    assert stack.clouds == []


def test_in_an_entered_stack_provider_processes_are_forks(make):
    sessions = preloaded._sessions
    with make():
        assert preloaded._sessions == sessions + 1
        with make(provider_process=False):
            assert preloaded._sessions == sessions + 1
    assert preloaded._sessions == sessions


def test_a_stack_that_failed_to_enter_leaves_nothing_running(make):
    def refuse(_folder, _config):
        raise RuntimeError("no cloud")

    sessions = preloaded._sessions
    with pytest.raises(RuntimeError, match="no cloud"), make(clouds=[ToyCloud, refuse]):
        pass
    assert (preloaded._sessions, ToyCloud.running) == (sessions, 0)


def test_given_providers_take_precedence_over_those_of_clouds(make):
    class GivenProvider(Provider):
        def create(self, urn, inputs):
            return CreateResult("id", {"zone": "given"})

    stack = make(providers={"zone:index:X": GivenProvider})
    assert stack.up().ok
    assert zone_of(stack) == "given"


def test_a_state_file_outlives_the_object(make, tmp_path):
    assert make(state=tmp_path / "s.json").up().ok
    assert zone_of(make(state=tmp_path / "s.json")) == "z"


def test_a_program_may_be_a_folder_or_a_file(make, tmp_path):
    (tmp_path / "__main__.py").write_text("import pulumi, beside\npulumi.export('a', beside.VALUE)")
    (tmp_path / "beside.py").write_text("VALUE = 1")
    (tmp_path / "other.py").write_text("import pulumi\npulumi.export('a', 2)")
    assert make(None).up().outputs == {"a": 1}
    assert make(tmp_path / "other.py").up().outputs == {"a": 2}
    (tmp_path / "beside.py").write_text("VALUE = 10")
    assert make(None).up().outputs == {"a": 10}


def test_a_preview_writes_no_files(make, tmp_path):
    assert make(state=tmp_path / "deep" / "s.json").preview().ok
    assert not (tmp_path / "deep").exists()


def test_a_result_has_duration_and_outputs(make):
    stack = make(lambda: pulumi.export("a", 1))
    assert stack.up().seconds > 0
    report = stack.up()
    assert report.old_outputs == report.outputs == {"a": 1}


def test_an_invalid_import_keeps_the_state(make):
    stack = make()
    stack.up()
    with pytest.raises(RehearsalError, match="x is not a Pulumi deployment"):
        stack.import_deployment("nonsense", "x")
    assert zone_of(stack) == "z"


def urn(name):
    return f"urn:pulumi:dev::p::zone:index:X::{name}"


@pytest.fixture
def killed_run(make, tmp_path):
    """Return a function that leaves a state file with pending operations, as a killed run does."""

    def kill(stack="s.json", **work):
        path = tmp_path / stack
        with StateFile(path).open() as snapshot:
            for name, operation in work.items():
                snapshot.begin(operation, ResourceState(urn(name), "zone:index:X", custom=True))
            for file in (path, path.with_name(path.name + ".journal")):
                shutil.copy(file, file.with_name("kept-" + file.name))
        for file in tmp_path.glob("kept-*"):
            file.replace(tmp_path / file.name.removeprefix("kept-"))
        return make(lambda: None, state=path)

    return kill


def warnings(report):
    return [d.text for d in report.diagnostics if d.severity == "warning"]


def test_pending_operations_of_a_killed_run_are_reported_once(killed_run):
    stack = killed_run(a="creating", b="deleting")
    assert warnings(stack.preview()) == []
    (warning,) = warnings(stack.up())
    assert "the last run was killed with 2 pending operations" in warning
    assert f"* {urn('a')}, interrupted while creating" in warning
    assert f"* {urn('b')}, interrupted while deleting" in warning
    assert [warnings(stack.up()), warnings(stack.destroy()), warnings(stack.up())] == [[], [], []]

    (warning,) = warnings(stack.refresh())
    assert "interrupted creates are still pending: 1" in warning
    assert urn("a") in warning
    assert urn("b") not in warning
    assert "--clear-pending-creates" in warning
    assert warnings(stack.refresh(clear_pending_creates=True)) == []
    assert warnings(stack.refresh()) == []
    assert "pending_operations" not in stack.export()["deployment"]


def test_a_refresh_after_a_kill_resolves_pending_operations_except_creates(killed_run):
    stack = killed_run(a="creating", b="updating")
    (warning,) = warnings(stack.up(refresh=True))
    assert "interrupted creates are still pending: 1" in warning
    assert warnings(stack.up()) == []
    (pending,) = stack.export()["deployment"]["pending_operations"]
    assert pending["type"] == "creating"


def test_a_create_interrupted_twice_is_reported_once(killed_run):
    killed_run(a="creating").up()
    stack = killed_run(a="creating")
    (warning,) = warnings(stack.up())
    assert "killed with 1 pending operations" in warning
    (pending,) = stack.export()["deployment"]["pending_operations"]
    assert pending["resource"]["urn"] == urn("a")


def test_an_import_drops_pending_operations_with_a_warning(killed_run, make):
    exported = killed_run(a="creating").export()
    assert exported["deployment"]["pending_operations"]
    emitted = []
    stack = make(lambda: None)
    stack.import_deployment(json.dumps(exported), warn=emitted.append)
    assert emitted == [f"removing pending operation 'creating' on {urn('a')} from the state"]
    assert warnings(stack.up()) == []


class Drifting(Provider):
    """A provider of one resource, whose size in the cloud tests can change."""

    size = 1

    def diff(self, urn, id, old_inputs, old_outputs, news):
        return DiffResult(old_outputs["size"] != news["size"])

    def create(self, urn, inputs):
        Drifting.size = inputs["size"]
        return CreateResult("id", inputs)

    def read(self, urn, id, inputs, outputs):
        return ReadResult(id, {"size": Drifting.size}, {"size": Drifting.size})

    def update(self, urn, id, old_inputs, old_outputs, news):
        Drifting.size = news["size"]
        return news

    def delete(self, urn, id, inputs, outputs):
        pass


def test_a_refresh_before_an_operation_is_part_of_its_result(make):
    stack = make(lambda: pulumi.CustomResource("drift:index:X", "x", {"size": 1}), providers={"drift:*": Drifting})
    stack.up()
    Drifting.size = 2
    assert stack.preview().changes == {"same": 2}
    assert stack.preview(refresh=True).changes == {"update": 1, "same": 1}
    assert stack.preview().changes == {"same": 2}, "a preview does not write the state"
    report = stack.up(refresh=True)
    assert (report.op, report.changes) == ("up", {"update": 1, "same": 1})
    assert Drifting.size == 1
    Drifting.size = 3
    assert stack.destroy(refresh=True).changes == {"delete": 2}


def test_a_refresh_or_a_destroy_that_is_only_previewed_changes_nothing(make):
    stack = make(lambda: pulumi.CustomResource("drift:index:X", "x", {"size": 1}), providers={"drift:*": Drifting})
    stack.up()
    before = stack.export()["deployment"]["resources"]
    Drifting.size = 2
    refreshed, destroyed = stack.refresh(preview_only=True), stack.destroy(preview_only=True)
    assert (refreshed.dry_run, refreshed.changes) == (True, {"update": 1, "same": 1})
    assert (destroyed.dry_run, destroyed.changes) == (True, {"delete": 2})
    assert stack.export()["deployment"]["resources"] == before


def test_an_operation_stops_after_a_failed_refresh(make):
    class FailingRead(Drifting):
        def read(self, urn, id, inputs, outputs):
            raise ProviderError("no response")

    stack = make(lambda: pulumi.CustomResource("drift:index:X", "x", {"size": 1}), providers={"drift:*": FailingRead})
    stack.up()
    report = stack.destroy(refresh=True)
    assert (report.ok, report.errors, report.changes) == (False, ["no response"], {})
    assert len(report.failed) == 1
