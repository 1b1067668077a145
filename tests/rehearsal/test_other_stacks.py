"""Stack references: to other rehearsed stacks, and to given outputs."""

import json

import pulumi
import pytest
from pulumi.automation import ConfigValue

from rehearsal import Project, Stack
from rehearsal.errors import ConfigError
from rehearsal.other_stacks import read_stack_references
from rehearsal.state.property_values import Secret


def network_program():
    pulumi.export("vpc", "vpc-1")
    pulumi.export("password", pulumi.Output.secret("hush-hush"))


def program_with_reference(name):
    def program():
        other = pulumi.StackReference(name)
        pulumi.export("vpc", other.get_output("vpc"))
        pulumi.export("required", other.require_output("vpc"))
        pulumi.export("password", other.get_output("password"))
        pulumi.export("nothing", other.get_output("nothing"))

    return program


def stack(folder, program, *, project="apps", name="dev", state="dev.json", **more):
    path = folder / state if state else None
    return Stack(Project(project, folder, folder), name=name, program=program, state=path, clouds=[], **more)


@pytest.fixture
def states(tmp_path):
    made = stack(tmp_path, network_program, project="network", name="prod", state="network.json")
    assert made.up().ok
    return tmp_path


@pytest.mark.parametrize("name", ["organization/network/prod", "network/prod"])
def test_a_neighbouring_stack_is_found_by_name_and_secrets_stay_secret(states, name):
    referring = stack(states, program_with_reference(name))
    for report in (referring.preview(), referring.up(), referring.preview()):
        assert report.ok, report.errors
        assert (report.outputs["vpc"], report.outputs["required"]) == ("vpc-1", "vpc-1")
        assert report.outputs["password"] == Secret("hush-hush")
        assert report.outputs.get("nothing") is None
    assert referring.refresh().ok
    assert referring.destroy().ok
    assert referring.export()["deployment"].get("resources", []) == []


def test_a_stack_name_without_a_project_is_in_the_same_project(states):
    assert stack(states, program_with_reference("prod"), project="network").up().outputs["vpc"] == "vpc-1"
    assert "no stack 'prod'" in stack(states, program_with_reference("prod")).up().errors[0]


def test_outputs_follow_the_other_stack(states):
    referring = stack(states, program_with_reference("org/network/prod"))
    referring.up()
    changed = stack(states, lambda: pulumi.export("vpc", "vpc-2"), project="network", name="prod", state="network.json")
    changed.up()
    assert referring.up().outputs["vpc"] == "vpc-2"


@pytest.mark.slow("two stacks, and a key of a million rounds of PBKDF2")
def test_an_encrypted_stack_is_read_with_its_passphrase(tmp_path, monkeypatch):
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "correct horse")
    stack(tmp_path, network_program, project="network", name="prod", state="network.json").up()
    assert "hush-hush" not in (tmp_path / "network.json").read_text()
    assert stack(tmp_path, program_with_reference("o/network/prod")).up().outputs["password"] == Secret("hush-hush")


def test_outputs_can_be_given(tmp_path):
    given = {"org/network/prod": {"vpc": "vpc-9", "password": ConfigValue("given", secret=True)}}
    up = stack(tmp_path, program_with_reference("org/network/prod"), state=None, stack_references=given).up()
    assert up.ok, up.errors
    assert (up.outputs["vpc"], up.outputs["password"]) == ("vpc-9", Secret("given"))


def test_a_missing_stack_is_an_error_with_the_existing_ones_and_a_remedy(states):
    (error,) = (
        stack(states, program_with_reference("org/network/test"), stack_references={"o/p/s": {}}).preview().errors
    )
    assert "no stack 'org/network/test' was brought up in" in error
    assert "there is o/p/s, network/prod" in error
    assert "stack_references=" in error
    assert "--stack-reference FILE" in error


def test_a_required_output_that_is_missing_is_named(states):
    def program():
        pulumi.export("x", pulumi.StackReference("o/network/prod").require_output("subnet"))

    (error,) = stack(states, program).up().errors
    assert "KeyError: 'subnet'" in error  # the SDK's error


@pytest.mark.parametrize("name", ["a/b/c/d", "a//b"])
def test_an_invalid_name_is_refused(states, name):
    assert (
        "expected ORGANIZATION/PROJECT/STACK, or STACK alone"
        in stack(states, program_with_reference(name)).preview().errors[0]
    )


def test_other_files_in_the_state_folder_are_ignored(states):
    (states / "other.json").write_text('{"no": "state"}')
    (states / "broken.json").write_text("{")
    assert stack(states, program_with_reference("o/network/prod")).up().ok


def test_outputs_can_come_from_a_file(tmp_path):
    content = {"o/p/s": {"vpc": "vpc-1", "password": {"value": "hush", "secret": True}}}
    (tmp_path / "refs.json").write_text(json.dumps(content))
    (tmp_path / "refs.yaml").write_text("o/p/s:\n  vpc: vpc-1\n  password: {value: hush, secret: true}\n")
    assert read_stack_references(tmp_path / "refs.json") == content
    assert read_stack_references(tmp_path / "refs.yaml") == content
    up = stack(tmp_path, program_with_reference("o/p/s"), state=None, stack_references=content).up()
    assert up.outputs["password"] == Secret("hush")


@pytest.mark.parametrize(("text", "error"), [("[1]", "expected the outputs"), ("{", "neither JSON nor YAML")])
def test_a_malformed_file_is_refused_and_not_quoted(tmp_path, text, error):
    path = tmp_path / "refs.json"
    path.write_text(text)
    with pytest.raises(ConfigError, match=error):
        read_stack_references(path)
    with pytest.raises(ConfigError, match="can't be read"):
        read_stack_references(tmp_path / "none.json")
