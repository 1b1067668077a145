"""The stack under Pulumi's own mocks: what it declares, without an engine or a provider."""

import asyncio
import json
import runpy
import threading
from pathlib import Path

import pulumi
import pytest
from pulumi.runtime import Mocks, set_all_config, set_mocks
from pulumi.runtime.stack import wait_for_rpcs

ROOT = Path(__file__).parents[2]
CHANNEL = "aws:ivs/channel:Channel"
KEY = "pulumi-python:dynamic/ivs:StreamKey"
DEFAULTS = {"channels": [{"name": "live"}], "tags": {"managed-by": "pulumi"}, "rotation": "initial"}


class Recorder(Mocks):
    def __init__(self):
        self.resources = {}

    def new_resource(self, args):
        self.resources[args.typ, args.name] = {k: v for k, v in args.inputs.items() if k != "__provider"}
        outputs = {CHANNEL: {"arn": f"arn:{args.name}", "ingestEndpoint": "in.example", "playbackUrl": "https://p"}}
        return f"{args.name}-id", {**args.inputs, **outputs.get(args.typ, {"arn": "arn:key", "value": "a password"})}

    def call(self, args):
        raise AssertionError(f"the stack calls no function, but {args.token}")


def declared(**config):
    """Run the stack with a config; give the inputs of what it registered, by type and name."""
    mocks, failed = Recorder(), []

    async def main():
        values = {**DEFAULTS, **config}
        texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in values.items()}
        set_mocks(mocks, project="ivs-stream-key", stack="test", preview=False)
        set_all_config({f"ivs-stream-key:{k}": v for k, v in texts.items()})
        try:
            runpy.run_path(str(ROOT / "__main__.py"))
        finally:
            await wait_for_rpcs()

    def in_a_thread():
        try:
            asyncio.run(main())
        except BaseException as error:  # noqa: BLE001 - raised again where the test sees it
            failed.append(error)

    thread = threading.Thread(target=in_a_thread, daemon=True)
    thread.start()
    thread.join(timeout=60)
    assert not thread.is_alive(), "the stack hangs"
    if failed:
        raise failed[0]
    return mocks.resources


def test_every_channel_of_the_config_becomes_a_channel_and_a_key_of_its_name():
    resources = declared(channels=[{"name": "one"}, {"name": "two"}])
    assert {(kind, name) for kind, name in resources if kind in (CHANNEL, KEY)} == {
        (CHANNEL, "one"),
        (KEY, "one"),
        (CHANNEL, "two"),
        (KEY, "two"),
    }


def test_a_channel_adds_its_tags_to_those_of_all():
    resources = declared(tags={"team": "live", "env": "dev"}, channels=[{"name": "one", "tags": {"env": "prod"}}])
    expected = {"team": "live", "env": "prod"}
    assert resources[CHANNEL, "one"]["tags"] == resources[KEY, "one"]["tags"] == expected


def test_a_channel_rotates_with_the_others_unless_it_has_a_rotation_of_its_own():
    resources = declared(rotation="r1", channels=[{"name": "one"}, {"name": "two", "rotation": "mine"}])
    assert resources[KEY, "one"]["rotation_triggers"] == {"rotation": "r1"}
    assert resources[KEY, "two"]["rotation_triggers"] == {"rotation": "mine"}


def test_the_settings_of_a_channel_reach_it_and_its_key():
    channel = {"name": "one", "type": "BASIC", "latency_mode": "NORMAL", "authorized": True, "existing_key": "adopt"}
    resources = declared(channels=[channel])
    given = resources[CHANNEL, "one"]
    assert (given["type"], given["latencyMode"], given["authorized"]) == ("BASIC", "NORMAL", True)
    assert resources[KEY, "one"]["existing_key"] == "adopt"


def test_a_channel_without_a_name_is_refused():
    with pytest.raises(pulumi.RunError, match="expected a name for each channel, got one with"):
        declared(channels=[{"type": "BASIC"}])


def test_a_setting_that_there_is_not_is_refused_by_name():
    with pytest.raises(TypeError, match="latencymode"):
        declared(channels=[{"name": "one", "latencymode": "LOW"}])
