import asyncio
from importlib.metadata import version

import pulumi
import pulumi.runtime
import pulumi_aws
import pytest
from google.protobuf.json_format import MessageToDict
from pulumi.runtime.mocks import MockMonitor

from ivs_channel import LiveChannel, LiveChannelArgs
from mocked_engine import resolve_outputs
from owners import owner

COMPONENT_TYPE = "ivs:index:LiveChannel"
CHANNEL_TYPE = "aws:ivs/channel:Channel"
KEY_TYPE = "pulumi-python:dynamic/ivs:StreamKey"

CHANNEL = "arn:aws:ivs:eu-west-1:123456789012:channel/abcdABCDefgh"
KEY = "arn:aws:ivs:eu-west-1:123456789012:stream-key/abcdABCDefgh"
RECORDING = "arn:aws:ivs:eu-west-1:123456789012:recording-configuration/abcdABCDefgh"
ENDPOINT = "a1b2c3.global-contribute.live-video.net"
PLAYBACK = "https://a1b2c3.eu-west-1.playback.live-video.net/api/video/v1/eu-west-1.123456789012.channel.abcd.m3u8"
OUTPUTS = {
    CHANNEL_TYPE: {"arn": CHANNEL, "ingestEndpoint": ENDPOINT, "playbackUrl": PLAYBACK},
    KEY_TYPE: {"arn": KEY, "value": "a password"},
}
NAMES = ("channel_arn", "playback_url", "ingest_endpoint", "ingest_url", "stream_key_arn", "stream_key")
SDK = tuple(map(int, version("pulumi").split(".")[:2]))
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SIGNATURE = "4dabf18193072939515e22adb298388d"
SECRET = "1b47061264138c4ac30d75fd1eb44270"

CHANNEL_ARGUMENTS = {
    "authorized": True,
    "latency_mode": "NORMAL",
    "name": "the show",
    "recording_configuration_arn": RECORDING,
    "region": "eu-west-1",
    "tags": {"team": "live"},
    "type": "BASIC",
}
KEY_ARGUMENTS = {
    "tags": {"team": "live"},
    "rotation_triggers": {"season": "1"},
    "rotation_days": 90,
    "rotation_schedule": {"phase": 3},
    "existing_key": "adopt",
    "when_live": "fail",
    "connection": {"profile": "other"},
    "deletion_protection": True,
}
ARGUMENTS = {**CHANNEL_ARGUMENTS, **KEY_ARGUMENTS}
# The inputs that StreamKey adds: defaults, and its owner.
KEY_DEFAULTS = {"when_live": "keep"}
OWNER = {
    "owner": owner(project="project", stack="stack", organization="organization", parents="ivs:index:LiveChannel$")
}


class Engine(MockMonitor):
    """A mock monitor that returns outputs by type and records the requests, as the real engine gets them."""

    def __init__(self, outputs):
        super().__init__(self)
        self.outputs = outputs
        self.requests = []
        self.component_outputs = []

    def RegisterResource(self, request):
        self.requests.append(request)
        return super().RegisterResource(request)

    def RegisterResourceOutputs(self, request):
        if f"::{COMPONENT_TYPE}::" in request.urn or f"${COMPONENT_TYPE}::" in request.urn:
            self.component_outputs.append(MessageToDict(request.outputs))
        return super().RegisterResourceOutputs(request)

    def new_resource(self, args):
        return f"{args.name}-id", {**args.inputs, **self.outputs.get(args.typ, {})}

    def call(self, _args):
        return {}

    def request_of(self, type_):
        (request,) = [request for request in self.requests if request.type == type_]
        return request

    def urn(self, type_, name):
        (urn,) = [urn for urn in self.resources if urn.endswith(f"{type_}::{name}")]
        return urn


def run(program, *, preview=False):
    """Run a program; return the engine, and the resolved outputs of the program (see `resolve_outputs`)."""
    engine = Engine({} if preview else OUTPUTS)
    return engine, resolve_outputs(program, engine, preview=preview)


def engine_of(program):
    engine, _ = run(program)
    return engine


def live_channel(**options):
    """Run a program with one LiveChannel, "live", with resource options; return the engine."""
    return engine_of(lambda: LiveChannel("live", opts=pulumi.ResourceOptions(**options)) and None)


def inputs_of(request):
    return {name: value for name, value in MessageToDict(request.object).items() if name != "__provider"}


def outputs_of(live):
    return {name: getattr(live, name) for name in NAMES}


