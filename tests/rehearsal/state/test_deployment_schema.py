"""Validation of imported deployments."""

from __future__ import annotations

import json

import pytest

from rehearsal.errors import StateError
from rehearsal.state.deployment_schema import is_plausible, validate

URN = "urn:pulumi:dev::p::toy:index:Thing::thing"
OPERATION_TYPES = "creating, updating, deleting, reading, importing"
PENDING = {"type": "creating", "resource": {"urn": URN, "type": "toy:index:Thing"}}


def deployment(**fields):
    return {"resources": [{"urn": URN, "type": "toy:index:Thing", "custom": True, "id": "1", **fields}]}


def validation_errors(given):
    with pytest.raises(StateError) as caught:
        validate(given, "state.json")
    return [line.removeprefix("state.json is not a Pulumi deployment: ") for line in str(caught.value).splitlines()]


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"resources": None, "pending_operations": None},
        deployment(),
        deployment(propertyDependencies={"a": None, "b": ["x"]}, dependencies=None, provider="", parent=None),
        deployment(inputs={"a": [{"b": None}]}, outputs=None, customTimeouts={"create": 3}, somethingNew=[1]),
        deployment(provider="urn:pulumi:dev::p::pulumi:providers:toy::default::04da6b54"),
        {**deployment(), "pending_operations": [PENDING]},
    ],
)
def test_deployments_written_by_pulumi_are_valid(given):
    validate(given, "state.json")
    assert is_plausible(given)


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("urn", 5, "resources[0].urn: expected a string, got 5"),
        ("type", {}, "resources[0].type: expected a string, got an object"),
        ("custom", "yes", "resources[0].custom: expected a boolean or null, got 'yes'"),
        ("provider", 5, "resources[0].provider: expected a string or null, got 5"),
        ("provider", "toy", "resources[0].provider: expected a provider's URN::ID, got 'toy'"),
        ("dependencies", 5, "resources[0].dependencies: expected an array or null, got 5"),
        ("dependencies", [URN, 5], "resources[0].dependencies[1]: expected a string, got 5"),
        ("propertyDependencies", [], "resources[0].propertyDependencies: expected an object or null, got an array"),
        (
            "propertyDependencies",
            {"value": 5},
            "resources[0].propertyDependencies.value: expected an array or null, got 5",
        ),
        ("customTimeouts", {"create": "5m"}, "resources[0].customTimeouts.create: expected a number or null, got '5m'"),
    ],
)
def test_an_invalid_field_is_named_by_its_path(field, value, fault):
    assert validation_errors(deployment(**{field: value})) == [fault]
    if (field, value) != ("provider", "toy"):
        assert not is_plausible(deployment(**{field: value}))


@pytest.mark.parametrize(
    ("pending", "expected"),
    [
        ([1], ["pending_operations[0]: expected an object, got 1"]),
        ([{"type": "creating"}], ["pending_operations[0]: expected a resource, got none"]),
        (
            [{**PENDING, "type": "guess"}],
            [f"pending_operations[0].type: expected one of {OPERATION_TYPES}, got 'guess'"],
        ),
        (
            [{**PENDING, "resource": {"urn": "thing", "type": "t"}}],
            ["pending_operations[0].resource.urn: expected a URN (urn:pulumi:STACK::PROJECT::TYPE::NAME), got 'thing'"],
        ),
        (5, ["pending_operations: expected an array or null, got 5"]),
    ],
)
def test_invalid_pending_operations_are_named_by_their_path(pending, expected):
    assert validation_errors({**deployment(), "pending_operations": pending}) == expected


@pytest.mark.parametrize(
    "given",
    [
        {"resources": [5]},
        {"resources": [{"urn": URN}]},
        {"pending_operations": [{**PENDING, "resource": {"urn": URN, "type": 5}}]},
        {"resources": None, "manifest": 5},
        deployment(urn=URN + "\ud800"),
    ],
)
def test_malformed_data_is_not_plausible(given):
    assert not is_plausible(given)


def test_a_misplaced_secret_is_not_quoted():
    (fault, *_) = validation_errors(deployment(customTimeouts={"plaintext": "hunter2"}))
    assert fault == "resources[0].customTimeouts.plaintext: expected a number or null, got a string"


