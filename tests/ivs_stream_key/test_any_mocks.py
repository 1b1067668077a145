"""StreamKey under mocks of every kind: it never raises, and outputs that the mocks omit are None, or unknown."""

import pulumi
import pytest
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.rpc import UNKNOWN

from any_mocks import MOCKS, mocks, run_as_test
from ivs_stream_key import StreamKey
from mocked_engine import resolve_outputs

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"
OUTPUTS = sorted(name for name, kind in StreamKey.__annotations__.items() if "Output" in str(kind))
GIVEN = {
    "channel_arn": CHANNEL,
    "connection": {"region": "us-west-2"},
    "deletion_protection": True,
    "existing_key": "adopt",
    "rotation_days": 30,
    "rotation_schedule": {"phase": 3},
    "rotation_triggers": {"season": "1"},
    "tags": {"team": "video"},
    "when_live": "fail",
}
# Mocks that return only inputs omit these outputs. All other outputs are inputs.
COMPUTED = {"arn", "created_at", "owner_tag", "rotation_due_at", "tags_all", "value"}
RETURN_INPUTS = ["inputs", "inputs-as-list", "calls-raise", "calls-return-none", "only-arn", "empty-strings"]


def declared():
    key = StreamKey("live", **GIVEN)
    return {name: getattr(key, name) for name in OUTPUTS}


def read():
    key = StreamKey.get("live", "arn:aws:ivs:us-west-2:123456789012:stream-key/abcdABCDefgh")
    return {name: getattr(key, name) for name in OUTPUTS}


def declared_with_unknown_inputs():
    unknown = pulumi.Output.from_input(UNKNOWN)
    key = StreamKey("live", unknown, tags={"a": unknown}, rotation_triggers={"a": unknown}, rotation_days=unknown)
    return {name: getattr(key, name) for name in OUTPUTS}


def test_the_outputs_of_the_test_are_all_outputs_of_a_key():
    assert COMPUTED | GIVEN.keys() == set(OUTPUTS)


@pytest.mark.slow("runs the program with each kind of mocks")
@pytest.mark.parametrize("name", MOCKS)
@pytest.mark.parametrize("preview", [False, True])
@pytest.mark.parametrize("program", [declared, read, declared_with_unknown_inputs])
def test_a_key_works_with_any_mocks_and_its_value_is_secret(name, preview, program):
    found = resolve_outputs(program, MockMonitor(MOCKS[name]), preview=preview)
    assert found.keys() == set(OUTPUTS)
    assert found["value"][2]
    assert all(value is None for value, known, _ in found.values() if not known)


def values(found, names):
    return {name: found[name][:2] for name in names}


@pytest.mark.parametrize("name", RETURN_INPUTS)
def test_inputs_are_there_and_outputs_that_mocks_omit_are_none(name):
    found = resolve_outputs(declared, MockMonitor(MOCKS[name]))
    given_outputs = {"only-arn": {"arn": "live-arn"}, "empty-strings": {"arn": "", "value": ""}}.get(name, {})
    assert values(found, OUTPUTS) == {output: ({**GIVEN, **given_outputs}.get(output), True) for output in OUTPUTS}


@pytest.mark.parametrize("name", ["inputs", "no-outputs", "none-outputs"])
def test_outputs_that_mocks_omit_are_unknown_in_a_preview(name):
    found = resolve_outputs(declared, MockMonitor(MOCKS[name]), preview=True)
    assert values(found, COMPUTED) == dict.fromkeys(COMPUTED, (None, False))


@pytest.mark.parametrize("name", MOCKS)
@pytest.mark.parametrize("preview", [False, True])
def test_pulumi_runtime_test_accepts_plain_and_async_functions(name, preview):
    ran = []

    def plain():
        key = StreamKey("plain", CHANNEL)
        ran.append("plain")
        return pulumi.Output.all(key.arn, key.value)

    async def asynchronous():
        key = StreamKey("asynchronous", CHANNEL)
        await key.channel_arn.future()
        ran.append("asynchronous")

    run_as_test(MOCKS[name], plain, preview=preview)
    run_as_test(MOCKS[name], asynchronous, preview=preview)
    assert ran == ["plain", "asynchronous"]


def test_a_failed_assertion_fails_a_pulumi_runtime_test():
    def check(value):
        assert value == "another"

    mocked = mocks(lambda args: (args.name, {**args.inputs, "value": "a mocked value"}))
    with pytest.raises(AssertionError, match="another"):
        run_as_test(mocked, lambda: StreamKey("live", CHANNEL).value.apply(check))
