"""The stack under Pulumi's mocks: what it declares, without an engine or a provider."""

import json
import runpy
from pathlib import Path

import pulumi
import pytest

from rehearsal.state.property_values import Secret
from rehearsal_aws.mocks import run_with_mocks

ROOT = Path(__file__).parents[2]
CHANNEL = "aws:ivs/channel:Channel"
KEY = "pulumi-python:dynamic/ivs:StreamKey"
DEFAULTS = {"channels": [{"name": "live"}], "tags": {"managed-by": "pulumi"}, "rotation": "initial"}


def run_stack(**config):
    """Run the stack's program under mocks with this config, and with the defaults of Pulumi.yaml."""
    values = {**DEFAULTS, **config}
    texts = {f"ivs-stream-key:{k}": v if isinstance(v, str) else json.dumps(v) for k, v in values.items()}
    return run_with_mocks(
        lambda: runpy.run_path(str(ROOT / "__main__.py")) and None, config=texts, project="ivs-stream-key"
    )


def inputs(run, kind, name):
    return run.resource(kind, name).inputs


def test_every_channel_of_the_config_gets_a_channel_and_a_key():
    run = run_stack(channels=[{"name": "one"}, {"name": "two"}])
    declared = {(r.type, r.name) for r in run.resources if r.type in (CHANNEL, KEY)}
    assert declared == {(CHANNEL, "one"), (KEY, "one"), (CHANNEL, "two"), (KEY, "two")}


def test_a_channels_tags_are_merged_with_the_common_tags():
    run = run_stack(tags={"team": "live", "env": "dev"}, channels=[{"name": "one", "tags": {"env": "prod"}}])
    expected = {"team": "live", "env": "prod"}
    assert inputs(run, CHANNEL, "one")["tags"] == inputs(run, KEY, "one")["tags"] == expected


def test_a_channel_uses_the_common_rotation_unless_it_has_its_own():
    run = run_stack(rotation="r1", channels=[{"name": "one"}, {"name": "two", "rotation": "mine"}])
    assert inputs(run, KEY, "one")["rotation_triggers"] == {"rotation": "r1"}
    assert inputs(run, KEY, "two")["rotation_triggers"] == {"rotation": "mine"}


def test_the_settings_of_a_channel_reach_it_and_its_key():
    channel = {"name": "one", "type": "BASIC", "latency_mode": "NORMAL", "authorized": True, "existing_key": "adopt"}
    run = run_stack(channels=[channel])
    given = inputs(run, CHANNEL, "one")
    assert (given["type"], given["latencyMode"], given["authorized"]) == ("BASIC", "NORMAL", True)
    assert inputs(run, KEY, "one")["existing_key"] == "adopt"


def test_the_outputs_have_encoder_and_player_settings_and_a_secret_key():
    outputs = run_stack(channels=[{"name": "one"}, {"name": "two"}]).outputs["channels"]
    assert set(outputs) == {"one", "two"}
    one = outputs["one"]
    assert one["ingest_url"].startswith("rtmps://")
    assert one["playback_url"].startswith("https://")
    assert ":channel/" in one["arn"]
    assert ":stream-key/" in one["stream_key_arn"]
    assert [name for name, value in one.items() if isinstance(value, Secret)] == ["stream_key"]


def test_keys_are_published_as_configured():
    places = {"ssm": "/live/{name}/key", "secrets_manager": "live/{name}"}
    run = run_stack(publish_to=places, channels=[{"name": "one"}])
    assert inputs(run, "aws:ssm/parameter:Parameter", "one-live-key")["name"] == "/live/one/key"
    assert inputs(run, "aws:secretsmanager/secret:Secret", "one-live")["name"] == "live/one"


def test_an_unknown_place_is_refused_by_name():
    with pytest.raises(pulumi.RunError, match="expected ssm and secrets_manager, got vault"):
        run_stack(publish_to={"vault": "x"})


def test_a_channel_without_a_name_is_refused():
    with pytest.raises(pulumi.RunError, match="expected a name for each channel, got one with"):
        run_stack(channels=[{"type": "BASIC"}])


def test_an_unknown_setting_is_refused_by_name():
    with pytest.raises(TypeError, match="latencymode"):
        run_stack(channels=[{"name": "one", "latencymode": "LOW"}])
