from __future__ import annotations

import asyncio
import json
import re
import threading
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi.dynamic import Resource, ResourceProvider
from pulumi.runtime.mocks import MockCallArgs, MockResourceArgs
from pulumi.runtime.settings import SETTINGS

from rehearsal.provider import UNKNOWN
from rehearsal.state.property_values import Secret
from rehearsal_aws.mocks import AwsMocks, MockedRun, plausible_values, run_with_mocks
from rehearsal_aws.resources.catalog import MODELS

CHANNEL = "aws:ivs/channel:Channel"
KEY = "pulumi-python:dynamic/ivs:StreamKey"


class StreamKey(Resource, module="ivs", name="StreamKey"):
    """A dynamic resource with the type token and the outputs of a stream key."""

    arn: pulumi.Output[str]
    value: pulumi.Output[str]

    def __init__(self, name: str, channel_arn: Any) -> None:
        properties = {"channel_arn": channel_arn, "arn": None, "value": None, "created_at": None}
        opts = pulumi.ResourceOptions(additional_secret_outputs=["value"])
        super().__init__(ResourceProvider(), name, properties, opts)


def live_program() -> None:
    channel = aws.ivs.Channel("live", latency_mode="NORMAL", tags={"team": "video"})
    key = StreamKey("live", channel.arn)
    parameter = aws.ssm.Parameter("key", type="SecureString", value=key.value)
    for name, value in {
        "arn": channel.arn,
        "ingest": channel.ingest_endpoint,
        "key": key.arn,
        "parameter": parameter.name,
        "play": channel.playback_url,
        "value": key.value,
    }.items():
        pulumi.export(name, value)


def test_outputs_are_plausible() -> None:
    outputs = run_with_mocks(live_program).outputs
    assert re.fullmatch(r"arn:aws:ivs:us-east-1:123456789012:channel/[A-Za-z0-9]{12}", outputs["arn"])
    assert re.fullmatch(r"[0-9a-f]{12}\.global-contribute\.live-video\.net", outputs["ingest"])
    assert re.fullmatch(r"arn:aws:ivs:us-east-1:123456789012:stream-key/[A-Za-z0-9]{12}", outputs["key"])
    assert re.fullmatch(r"key-[0-9a-f]{7}", outputs["parameter"])
    playback = (
        r"https://[0-9a-f]{12}\.us-east-1\.playback\.live-video\.net/api/video/v1/us-east-1\.123456789012\.channel\."
    )
    assert re.fullmatch(playback + r"[A-Za-z0-9]{12}\.m3u8", outputs["play"])


def test_a_secret_output_is_secret_and_dependents_get_its_value() -> None:
    run = run_with_mocks(live_program)
    assert isinstance(run.outputs["value"], Secret)
    match = re.fullmatch(r"sk_us-east-1_[A-Za-z0-9]{12}_[A-Za-z0-9]{30}", run.outputs["value"].value)
    assert match is not None
    is_same_value = run.resource("aws:ssm/parameter:Parameter").inputs["value"] == run.outputs["value"].value
    assert is_same_value


def test_outputs_are_deterministic_and_differ_by_name() -> None:
    first, second = run_with_mocks(live_program), run_with_mocks(live_program)
    assert first.resources == second.resources
    two = run_with_mocks(lambda: [aws.ivs.Channel(name) for name in ("a", "b")] and None)
    assert two.resource(CHANNEL, "a").id != two.resource(CHANNEL, "b").id


def test_resources_are_found_by_type_and_name() -> None:
    run = run_with_mocks(live_program)
    channel = run.resource(CHANNEL)
    assert (channel.name, channel.inputs) == ("live", {"latencyMode": "NORMAL", "tags": {"team": "video"}})
    assert channel.outputs["type"] == "STANDARD"
    assert channel.outputs["tagsAll"] == {"team": "video"}
    with pytest.raises(LookupError, match=r"expected one aws:ivs/channel:Channel other, got 0; the program made: aws:"):
        run.resource(CHANNEL, "other")


def test_only_inputs_are_known_in_a_preview() -> None:
    run = run_with_mocks(live_program, preview=True)
    assert run.outputs == dict.fromkeys(("arn", "ingest", "key", "parameter", "play", "value"), UNKNOWN)
    assert run.resource(CHANNEL).id == ""
    assert run.resource(KEY).inputs["channel_arn"] is UNKNOWN


def test_region_account_and_outputs_can_be_given() -> None:
    mocks = AwsMocks(region="eu-west-1", account="111111111111", overrides={CHANNEL: {"ingestEndpoint": "here"}})
    outputs = run_with_mocks(live_program, mocks=mocks).outputs
    assert outputs["arn"].startswith("arn:aws:ivs:eu-west-1:111111111111:channel/")
    assert outputs["key"].startswith("arn:aws:ivs:eu-west-1:111111111111:stream-key/")
    assert outputs["ingest"] == "here"