def test_all_errors_are_reported_one_per_line():
    assert validation_errors(deployment(parent=1, id=2)) == [
        "resources[0].id: expected a string or null, got 2",
        "resources[0].parent: expected a string or null, got 1",
    ]


def test_at_most_twenty_errors_are_reported():
    lines = validation_errors(deployment(dependencies=list(range(30))))
    assert len(lines) == 21
    assert lines[-1] == "… and 10 more"


@pytest.mark.parametrize("field", ["inputs", "outputs"])
def test_possible_secrets_are_not_quoted(field):
    assert validation_errors(deployment(**{field: "hunter2"})) == [
        f"resources[0].{field}: expected an object or null, got a string"
    ]


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        (deployment(urn=URN + "\ud800"), "resources[0].urn: expected text, got a lone surrogate in it"),
        (deployment(inputs={"a\udfff": 1}), "resources[0].inputs: expected names of text, got a lone surrogate in one"),
    ],
)
def test_text_with_lone_surrogates_is_refused(given, fault):
    assert validation_errors(given) == [fault]


@pytest.mark.parametrize("levels", [199, 5_000])
def test_too_deep_nesting_is_refused(levels):
    value = []
    for _ in range(levels):
        value = [value]
    (fault,) = validation_errors(deployment(inputs={"a": value}))
    assert fault.endswith("…: nested more than 200 levels deep")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{"version": 3, "deployment": {"a": ' + "[" * 100_000 + "]" * 100_000 + "}}",
            "nested more than 200 levels deep",
        ),
        ('{"version": [3], "deployment": {}}', r"a deployment of version \[3\]"),
        ('{"version": 4, "features": [5], "deployment": {}}', "needs features that rehearsal does not model: 5"),
        (json.dumps({"version": 3, "deployment": deployment(urn=[5])}), r"resources\[0\].urn: expected a string"),
        (json.dumps({"version": 3, "deployment": {"resources": 5}}), "expected a JSON object with a version and a"),
    ],
)
def test_import_refuses_an_invalid_deployment_and_keeps_the_state(rig, text, message):
    with pytest.raises(StateError, match=message):
        rig.stack.import_deployment(text, "state.json")
    assert rig.stack.export()["deployment"]["resources"] == []


SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({**SECRET, "plaintext": 5}, "thing: inputs: the plaintext of a secret is no JSON text"),
        ({**SECRET, "plaintext": "hunter2"}, "thing: inputs: the plaintext of a secret is no JSON text"),
        ({**SECRET, "plaintext": "[" * 201 + "]" * 201}, "thing: inputs: nested more than 200 levels deep"),
        ({**SECRET, "plaintext": "[" * 9_000 + "]" * 9_000}, "thing: inputs: nested more than 200 levels deep"),
        ({**SECRET, "ciphertext": 5}, "thing: inputs: the state holds an encrypted secret"),
        ({SIGNATURE: "5cf8f73096256a8f31e491e813e4eb8e"}, "thing: inputs: a reference to a resource has no urn"),
    ],
)
def test_a_malformed_secret_or_reference_is_refused_and_not_quoted(rig, value, message):
    text = json.dumps({"version": 3, "deployment": deployment(inputs={"a": value}, provider="")})
    with pytest.raises(StateError, match=message) as caught:
        rig.stack.import_deployment(text, "state.json")
    assert "hunter2" not in str(caught.value)


def test_properties_that_are_a_single_secret_are_refused(rig):
    given = deployment(outputs={**SECRET, "plaintext": '"hunter2"'}, provider="")
    with pytest.raises(StateError, match="thing: outputs: expected properties, got something else in their place"):
        rig.stack.import_deployment(json.dumps({"version": 3, "deployment": given}), "state.json")


def test_a_resource_without_the_field_custom_is_a_component(rig):
    group = {"urn": "urn:pulumi:dev::p::toy:index:Group::group", "type": "toy:index:Group", "custom": None}
    rig.stack.import_deployment(json.dumps({"version": 3, "deployment": {"resources": [group]}}))
    assert rig.stack.preview().ok