BOTH_WAYS = pytest.mark.parametrize(
    "declare",
    [lambda **given: LiveChannel("live", LiveChannelArgs(**given)), lambda **given: LiveChannel("live", **given)],
    ids=["object", "by-name"],
)


def test_type_token_and_names_are_those_in_users_states():
    engine = engine_of(lambda: LiveChannel("live") and None)
    assert [(r.type, r.name, r.custom) for r in engine.requests if r.type != "pulumi:pulumi:Stack"] == [
        (COMPONENT_TYPE, "live", False),
        (CHANNEL_TYPE, "live", True),
        (KEY_TYPE, "live", True),
    ]
    component = engine.urn(COMPONENT_TYPE, "live")
    assert engine.request_of(CHANNEL_TYPE).parent == engine.request_of(KEY_TYPE).parent == component


@BOTH_WAYS
def test_the_channel_gets_every_argument_of_pulumi_aws(declare):
    engine = engine_of(lambda: declare(**ARGUMENTS) and None)
    assert inputs_of(engine.request_of(CHANNEL_TYPE)) == {
        "authorized": True,
        "latencyMode": "NORMAL",
        "name": "the show",
        "recordingConfigurationArn": RECORDING,
        "region": "eu-west-1",
        "tags": {"team": "live"},
        "type": "BASIC",
    }


@BOTH_WAYS
def test_the_key_refers_to_the_channel_and_gets_the_stream_key_arguments(declare):
    engine = engine_of(lambda: declare(**ARGUMENTS) and None)
    assert inputs_of(engine.request_of(KEY_TYPE)) == {"channel_arn": CHANNEL, **KEY_ARGUMENTS, **OWNER}


def test_without_arguments_awss_defaults_apply_and_an_existing_key_is_replaced():
    engine = engine_of(lambda: LiveChannel("live") and None)
    assert inputs_of(engine.request_of(CHANNEL_TYPE)) == {}
    assert inputs_of(engine.request_of(KEY_TYPE)) == {"channel_arn": CHANNEL, **KEY_DEFAULTS, **OWNER}


@BOTH_WAYS
def test_arguments_may_be_outputs_or_contain_outputs(declare):
    def program():
        team = pulumi.Output.from_input("live")
        declare(
            name=team,
            tags=pulumi.Output.from_input({"team": team}),
            rotation_triggers={"season": team},
            existing_key=pulumi.Output.from_input("adopt"),
        )

    engine = engine_of(program)
    assert inputs_of(engine.request_of(CHANNEL_TYPE)) == {"name": "live", "tags": {"team": "live"}}
    assert inputs_of(engine.request_of(KEY_TYPE)) == {
        "channel_arn": CHANNEL,
        "tags": {"team": "live"},
        "rotation_triggers": {"season": "live"},
        "existing_key": "adopt",
        "when_live": "keep",
        **OWNER,
    }


async def coroutine_of(value):
    return value


@BOTH_WAYS
@pytest.mark.parametrize(
    "tags",
    [
        lambda: coroutine_of({"team": "live"}),
        lambda: {"team": coroutine_of("live")},
        lambda: asyncio.ensure_future(coroutine_of({"team": "live"})),
    ],
    ids=["coroutine", "inside", "task"],
)
def test_tags_from_a_coroutine_reach_channel_and_key(declare, tags):
    engine = engine_of(lambda: declare(tags=tags(), rotation_triggers={"season": coroutine_of("1")}) and None)
    assert (
        inputs_of(engine.request_of(CHANNEL_TYPE))["tags"]
        == inputs_of(engine.request_of(KEY_TYPE))["tags"]
        == {"team": "live"}
    )
    assert inputs_of(engine.request_of(KEY_TYPE))["rotation_triggers"] == {"season": "1"}


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_every_argument_may_be_a_coroutine_in_an_object_shared_by_several_channels():
    def program():
        args = LiveChannelArgs(**{name: coroutine_of(value) for name, value in ARGUMENTS.items()})
        for name in ("one", "two"):
            LiveChannel(name, args)

    engine = engine_of(program)
    plain = engine_of(lambda: [LiveChannel(name, **ARGUMENTS) for name in ("one", "two")] and None)

    def declared_resources(engine):
        # A connection that is a coroutine is secret as a whole.
        found = [(r.type, r.name, {**inputs_of(r), "connection": None}) for r in engine.requests if r.custom]
        return sorted(found, key=lambda one: one[:2])

    assert declared_resources(engine) == declared_resources(plain)


