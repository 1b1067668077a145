"""LiveChannel under mocks of every kind: it never raises, and outputs that the mocks omit are None, or unknown."""

import pulumi
import pytest
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.rpc import UNKNOWN

from any_mocks import MOCKS, mocks, run_as_test
from ivs_channel import LiveChannel, LiveChannelArgs
from mocked_engine import resolve_outputs

OUTPUTS = ("channel_arn", "playback_url", "ingest_endpoint", "ingest_url", "stream_key_arn", "stream_key")
WITH_ID = sorted(MOCKS.keys() - {"no-id", "empty-id", "no-id-no-outputs"})


def outputs_of(live):
    return {name: getattr(live, name) for name in OUTPUTS}


def without_arguments():
    return outputs_of(LiveChannel("live"))


def with_arguments():
    unknown = pulumi.Output.from_input(UNKNOWN)
    arguments = LiveChannelArgs(
        authorized=True,
        connection={"region": "eu-west-1"},
        name="show",
        recording_configuration_arn=unknown,
        rotation_days=30,
        rotation_triggers={"season": pulumi.Output.secret("1")},
        tags={"team": "video"},
    )
    return outputs_of(LiveChannel("live", arguments, pulumi.ResourceOptions(protect=True)))


@pytest.mark.parametrize("name", MOCKS)
@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("program", [without_arguments, with_arguments])
def test_a_channel_works_with_any_mocks_and_its_key_is_secret(name, preview, program):
    found = resolve_outputs(program, MockMonitor(MOCKS[name]), preview=preview)
    assert found.keys() == set(OUTPUTS)
    assert found["stream_key"][2]
    assert all(value is None for value, known, _ in found.values() if not known)


@pytest.mark.parametrize("name", WITH_ID)
def test_outputs_that_mocks_omit_are_none_and_so_are_derived_ones(name):
    found = resolve_outputs(without_arguments, MockMonitor(MOCKS[name]))
    given_outputs = {
        "only-arn": {"channel_arn": "live-arn", "stream_key_arn": "live-arn"},
        "empty-strings": {"channel_arn": "", "stream_key_arn": "", "ingest_endpoint": "", "stream_key": ""},
    }
    expected = {output: (given_outputs.get(name, {}).get(output), True) for output in OUTPUTS}
    assert {output: found[output][:2] for output in OUTPUTS} == expected


@pytest.mark.parametrize("name", ["inputs", "no-outputs", "none-outputs"])
def test_outputs_that_mocks_omit_are_unknown_in_a_preview(name):
    found = resolve_outputs(without_arguments, MockMonitor(MOCKS[name]), preview=True)
    assert {output: found[output][:2] for output in OUTPUTS} == dict.fromkeys(OUTPUTS, (None, False))


def test_outputs_that_mocks_return_are_there():
    mocked = mocks(
        lambda args: (
            args.name,
            {**args.inputs, "arn": f"{args.typ}-arn", "ingestEndpoint": "here", "playbackUrl": "there", "value": "key"},
        )
    )
    found = resolve_outputs(without_arguments, MockMonitor(mocked))
    assert {name: value for name, (value, _, _) in found.items()} == {
        "channel_arn": "aws:ivs/channel:Channel-arn",
        "ingest_endpoint": "here",
        "ingest_url": "rtmps://here:443/app/",
        "playback_url": "there",
        "stream_key": "key",
        "stream_key_arn": "pulumi-python:dynamic/ivs:StreamKey-arn",
    }


@pytest.mark.parametrize("name", MOCKS)
@pytest.mark.parametrize("preview", [False, True])
def test_pulumi_runtime_test_accepts_plain_and_async_functions(name, preview):
    ran = []

    def plain():
        live = LiveChannel("plain")
        ran.append("plain")
        return pulumi.Output.all(live.ingest_url, live.stream_key)

    async def asynchronous():
        live = LiveChannel("asynchronous")
        await live.playback_url.future()
        ran.append("asynchronous")

    run_as_test(MOCKS[name], plain, preview=preview)
    run_as_test(MOCKS[name], asynchronous, preview=preview)
    assert ran == ["plain", "asynchronous"]
