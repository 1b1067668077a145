"""Typical Pulumi mocks: their results for resources and invokes."""

import asyncio
import threading

import pulumi
from pulumi.runtime.mocks import Mocks

# Names, in the engine's spelling, of all outputs of StreamKey, LiveChannel and aws.ivs.Channel.
OUTPUT_NAMES = [
    "arn",
    "authorized",
    "channel_arn",
    "connection",
    "containerFormat",
    "created_at",
    "deletion_protection",
    "existing_key",
    "ingestEndpoint",
    "insecureIngest",
    "latencyMode",
    "name",
    "owner_tag",
    "playbackUrl",
    "preset",
    "recordingConfigurationArn",
    "region",
    "rotation_days",
    "rotation_due_at",
    "rotation_schedule",
    "rotation_triggers",
    "tags",
    "tagsAll",
    "tags_all",
    "type",
    "value",
    "when_live",
]


def _raises(_args):
    raise RuntimeError("these mocks implement no call")


def mocks(new_resource, call=lambda _args: {}):
    """Return Pulumi mocks whose methods are these functions."""
    methods = {"new_resource": lambda _self, args: new_resource(args), "call": lambda _self, args: call(args)}
    return type("GivenMocks", (Mocks,), methods)()


MOCKS = {
    "inputs": mocks(lambda args: (f"{args.name}_id", args.inputs)),
    "inputs-as-list": mocks(lambda args: [f"{args.name}_id", args.inputs]),
    "no-outputs": mocks(lambda args: (f"{args.name}_id", {})),
    "none-outputs": mocks(lambda args: (f"{args.name}_id", dict.fromkeys(OUTPUT_NAMES))),
    "no-id": mocks(lambda args: (None, args.inputs)),
    "empty-id": mocks(lambda args: ("", args.inputs)),
    "no-id-no-outputs": mocks(lambda _args: (None, {})),
    "only-arn": mocks(lambda args: (args.name, {**args.inputs, "arn": f"{args.name}-arn"})),
    "empty-strings": mocks(lambda args: (args.name, {**args.inputs, "arn": "", "ingestEndpoint": "", "value": ""})),
    "calls-raise": mocks(lambda args: (f"{args.name}_id", args.inputs), _raises),
    "calls-return-none": mocks(lambda args: (f"{args.name}_id", args.inputs), lambda _args: None),
}


def run_as_test(mocks_, function, *, preview=False):
    """Run a function as Pulumi's testing guide shows: decorated with `pulumi.runtime.test`, after `set_mocks`."""
    failed = []

    def run_in_thread():
        asyncio.set_event_loop(asyncio.new_event_loop())
        try:
            pulumi.runtime.configure(pulumi.runtime.Settings("project", "stack"))
            pulumi.runtime.set_mocks(mocks_, preview=preview)
            pulumi.runtime.test(function)()
        except BaseException as error:  # noqa: BLE001 - raised again in the test's thread
            failed.append(error)
        finally:
            asyncio.get_event_loop().close()

    thread = threading.Thread(target=run_in_thread, daemon=True)
    thread.start()
    thread.join(timeout=60)
    assert not thread.is_alive(), "the test hangs"
    if failed:
        raise failed[0]
