"""Deployments of past versions stay usable. `states/` holds what each version wrote; never edit it.

`0.1.0-live-channel.json` is older than the folders of the modules, and than the publishing of keys.
"""

from __future__ import annotations

import json
from pathlib import Path

import pulumi
import pytest
from pulumi.automation import Deployment

from ivs_channel import LiveChannel

STATES = sorted((Path(__file__).parent / "states").glob("*.json"))
KEY, CHANNEL = "StreamKey::live", "Channel::live"


def program():
    live = LiveChannel(
        "live",
        tags={"team": "video"},
        rotation_triggers={"rotation": pulumi.Config().get("rotation") or "1"},
    )
    pulumi.export("channel", live.channel_arn)


@pytest.fixture(params=STATES, ids=[file.stem for file in STATES])
def past_stack(rehearse, request):
    stack = rehearse(program, stack="dev", project="past")
    state = json.loads(request.param.read_text(encoding="utf-8"))
    stack.import_stack(Deployment(state["version"], state["deployment"]))
    return stack


def disruptive_steps(result):
    return {op for op in result.summary.resource_changes or {} if op not in {"same", "update"}}


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_an_up_replaces_nothing_and_a_second_one_changes_nothing(past_stack):
    channel, key = past_stack.resource(CHANNEL).id, past_stack.resource(KEY)
    assert disruptive_steps(past_stack.up()) == set()
    assert past_stack.resource(CHANNEL).id == channel
    assert past_stack.resource(KEY).id == key.id
    assert past_stack.resource(KEY).outputs["value"] == key.outputs["value"]
    past_stack.up(expect_no_changes=True)


def test_a_refresh_keeps_the_key(past_stack):
    key = past_stack.resource(KEY)
    past_stack.refresh()
    assert past_stack.resource(KEY).id == key.id
    assert past_stack.resource(KEY).outputs["value"] == key.outputs["value"]


@pytest.mark.slow("a lifecycle of each past deployment")
def test_a_rotation_creates_a_new_key_on_the_same_channel(past_stack):
    channel, key = past_stack.resource(CHANNEL).id, past_stack.resource(KEY).id
    past_stack.set_config("rotation", "2")
    past_stack.up()
    assert past_stack.resource(CHANNEL).id == channel
    assert past_stack.resource(KEY).id != key
    assert [one["arn"] for one in keys_on(past_stack, channel)] == [past_stack.resource(KEY).id]
    past_stack.up(expect_no_changes=True)


def test_a_destroy_without_an_up_leaves_nothing(past_stack):
    past_stack.destroy()
    assert past_stack.resources() == []
    assert past_stack.cloud.remaining() == []


def keys_on(stack, channel):
    return stack.cloud.boto3("ivs").list_stream_keys(channelArn=channel)["streamKeys"]