def test_an_arguments_object_can_be_shared_and_is_not_modified():
    args = LiveChannelArgs(type="BASIC", tags={"team": "live"})
    engine = engine_of(lambda: [LiveChannel(name, args) for name in ("one", "two")] and None)
    channels = [r for r in engine.requests if r.type == CHANNEL_TYPE]
    assert sorted(r.name for r in channels) == ["one", "two"]
    assert [inputs_of(r) for r in channels] == [{"type": "BASIC", "tags": {"team": "live"}}] * 2
    assert args == LiveChannelArgs(type="BASIC", tags={"team": "live"})


def test_the_outputs_are_those_of_the_children_and_only_the_key_is_secret():
    _, found = run(lambda: outputs_of(LiveChannel("live")))
    assert {name: value for name, (value, _, _) in found.items()} == {
        "channel_arn": CHANNEL,
        "playback_url": PLAYBACK,
        "ingest_endpoint": ENDPOINT,
        "ingest_url": "rtmps://a1b2c3.global-contribute.live-video.net:443/app/",
        "stream_key_arn": KEY,
        "stream_key": "a password",
    }
    assert [name for name, (_, _, secret) in found.items() if secret] == ["stream_key"]


def test_the_outputs_are_registered_and_the_key_is_secret():
    (registered,) = engine_of(lambda: LiveChannel("live") and None).component_outputs
    assert registered.pop("stream_key") == {SIGNATURE: SECRET, "value": "a password"}
    assert registered == {
        "channel_arn": CHANNEL,
        "playback_url": PLAYBACK,
        "ingest_endpoint": ENDPOINT,
        "ingest_url": f"rtmps://{ENDPOINT}:443/app/",
        "stream_key_arn": KEY,
    }


def test_with_mocks_that_return_only_inputs_computed_outputs_are_none():
    engine = Engine({})
    found = resolve_outputs(lambda: outputs_of(LiveChannel("live")), engine)
    assert found == {name: (None, True, name == "stream_key") for name in NAMES}


def test_in_a_preview_of_a_new_channel_outputs_are_unknown_and_the_key_is_secret():
    engine, found = run(lambda: outputs_of(LiveChannel("live")), preview=True)
    assert found == {name: (None, False, name == "stream_key") for name in NAMES}
    (registered,) = engine.component_outputs
    # Before 3.261, Pulumi's SDK could not mark an unknown value as secret.
    unknown_secret = {SIGNATURE: SECRET, "value": UNKNOWN} if SDK >= (3, 261) else UNKNOWN
    assert registered.pop("stream_key") == unknown_secret
    assert registered == dict.fromkeys(registered, UNKNOWN)
    assert inputs_of(engine.request_of(KEY_TYPE)) == {"channel_arn": UNKNOWN, **KEY_DEFAULTS, **OWNER}


def test_the_children_are_public_attributes():
    def program():
        live = LiveChannel("live", tags={"team": "live"})
        return {"id": live.channel.id, "tags": live.channel.tags, "channel": live.key.channel_arn}

    _, found = run(program)
    assert {name: value for name, (value, _, _) in found.items()} == {
        "id": "live-id",
        "tags": {"team": "live"},
        "channel": CHANNEL,
    }


def test_the_key_depends_on_the_channel():
    engine = engine_of(lambda: LiveChannel("live") and None)
    channel = engine.urn(CHANNEL_TYPE, "live")
    request = engine.request_of(KEY_TYPE)
    assert list(request.dependencies) == list(request.propertyDependencies["channel_arn"].urns) == [channel]


def test_the_key_has_no_deleted_with_option():
    assert engine_of(lambda: LiveChannel("live") and None).request_of(KEY_TYPE).deletedWith == ""


@pytest.mark.parametrize(
    "options",
    [
        lambda aws: {"provider": aws},
        lambda aws: {"providers": [aws]},
        lambda aws: {"providers": {"aws": aws}},
    ],
    ids=["provider", "list", "mapping"],
)
def test_an_explicit_provider_applies_to_the_channel_and_not_to_the_key(options):
    def program():
        aws = pulumi_aws.Provider("elsewhere", region="eu-west-1")
        LiveChannel("live", opts=pulumi.ResourceOptions(**options(aws)))

    engine = engine_of(program)
    assert (
        engine.request_of(CHANNEL_TYPE).provider == f"{engine.urn('pulumi:providers:aws', 'elsewhere')}::elsewhere-id"
    )
    assert engine.request_of(KEY_TYPE).provider == ""