def test_the_region_defaults_to_the_config() -> None:
    run = run_with_mocks(live_program, config={"aws:region": "ap-south-1"})
    assert run.outputs["arn"].startswith("arn:aws:ivs:ap-south-1:")
    assert run.resource(CHANNEL).outputs["region"] == "ap-south-1"


def test_outputs_derived_from_a_secret_input_use_its_value() -> None:
    def program() -> None:
        parameter = aws.ssm.Parameter("key", name=pulumi.Output.secret("/live/key"), type="String", value="v")
        pulumi.export("arn", parameter.arn)
        pulumi.export("name", parameter.name)

    outputs = run_with_mocks(program).outputs
    assert outputs == {"arn": "arn:aws:ssm:us-east-1:123456789012:parameter/live/key", "name": Secret("/live/key")}


def queue_program() -> None:
    pulumi.export("queue", aws.sqs.Queue("jobs").url)
    pulumi.export("key", StreamKey("live", aws.ivs.Channel("live").arn).arn)


def test_a_subclass_can_handle_unknown_types() -> None:
    class QueueMocks(AwsMocks):
        def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
            if self.knows(args.typ):
                return super().new_resource(args)
            return "subclass", {**args.inputs, "url": "https://subclass"}

    outputs = run_with_mocks(queue_program, mocks=QueueMocks()).outputs
    assert outputs["queue"] == "https://subclass"
    assert outputs["key"].startswith("arn:aws:ivs:")


def test_a_stack_reference_has_the_given_outputs() -> None:
    def program() -> None:
        network = pulumi.StackReference("organization/network/prod")
        pulumi.export("vpc", network.get_output("vpc"))
        pulumi.export("token", network.get_output("token"))

    assert run_with_mocks(program).outputs == {}
    outputs = {"outputs": {"vpc": "vpc-1", "token": "t0ken"}, "secretOutputNames": ["token"]}
    given = AwsMocks(overrides={"pulumi:pulumi:StackReference": outputs})
    for preview in (False, True):
        run = run_with_mocks(program, mocks=given, preview=preview)
        assert run.outputs == {"vpc": "vpc-1", "token": Secret("t0ken")}


@pytest.mark.parametrize(
    ("mocks", "message"),
    [
        (AwsMocks, "got the class; write AwsMocks()"),
        ("mocks", "got str, which has no new_resource"),
        (type("Half", (), {"new_resource": print})(), "got Half, which has no call"),
    ],
)
def test_an_invalid_mocks_object_is_refused(mocks: Any, message: str) -> None:
    with pytest.raises(TypeError, match=re.escape(f"mocks: expected an instance of pulumi.runtime.Mocks, {message}")):
        run_with_mocks(lambda: None, mocks=mocks)


def test_fallback_mocks_handle_unknown_types() -> None:
    class FallbackMocks(pulumi.runtime.Mocks):
        def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
            return "fallback", {**args.inputs, "url": "https://fallback"}

        def call(self, args: MockCallArgs) -> Any:
            return {"url": f"https://{args.token}"}

    class CombinedMocks(AwsMocks, FallbackMocks):
        pass

    def program() -> None:
        queue_program()
        pulumi.export("looked-up", aws.sqs.get_queue("jobs").url)
        pulumi.export("account", aws.get_caller_identity().account_id)

    run = run_with_mocks(program, mocks=CombinedMocks())
    assert run.outputs["queue"] == "https://fallback"
    assert run.outputs["looked-up"] == "https://aws:sqs/getQueue:getQueue"
    assert run.outputs["account"] == "123456789012"
    assert run.resource("aws:sqs/queue:Queue").id == "fallback"
    assert run.outputs["key"].startswith("arn:aws:ivs:")


def test_invokes_return_plausible_results() -> None:
    def ask() -> None:
        caller, region = aws.get_caller_identity(), aws.get_region()
        key = aws.ivs.get_stream_key("arn:aws:ivs:eu-west-1:123456789012:channel/abc")
        pulumi.export("all", [caller.account_id, region.region, key.arn.rpartition("/")[0]])

    assert run_with_mocks(ask).outputs["all"] == [
        "123456789012",
        "us-east-1",
        "arn:aws:ivs:eu-west-1:123456789012:stream-key",
    ]


def test_a_read_resource_has_its_id() -> None:
    arn = "arn:aws:ivs:us-west-2:123456789012:channel/existing"
    run = run_with_mocks(lambda: pulumi.export("arn", aws.ivs.Channel.get("existing", arn).arn))
    assert run.outputs == {"arn": arn}
    assert run.resource(CHANNEL).id == arn


