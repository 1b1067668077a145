"""The lifecycle of the repository's own stack on the embedded cloud, as `make up` and the other targets run it."""

import json
from pathlib import Path

import boto3
import pytest

from engines import stack_on
from rehearsal import Project

ROOT = Path(__file__).parents[2]
KEYS = "**pulumi-python:dynamic/ivs:StreamKey::**"


@pytest.fixture
def stack(pytestconfig):
    with stack_on(pytestconfig, Project.load(ROOT)) as opened:
        yield opened


def changes_of(report):
    assert report.ok, report.errors
    return {op: count for op, count in report.changes.items() if count and op != "same"}


def has_no_changes(stack):
    assert changes_of(stack.preview()) == {}
    assert changes_of(stack.refresh()) == {}
    return True


def channels_after_up(stack):
    return stack.up().outputs["channels"]


def keys_in_the_cloud():
    ivs = boto3.client("ivs")
    return {
        key["arn"]: ivs.get_stream_key(arn=key["arn"])["streamKey"]["value"]
        for channel in ivs.list_channels()["channels"]
        for key in ivs.list_stream_keys(channelArn=channel["arn"])["streamKeys"]
    }


@pytest.mark.real("the program of this repository")
def test_the_stack_deploys_rotates_on_request_and_leaves_nothing(stack):
    assert changes_of(stack.up()) == {"create": 5}
    assert has_no_changes(stack)
    before = channels_after_up(stack)["live"]
    assert keys_in_the_cloud() == {before["stream_key_arn"]: before["stream_key"].value}

    assert changes_of(stack.up(replace=[KEYS])) == {"replace": 1}
    assert has_no_changes(stack)
    after = channels_after_up(stack)["live"]
    assert after["arn"] == before["arn"]
    assert after["stream_key_arn"] != before["stream_key_arn"]
    assert after["stream_key"].value != before["stream_key"].value
    assert keys_in_the_cloud() == {after["stream_key_arn"]: after["stream_key"].value}

    assert changes_of(stack.destroy()) == {"delete": 5}
    assert stack.export()["deployment"]["resources"] == []
    assert boto3.client("ivs").list_channels()["channels"] == []


@pytest.mark.slow("an up and a rotation of three channels")
def test_a_changed_common_rotation_replaces_the_keys_that_use_it(stack):
    stack.config["channels"] = json.dumps([{"name": "one"}, {"name": "two"}, {"name": "own", "rotation": "mine"}])
    before = channels_after_up(stack)
    stack.config["rotation"] = "2026-12"
    assert changes_of(stack.preview()) == {"replace": 2}
    after = channels_after_up(stack)
    assert has_no_changes(stack)
    rotated = {name for name in after if after[name]["stream_key_arn"] != before[name]["stream_key_arn"]}
    assert rotated == {"one", "two"}
    assert changes_of(stack.destroy()) == {"delete": 11}


def test_no_value_of_a_stream_key_is_in_plaintext_in_the_state(stack):
    stack.up()
    (value,) = keys_in_the_cloud().values()
    exported = json.dumps(stack.export())
    assert exported.count(value) == exported.count(json.dumps(json.dumps(value))[1:-1]) > 0
    values = [
        resource["outputs"]["value"]
        for resource in stack.export()["deployment"]["resources"]
        if resource["type"].endswith("ivs:StreamKey")
    ]
    assert [set(envelope) for envelope in values] == [{"4dabf18193072939515e22adb298388d", "plaintext"}]