def test_the_channel_inherits_the_provider_of_the_components_parent():
    def program():
        aws = pulumi_aws.Provider("elsewhere", region="eu-west-1")
        platform = pulumi.ComponentResource("test:index:Platform", "all", {}, pulumi.ResourceOptions(providers=[aws]))
        LiveChannel("live", opts=pulumi.ResourceOptions(parent=platform))

    engine = engine_of(program)
    assert engine.request_of(CHANNEL_TYPE).provider.endswith("::elsewhere::elsewhere-id")
    assert engine.request_of(COMPONENT_TYPE).parent == engine.urn("test:index:Platform", "all")


def by_options():
    LiveChannel("live", opts=pulumi.ResourceOptions(protect=True))


def by_a_parent():
    parent = pulumi.ComponentResource("test:index:Parent", "parent", {}, pulumi.ResourceOptions(protect=True))
    LiveChannel("live", opts=pulumi.ResourceOptions(parent=parent))


def by_a_transformation(*types):
    def protect(args):
        if args.type_ not in types:
            return None
        options = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True))
        return pulumi.ResourceTransformationResult(args.props, options)

    return lambda: LiveChannel("live", opts=pulumi.ResourceOptions(transformations=[protect]))


PROTECTED = pytest.mark.parametrize(
    "program",
    [by_options, by_a_parent, by_a_transformation(COMPONENT_TYPE), by_a_transformation(CHANNEL_TYPE)],
    ids=["options", "parent", "transformation", "transformation-of-the-channel"],
)


@PROTECTED
def test_where_the_channel_is_protected_the_key_can_rotate_and_cannot_be_deleted(program):
    engine = engine_of(lambda: program() and None)
    assert engine.request_of(CHANNEL_TYPE).protect
    key = engine.request_of(KEY_TYPE)
    assert key.HasField("protect")
    assert not key.protect
    assert inputs_of(key)["deletion_protection"] is True
    assert "protect" not in inputs_of(key)


@pytest.mark.parametrize("protect", [False, None])
def test_an_unprotected_channel_has_an_unprotected_key(protect):
    engine = live_channel(protect=protect)
    key = engine.request_of(KEY_TYPE)
    assert not engine.request_of(CHANNEL_TYPE).protect
    assert key.HasField("protect") is (protect is not None)
    assert not key.protect
    assert "deletion_protection" not in inputs_of(key)


@pytest.mark.parametrize("protect", [True, False])
@pytest.mark.parametrize("protection", [True, False])
def test_an_explicit_deletion_protection_wins(protect, protection):
    options = pulumi.ResourceOptions(protect=protect)
    engine = engine_of(lambda: LiveChannel("live", deletion_protection=protection, opts=options) and None)
    assert engine.request_of(CHANNEL_TYPE).protect is protect
    assert inputs_of(engine.request_of(KEY_TYPE))["deletion_protection"] is protection
    assert not engine.request_of(KEY_TYPE).protect


def test_the_children_wait_for_what_the_component_depends_on():
    def program():
        first = LiveChannel("first")
        recording = pulumi_aws.ivs.PlaybackKeyPair("pair", public_key="…")
        LiveChannel("live", opts=pulumi.ResourceOptions(depends_on=[first, recording]))

    engine = engine_of(program)
    dependencies = {
        engine.urn(CHANNEL_TYPE, "first"),
        engine.urn(KEY_TYPE, "first"),
        engine.urn("aws:ivs/playbackKeyPair:PlaybackKeyPair", "pair"),
    }
    children = {r.type: set(r.dependencies) for r in engine.requests if r.name == "live" and r.custom}
    assert children == {CHANNEL_TYPE: dependencies, KEY_TYPE: dependencies | {engine.urn(CHANNEL_TYPE, "live")}}


def test_dependents_of_the_component_wait_for_its_children():
    def program():
        live = LiveChannel("live")
        pulumi_aws.ivs.PlaybackKeyPair("pair", public_key="…", opts=pulumi.ResourceOptions(depends_on=[live]))

    engine = engine_of(program)
    assert set(engine.request_of("aws:ivs/playbackKeyPair:PlaybackKeyPair").dependencies) == {
        engine.urn(CHANNEL_TYPE, "live"),
        engine.urn(KEY_TYPE, "live"),
    }


