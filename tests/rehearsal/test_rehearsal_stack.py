import os

import pulumi
import pytest

from rehearsal import Project, RehearsalError, Stack
from rehearsal.provider import CreateResult, Provider


class Here(Provider):
    """Makes what it is told to, and notes the environment it runs in."""

    def create(self, urn, inputs):
        return CreateResult("id", {"zone": os.environ.get("TOY_ZONE")})


class Zone:
    """A cloud of one type, which sets a variable for as long as it runs."""

    running = 0

    def __init__(self, folder, config):
        self.folder, self.config = folder, config
        Zone.running += 1

    def environment(self):
        return {"TOY_ZONE": self.config.get("toy:zone", "z"), "TOY_GONE": None}

    def providers(self):
        return {"zone:*": Here}

    def close(self):
        Zone.running -= 1


def resource():
    pulumi.CustomResource("zone:index:X", "x", {"zone": None})


@pytest.fixture
def make(tmp_path):
    def stack(program=resource, **options):
        project = Project(name="p", folder=tmp_path, main=tmp_path)
        return Stack(project, program=program, **{"clouds": [Zone], **options})

    return stack


def zone_of(stack):
    resources = stack.export()["deployment"]["resources"]
    return next(r["outputs"]["zone"] for r in resources if r["type"] == "zone:index:X")


def test_a_cloud_runs_for_one_operation_and_its_environment_is_undone(make, monkeypatch):
    monkeypatch.setenv("TOY_GONE", "back again")
    stack = make(config={"toy:zone": "north"})
    assert stack.up().ok
    assert zone_of(stack) == "north"
    assert Zone.running == 0
    assert "TOY_ZONE" not in os.environ
    assert os.environ["TOY_GONE"] == "back again"


def test_a_cloud_runs_on_while_the_stack_is_entered(make):
    with make() as stack:
        (cloud,) = stack.clouds
        assert stack.up().ok
        assert Zone.running == 1
        assert stack.clouds == [cloud]
    assert Zone.running == 0
    assert stack.clouds == []


def test_providers_of_an_argument_come_before_those_of_clouds(make):
    class Mine(Provider):
        def create(self, urn, inputs):
            return CreateResult("id", {"zone": "mine"})

    stack = make(providers={"zone:index:X": Mine})
    assert stack.up().ok
    assert zone_of(stack) == "mine"


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


def test_a_preview_leaves_no_trace(make, tmp_path):
    assert make(state=tmp_path / "deep" / "s.json").preview().ok
    assert not (tmp_path / "deep").exists()


def test_an_operation_says_how_long_it_took_and_what_the_outputs_were(make):
    stack = make(lambda: pulumi.export("a", 1))
    assert stack.up().seconds > 0
    report = stack.up()
    assert report.old_outputs == report.outputs == {"a": 1}


def test_an_import_of_nonsense_leaves_the_state_alone(make):
    stack = make()
    stack.up()
    with pytest.raises(RehearsalError, match="x is not a Pulumi deployment"):
        stack.import_deployment("nonsense", "x")
    assert zone_of(stack) == "z"
