import json

import pytest

from rehearsal import Project, Stack
from rehearsal.engine.imported_state import config_of, put_into
from rehearsal.errors import StateError
from rehearsal.state.property_values import Secret
from rehearsal.state.resource import ResourceState


def state(type, name, id="", **fields):
    urn = f"urn:pulumi:dev::p::{type}::{name}"
    return ResourceState(urn=urn, type=type, custom=bool(id), id=id, **fields)


class ToyCloud:
    """A cloud that models books, and records the resources that an import creates."""

    def __init__(self, *_):
        self.put = []
        self.failure = ""

    def environment(self):
        return {}

    def providers(self):
        return {}

    def close(self):
        pass

    def put_existing(self, resources):
        self.put += resources
        return {r.urn: "not modelled" for r in resources if "Book" not in r.type}


class CloudWithoutImport(ToyCloud):
    """A cloud that cannot create existing resources."""

    put_existing = None


STATES = [
    state("pulumi:pulumi:Stack", "p-dev"),
    state("pulumi:providers:shelf", "default", id="1"),
    state("shelf:index:Book", "new", id="isbn-1", outputs={"title": Secret("t"), "pages": [Secret(1)]}),
    state("shelf:index:Map", "map", id="m"),
    state("shelf:index:Book", "old", id="isbn-1", delete=True),
    state("shelf:index:Book", "pending-delete", id="isbn-2", delete=True),
    state("shelf:index:Part", "component"),
]


def test_existing_resources_are_created_in_the_clouds_and_the_rest_is_reported():
    cloud = ToyCloud()
    assert put_into([cloud], STATES) == ["urn:pulumi:dev::p::shelf:index:Map::map: not modelled"]
    assert [(r.type, r.id) for r in cloud.put] == [
        ("shelf:index:Book", "isbn-1"),
        ("shelf:index:Map", "m"),
        ("shelf:index:Book", "isbn-2"),
    ]
    assert cloud.put[0].outputs == {"title": "t", "pages": [1]}


def test_the_reason_why_a_cloud_refuses_a_resource_shows_no_secret():
    class Quoting(ToyCloud):
        def put_existing(self, resources):
            return {r.urn: f"creating ({r.outputs['name']}): {r.outputs} is no map" for r in resources}

    secret = state(
        "shelf:index:Map", "map", id="m", outputs={"name": Secret("hunter2"), "of": {"a": Secret("hunter3")}}
    )
    (line,) = put_into([Quoting()], [secret])
    assert line.startswith(f"{secret.urn}: creating ([secret]): {{'name': '[secret]', ")
    assert "hunter" not in line


def test_a_resource_is_created_in_one_cloud_only():
    assert len(put_into([ToyCloud(), ToyCloud()], STATES)) == 1
    assert put_into([], STATES[2:3]) == ["urn:pulumi:dev::p::shelf:index:Book::new: no cloud models its type"]


def test_the_config_of_a_state_is_in_its_dynamic_provider():
    made = state("pulumi:providers:pulumi-python", "default", id="1", inputs={"p:pin": Secret("1"), "version": "3"})
    assert config_of([*STATES, made]) == {"p:pin": "1"}


@pytest.fixture
def cloud():
    return ToyCloud()


@pytest.fixture
def stack(tmp_path, cloud):
    project = Project(name="p", folder=tmp_path, main=tmp_path)
    return Stack(project, program=lambda: None, state=tmp_path / "s.json", clouds=[lambda *_: cloud])


def deployment(states):
    provider = "urn:pulumi:dev::p::pulumi:providers:shelf::default::1"
    made = [s.copy(provider=provider if s.custom and "providers" not in s.type else "") for s in states]
    return json.dumps({"version": 3, "deployment": {"resources": [s.to_json() for s in made]}})


def test_an_import_fills_the_clouds_and_reports_the_rest_without_providers(stack, cloud):
    warnings = []
    assert stack.import_deployment(deployment(STATES), warn=warnings.append) == 6
    assert len(cloud.put) == 3
    warning, secrets_warning = warnings
    assert secrets_warning.startswith("the secrets of 1 resources are in plaintext in ")
    assert warning.startswith(
        "1 resources are in the state, but in no cloud:\n  * urn:pulumi:dev::p::shelf:index:Map::map"
    )
    assert "finds them missing, or fails at them" in warning


def test_a_failed_import_into_a_cloud_keeps_the_state(stack, cloud):
    stack.import_deployment(deployment(STATES[:2]))
    before = stack.export()["deployment"]["resources"]
    cloud.failure = "the shelf is full"
    with pytest.raises(StateError, match="the shelf is full"):
        stack.import_deployment(deployment(STATES))
    assert stack.export()["deployment"]["resources"] == before


def test_an_imported_state_keeps_its_encryption(stack, tmp_path):
    (tmp_path / "Pulumi.dev.yaml").write_text("config:\n  p:pin:\n    secure: v1:abc\n  p:open: here\n")
    made = state("pulumi:providers:pulumi-python", "default", id="1", inputs={"p:pin": "1234", "p:open": "there"})
    stack.import_deployment(deployment([STATES[0], made]))
    assert stack._values() == {"p:pin": Secret("1234"), "p:open": "here"}
    stack.config["pin"] = "given"
    assert stack._values()["p:pin"] == Secret("given")
