import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import pulumi_toys
from rehearsal.made_up import declarations
from rehearsal.made_up.declarations import Member, function_declaration, members_of, resource_declaration

ROBOT = "toys:index/robot:Robot"


def test_a_types_outputs_are_those_of_its_sdk_class():
    declared = resource_declaration(ROBOT)
    assert declared.example == "robot-a01106c2"
    assert declared.members.keys() == {
        *("code", "colour", "endpoint", "home", "lastSeen", "maker", "mode", "name", "note", "parts", "password"),
        *("port", "spare", "weight", "wheels"),
    }
    assert {name for name, member in declared.members.items() if member.optional} == {"maker", "note", "parts"}
    assert declared.members["home"].type is pulumi_toys.Part
    assert declared.members["weight"].default == "2.5"
    assert declared.members["colour"].choice == "red"


def test_replacing_properties_are_found_in_docstrings_of_outputs_and_arguments():
    members = resource_declaration(ROBOT).members
    assert {name for name, member in members.items() if member.forces_replacement} == {"colour", "maker"}


@pytest.mark.parametrize(
    ("text", "forces"),
    [
        ("(Forces new resource) The name.", True),
        ("Changing this forces a new resource to be created.", True),
        ("Changing it will force Terraform to create a new resource.", True),
        ("A change forces replacement.", True),
        ("This will force a recreation of the resource.", True),
        ("Changes force the instance to be replaced.", True),
        ("Enable to force a new task deployment of the service.", False),
        ("Whether to force objects to be deleted.", False),
        ("The name.", False),
    ],
)
def test_phrases_of_the_docstrings_are_recognized(text, forces):
    assert Member(str, optional=False, doc=text).forces_replacement is forces


def test_nested_outputs_have_types_too():
    assert {name: member.optional for name, member in members_of(pulumi_toys.Part).items()} == {
        "label": False,
        "partNumber": True,
        "createdAt": False,
    }


def test_a_functions_result_is_found_by_its_name():
    members = function_declaration("toys:index/getRobots:getRobots").members
    assert {name: member.optional for name, member in members.items()} == {"ids": False, "owner": True, "found": False}


@pytest.mark.parametrize("token", ["toys:index/car:Car", "nowhere:index/robot:Robot", "toys:other/robot:Robot"])
def test_an_undeclared_type_is_not_found(token):
    assert resource_declaration(token) is None
    assert function_declaration(token) is None


def test_type_lookups_are_serialized(monkeypatch):
    """Modules of an SDK import each other: two threads that import them may see partly initialized modules."""
    active, concurrent = [], []

    def look_up(token):
        concurrent.extend(active)
        active.append(token)
        time.sleep(0)
        active.remove(token)

    monkeypatch.setattr(declarations, "_resource_class", look_up)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(resource_declaration, [f"toys:index/t{number}:T" for number in range(200)]))
    assert concurrent == []