def test_unmodelled_resources_return_their_inputs() -> None:
    def program() -> None:
        queue = aws.sqs.Queue("jobs", delay_seconds=5)
        pulumi.export("queue", [queue.delay_seconds, queue.url, queue.id])

    delay, url, id_ = run_with_mocks(program).outputs["queue"]
    assert (delay, url) == (5, None)
    assert re.fullmatch(r"jobs-[0-9a-f]{12}", id_)


def test_the_program_gets_the_given_config_project_and_stack() -> None:
    def program() -> None:
        config = pulumi.Config()
        pulumi.export("seen", [config.require_object("channels"), pulumi.get_project(), pulumi.get_stack()])
        pulumi.export("hidden", config.require_secret("token"))

    run = run_with_mocks(
        program,
        config={"video:channels": json.dumps(["a"])},
        secrets={"video:token": "t"},
        project="video",
        stack="prod",
    )
    assert run.outputs == {"seen": [["a"], "video", "prod"], "hidden": Secret("t")}


def test_an_exception_of_a_program_is_raised() -> None:
    def program() -> None:
        raise ZeroDivisionError("here")

    with pytest.raises(ZeroDivisionError, match="here"):
        run_with_mocks(program)


def test_an_assertion_in_an_apply_runs_and_fails_the_test() -> None:
    def check(arn: str) -> None:
        assert arn == "another"

    with pytest.raises(AssertionError, match="another"):
        run_with_mocks(lambda: aws.ivs.Channel("live").arn.apply(check) and None)


def test_a_program_may_be_asynchronous() -> None:
    async def program() -> None:
        await asyncio.sleep(0)
        pulumi.export("arn", aws.ivs.Channel("live").arn)

    assert run_with_mocks(program).outputs["arn"].startswith("arn:aws:ivs:")


def test_nothing_is_left_behind() -> None:
    before = (SETTINGS.monitor, SETTINGS.project, SETTINGS.stack, SETTINGS.dry_run, pulumi.runtime.get_root_resource())
    threads = set(threading.enumerate())
    run_with_mocks(live_program, preview=True, config={"p:a": "1"}, project="p", stack="s")
    with pytest.raises(ZeroDivisionError):
        run_with_mocks(lambda: aws.ivs.Channel("live").arn.apply(lambda _: 1 / 0) and None)
    after = (SETTINGS.monitor, SETTINGS.project, SETTINGS.stack, SETTINGS.dry_run, pulumi.runtime.get_root_resource())
    assert after == before
    assert pulumi.Config("p").get("a") is None
    assert set(threading.enumerate()) <= threads


def test_a_transformation_does_not_affect_the_next_run() -> None:
    def with_transformation() -> None:
        pulumi.runtime.register_stack_transformation(
            lambda args: pulumi.ResourceTransformationResult({**args.props, "name": "changed"}, args.opts)
        )
        aws.ivs.Channel("live")

    assert run_with_mocks(with_transformation).resource(CHANNEL).inputs["name"] == "changed"
    assert "name" not in run_with_mocks(live_program).resource(CHANNEL).inputs


def test_concurrent_runs_are_isolated() -> None:
    def run(name: str) -> MockedRun:
        return run_with_mocks(lambda: pulumi.export("stack", pulumi.get_stack()), stack=name)

    from concurrent.futures import ThreadPoolExecutor

    names = [f"stack-{number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert [run.outputs["stack"] for run in pool.map(run, names)] == names


def test_every_type_with_its_own_module_is_mocked() -> None:
    by_tables = {token for token, make in MODELS.items() if hasattr(make, "table")}
    others = {name for name in MODELS if name.startswith("pulumi:providers:") or ":get" in name}
    own = {f"aws:{name}" for name in ("index/getCallerIdentity:getCallerIdentity", "index/getRegion:getRegion")}
    own |= {"aws:ivs/getStreamKey:getStreamKey"}
    modelled = MODELS.keys() - by_tables - others | own
    assert {*plausible_values.RESOURCES, *plausible_values.FUNCTIONS} == {*modelled, KEY}


def test_a_mocked_type_has_the_outputs_of_its_model() -> None:
    named = plausible_values.Named("live", "seed", "us-east-1", "123456789012")
    for token, make in plausible_values.RESOURCES.items():
        promised = set(getattr(MODELS.get(token), "computed", ()))
        _, outputs = make(named, {"secretId": "arn"})
        assert promised - outputs.keys() <= {"hasValueWo", "hasSecretStringWo", "replicas", "secretArn"}, token
