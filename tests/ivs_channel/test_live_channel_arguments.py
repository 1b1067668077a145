import inspect
from typing import get_overloads

import pulumi
import pulumi_aws.ivs
import pytest
from pulumi._types import is_input_type

import ivs_stream_key
from ivs_channel import LiveChannel, LiveChannelArgs
from ivs_channel.arguments import SETTINGS, merge_arguments

OPTIONS = pulumi.ResourceOptions(protect=True)
ARGS = LiveChannelArgs(name="live", tags={"team": "live"})
NAMES = set(vars(LiveChannelArgs()))
# The arguments of neither Channel nor StreamKey.
COMPONENT_ARGUMENTS = {
    "channel_options",
    "key_options",
    "playback_authorization",
    "playback_restriction",
    "publish_to",
    "recording",
    "srt",
}


def merged(*positional, args=None, opts=None, **inputs):
    return merge_arguments("live", positional, args, opts, inputs)


@pytest.mark.parametrize(
    ("positional", "named"),
    [
        ((ARGS, OPTIONS), {}),
        ((ARGS,), {"opts": OPTIONS}),
        ((), {"args": ARGS, "opts": OPTIONS}),
        ((OPTIONS,), {"args": ARGS}),
        ((OPTIONS,), {"name": "live", "tags": {"team": "live"}}),
        ((None, OPTIONS), {"name": "live", "tags": {"team": "live"}}),
        ((), {"name": "live", "tags": {"team": "live"}, "opts": OPTIONS}),
    ],
)
def test_every_calling_convention_of_pulumi_aws_gives_the_same_result(positional, named):
    args, opts = merged(*positional, **named)
    assert args == ARGS
    assert opts is OPTIONS


def test_arguments_and_options_are_optional():
    assert merged() == (LiveChannelArgs(), None)
    assert merged(ARGS, None) == (ARGS, None)


@pytest.mark.parametrize(
    ("positional", "named", "message"),
    [
        ((), {"latencymode": "LOW"}, "there is no argument latencymode. Did you mean latency_mode?"),
        (
            (),
            {"zzz": 1},
            "there is no argument zzz. There are authorized, .*connection, deletion_protection, .*and opts",
        ),
        ((ARGS,), {"name": "x", "type": "BASIC"}, "got both: name, type by name. Put these into the LiveChannelArgs"),
        ((ARGS,), {"zzz": 1}, "got both: zzz by name"),
        (({"name": "x"},), {}, "expected args to be a LiveChannelArgs, got a dict. Pass a LiveChannelArgs"),
        ((), {"args": pulumi_aws.ivs.ChannelArgs()}, "got a ChannelArgs"),
        ((), {"args": OPTIONS}, "expected args to be a LiveChannelArgs, got a ResourceOptions"),
        ((ARGS,), {"args": ARGS}, "each once, got a LiveChannelArgs too"),
        ((OPTIONS,), {"opts": OPTIONS}, "each once, got a ResourceOptions too"),
        ((ARGS, OPTIONS, "x"), {}, "each once, got a str too"),
    ],
)
def test_errors_about_how_arguments_are_passed_include_a_remedy(positional, named, message):
    with pytest.raises(TypeError, match=f"^LiveChannel 'live': .*{message}"):
        merged(*positional, **named)


def test_an_unknown_argument_of_the_object_is_a_type_error():
    with pytest.raises(TypeError, match="unexpected keyword argument 'latencymode'"):
        LiveChannelArgs(latencymode="LOW")


def test_the_object_is_an_input_type_of_pulumi_and_can_be_changed():
    args = LiveChannelArgs(name="before")
    args.name = "after"
    assert is_input_type(LiveChannelArgs)
    assert args == LiveChannelArgs(name="after")
    assert args != LiveChannelArgs(name="before")


def test_arguments_that_may_hold_secrets_are_in_no_repr():
    secret = {"secret_key": "hunter2"}
    text = repr(LiveChannelArgs(name="live", connection=secret, tags=secret, rotation_triggers=secret))
    assert "hunter2" not in text
    assert "name='live'" in text


def test_every_argument_but_existing_key_and_when_live_defaults_to_awss_default():
    assert {name: value for name, value in vars(LiveChannelArgs()).items() if value is not None} == {
        "when_live": "keep",
        "srt": False,
    }


def parameters(function):
    return {name for name in inspect.signature(function).parameters if name not in {"self", "__self__"}}


def test_canary_a_live_channel_has_every_channel_argument_of_pulumi_aws():
    missing = parameters(pulumi_aws.ivs.ChannelArgs.__init__) - NAMES
    assert not missing, f"aws.ivs.Channel has {missing} now: give them to LiveChannelArgs, LiveChannel and the README"


def test_the_arguments_are_those_of_channel_stream_key_and_component():
    channel = parameters(pulumi_aws.ivs.ChannelArgs.__init__)
    key = parameters(ivs_stream_key.StreamKey.__init__) - {"resource_name", "channel_arn", "opts"}
    assert channel | key | set(SETTINGS) | COMPONENT_ARGUMENTS == NAMES


def test_keyword_arguments_are_those_of_the_object():
    _, by_name = get_overloads(LiveChannel.__init__)
    assert parameters(by_name) - {"resource_name", "opts"} == NAMES