def test_aliases_are_passed_for_the_component_alone():
    engine = live_channel(aliases=[pulumi.Alias(name="before")])
    assert [alias.spec.name for alias in engine.request_of(COMPONENT_TYPE).aliases] == ["before"]
    for child in (engine.request_of(CHANNEL_TYPE), engine.request_of(KEY_TYPE)):
        assert child.name == engine.request_of(COMPONENT_TYPE).name
        assert list(child.aliases) == []


def test_transformations_of_the_component_see_the_children_and_change_their_options():
    seen = []

    def ignore_tags(args):
        seen.append(args.type_)
        if args.type_ == CHANNEL_TYPE:
            options = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(ignore_changes=["tags"]))
            return pulumi.ResourceTransformationResult(args.props, options)
        return None

    engine = live_channel(transformations=[ignore_tags])
    assert seen == [COMPONENT_TYPE, CHANNEL_TYPE, KEY_TYPE]
    assert list(engine.request_of(CHANNEL_TYPE).ignoreChanges) == ["tags"]


def test_options_for_a_single_resources_operations_are_not_passed_on():
    engine = live_channel(ignore_changes=["tags"], delete_before_replace=False, replace_on_changes=["*"])
    for child in (engine.request_of(CHANNEL_TYPE), engine.request_of(KEY_TYPE)):
        assert list(child.ignoreChanges) == list(child.replaceOnChanges) == []
    assert not engine.request_of(CHANNEL_TYPE).deleteBeforeReplaceDefined
    assert engine.request_of(KEY_TYPE).deleteBeforeReplace


FORMS = pytest.mark.parametrize(
    "form",
    [
        lambda options: options,
        lambda options: lambda opts: pulumi.ResourceOptions.merge(opts, options),
    ],
    ids=["options", "function"],
)


@FORMS
@pytest.mark.parametrize(
    ("argument", "given_to", "kept_from"),
    [("channel_options", CHANNEL_TYPE, KEY_TYPE), ("key_options", KEY_TYPE, CHANNEL_TYPE)],
)
def test_options_of_one_child_are_in_its_registration_alone(form, argument, given_to, kept_from):
    options = pulumi.ResourceOptions(
        ignore_changes=["tags"], custom_timeouts=pulumi.CustomTimeouts(create="5m", update="6m", delete="7m")
    )
    engine = engine_of(lambda: LiveChannel("live", **{argument: form(options)}) and None)
    child, other = engine.request_of(given_to), engine.request_of(kept_from)
    assert list(child.ignoreChanges) == ["tags"]
    timeouts = child.customTimeouts
    assert (timeouts.create, timeouts.update, timeouts.delete) == ("5m", "6m", "7m")
    assert list(other.ignoreChanges) == []
    assert other.customTimeouts.delete == ""
    # The options that the component sets still apply.
    assert child.parent == engine.urn(COMPONENT_TYPE, "live")


def test_transforms_are_left_to_the_engine():
    engine = live_channel(transforms=[lambda args: None])
    assert len(engine.request_of(COMPONENT_TYPE).transforms) == 1
    for child in (engine.request_of(CHANNEL_TYPE), engine.request_of(KEY_TYPE)):
        assert list(child.transforms) == []


def test_retain_on_delete_is_left_to_the_engine():
    engine = live_channel(retain_on_delete=True)
    assert engine.request_of(COMPONENT_TYPE).retainOnDelete
    for child in (engine.request_of(CHANNEL_TYPE), engine.request_of(KEY_TYPE)):
        assert not child.HasField("retainOnDelete")


def test_the_programs_options_are_not_modified():
    options = pulumi.ResourceOptions(protect=True)
    engine_of(lambda: LiveChannel("live", opts=options) and None)
    assert (options.parent, options.depends_on) == (None, None)


def test_invalid_arguments_register_nothing():
    errors = []

    def program():
        for given in ({"latencymode": "LOW"}, {"args": LiveChannelArgs(), "name": "live"}, {"args": {"name": "live"}}):
            with pytest.raises(TypeError, match=r"^LiveChannel 'live': ") as error:
                LiveChannel("live", **given)
            errors.append(str(error.value))

    engine = engine_of(program)
    assert len(errors) == 3
    assert [r.type for r in engine.requests if r.type != "pulumi:pulumi:Stack"] == []


def test_opts_of_another_type_are_refused_as_by_any_resource():
    with pytest.raises(TypeError, match="ResourceOptions"):
        run(lambda: LiveChannel("live", opts={"protect": True}) and None)


def test_the_key_is_not_in_the_repr_of_the_component():
    shown = []
    run(lambda: shown.append(repr(LiveChannel("live"))))
    assert "a password" not in shown[0]
