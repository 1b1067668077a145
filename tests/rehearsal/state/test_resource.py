import datetime as dt

import pytest

from rehearsal.errors import StateError
from rehearsal.state.property_values import Secret
from rehearsal.state.resource import ResourceState

FULL = {
    "urn": "urn:pulumi:dev::p::t:i:T::a",
    "custom": True,
    "id": "a-1",
    "type": "t:i:T",
    "inputs": {"n": None, "zero": 0},
    "outputs": {"x": 1},
    "parent": "urn:pulumi:dev::p::pulumi:pulumi:Stack::p-dev",
    "protect": True,
    "taint": True,
    "external": True,
    "dependencies": ["u"],
    "initErrors": ["e"],
    "provider": "urn:pulumi:dev::p::pulumi:providers:t::default::id",
    "propertyDependencies": {"n": ["u"]},
    "pendingReplacement": True,
    "additionalSecretOutputs": ["x"],
    "aliases": ["v"],
    "customTimeouts": {"create": 5.0},
    "importID": "i",
    "retainOnDelete": True,
    "deletedWith": "u",
    "replaceWith": ["u"],
    "created": "2026-01-01T00:00:00Z",
    "modified": "2026-01-02T00:00:00Z",
    "ignoreChanges": ["n"],
    "hideDiff": ["n"],
    "replaceOnChanges": ["n"],
    "replacementTrigger": 0,
    "resourceHooks": {"BeforeCreate": ["h"]},
    "delete": True,
    "sourcePosition": "project:///__main__.py",
    "refreshBeforeUpdate": True,
}


def test_every_field_of_a_deployment_is_kept():
    assert ResourceState.from_json(FULL).to_json() == FULL


def test_empty_fields_are_left_out():
    state = ResourceState(urn="u", type="t", custom=False)
    assert state.to_json() == {"urn": "u", "custom": False, "type": "t"}


@pytest.mark.parametrize("trigger", [0, False, "", [], {}])
def test_an_empty_trigger_is_kept(trigger):
    state = ResourceState(urn="u", type="t", custom=False, replacement_trigger=trigger)
    assert ResourceState.from_json(state.to_json()).replacement_trigger == trigger


def test_null_equals_absent():
    data = {"urn": "u", "type": "t", "custom": True, "inputs": None, "dependencies": None}
    assert ResourceState.from_json(data).to_json() == {"urn": "u", "custom": True, "type": "t"}


def test_an_encrypted_secret_names_its_resource():
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "v1:x"}
    with pytest.raises(StateError, match=r"^u: outputs: .*--show-secrets"):
        ResourceState.from_json({"urn": "u", "type": "t", "custom": True, "outputs": {"a": [secret]}})


def test_edges_are_all_dependencies_except_parent_and_provider():
    state = ResourceState.from_json({**FULL, "deletedWith": "d", "replaceWith": ["r"], "dependencies": ["x"]})
    assert sorted(set(state.edges())) == ["d", "r", "u", "x"]
    assert state.provider_urn == "urn:pulumi:dev::p::pulumi:providers:t::default"


def test_created_and_modified_times_are_stored():
    state = ResourceState(urn="u", type="t", custom=True)
    state.touch(dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    state.touch(dt.datetime(2026, 1, 2, tzinfo=dt.UTC))
    assert (state.created, state.modified) == ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")


def test_states_are_compared_by_identity():
    assert ResourceState.from_json(FULL) != ResourceState.from_json(FULL)
    assert (
        ResourceState(urn="u", type="t", custom=True, outputs={"a": Secret("hunter2")}).outputs["a"].value == "hunter2"
    )
