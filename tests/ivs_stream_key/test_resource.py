import base64

import pulumi
import pulumi.runtime
import pytest
from google.protobuf import json_format
from pulumi.dynamic.dynamic import serialize_provider
from pulumi.runtime.mocks import MockMonitor

from ivs_stream_key import Connection, StreamKey
from ivs_stream_key.aws_config.settings import read
from ivs_stream_key.connection import connection_values
from ivs_stream_key.provider import StreamKeyProvider
from mocked_engine import resolve_outputs
from owners import owner

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"
KEY = "arn:aws:ivs:us-west-2:123456789012:stream-key/abcdABCDefgh"
TYPE = "pulumi-python:dynamic/ivs:StreamKey"
OUTPUTS = {"arn": KEY, "value": "a password", "created_at": "2026-01-01T00:00:00Z", "tags": {"a": "b"}}


class Engine(MockMonitor):
    """A mock monitor that returns given outputs and records the requests, as the real engine gets them."""

    def __init__(self, outputs):
        super().__init__(self)
        self.outputs = outputs
        self.registered = []
        self.read = []

    def RegisterResource(self, request):
        if request.custom:
            self.registered.append(request)
        return super().RegisterResource(request)

    def ReadResource(self, request):
        self.read.append(request)
        return super().ReadResource(request)

    def new_resource(self, args):
        return args.resource_id or KEY, {**args.inputs, **self.outputs}

    def call(self, _args):
        return {}


def run(program, outputs=OUTPUTS, *, preview=False):
    """Run a program; return the engine, and the resolved outputs of the program (see `resolve_outputs`)."""
    engine = Engine(outputs)
    return engine, resolve_outputs(program, engine, preview=preview)


def registration(program, **options):
    engine, _ = run(program, **options)
    (request,) = engine.registered
    return request


def test_type_name_and_inputs_are_those_in_users_states():
    request = registration(
        lambda: (
            StreamKey(
                "live",
                CHANNEL,
                tags={"a": "b"},
                rotation_triggers={"season": 1},
                rotation_days=30,
                existing_key="adopt",
                when_live="stop",
            )
            and None
        )
    )
    assert (request.type, request.name) == (TYPE, "live")
    properties = dict(request.object)
    provider = properties.pop("__provider")
    assert base64.b64decode(provider) == base64.b64decode(serialize_provider(StreamKeyProvider()))
    assert properties == {
        "channel_arn": CHANNEL,
        "tags": {"a": "b"},
        "rotation_triggers": {"season": 1.0},
        "rotation_days": 30.0,
        "existing_key": "adopt",
        "when_live": "stop",
        "owner": owner(project="project", stack="stack", organization="organization"),
    }


def test_only_defaults_and_owner_are_added_to_the_inputs():
    request = registration(lambda: StreamKey("live", CHANNEL) and None)
    assert {k: v for k, v in request.object.items() if k != "__provider"} == {
        "channel_arn": CHANNEL,
        "when_live": "keep",
        "owner": owner(project="project", stack="stack", organization="organization"),
    }


def test_the_value_is_a_secret_output_with_any_options():
    request = registration(
        lambda: StreamKey("live", CHANNEL, opts=pulumi.ResourceOptions(additional_secret_outputs=["tags"])) and None
    )
    assert set(request.additionalSecretOutputs) == {"value", "tags"}


@pytest.mark.parametrize(
    ("tags", "secret"),
    [
        (None, False),
        ({"a": "b"}, False),
        (lambda: {"a": "b", "owner": pulumi.Output.secret("c")}, True),
        (lambda: pulumi.Output.secret({"owner": "c"}), True),
        (lambda: {"a": pulumi.Output.from_input("b")}, False),
        (lambda: pulumi.Output.from_input({"a": "b"}), False),
        (lambda: pulumi.Output.from_input({"a": pulumi.Output.secret("b")}), True),
    ],
)
def test_tags_all_is_secret_if_a_tag_is(tags, secret):
    request = registration(lambda: StreamKey("live", CHANNEL, tags=tags() if callable(tags) else tags) and None)
    assert ("tags_all" in request.additionalSecretOutputs) is secret


def test_delete_before_replace_is_set():
    request = registration(lambda: StreamKey("live", CHANNEL) and None)
    assert request.deleteBeforeReplaceDefined
    assert request.deleteBeforeReplace


def test_a_program_can_choose_create_before_delete():
    options = pulumi.ResourceOptions(delete_before_replace=False)
    request = registration(lambda: StreamKey("live", CHANNEL, opts=options) and None)
    assert request.deleteBeforeReplaceDefined
    assert not request.deleteBeforeReplace


@pytest.mark.parametrize("existing_key", ["adopt", "fail"])
def test_create_before_delete_conflicts_with_adopt(existing_key):
    options = pulumi.ResourceOptions(delete_before_replace=False)
    with pytest.raises(ValueError, match=f"'live': existing_key='{existing_key}' and delete_before_replace=False"):
        run(lambda: StreamKey("live", CHANNEL, existing_key=existing_key, opts=options) and None)


def test_deletion_protection_is_an_input_and_sets_no_protect():
    request = registration(lambda: StreamKey("live", CHANNEL, deletion_protection=True) and None)
    assert request.object["deletion_protection"] is True
    assert not request.protect
    assert "protect" not in request.object


def protected_by_options():
    StreamKey("live", CHANNEL, opts=pulumi.ResourceOptions(protect=True))


def protected_by_its_parent():
    parent = pulumi.ComponentResource("test:index:Parent", "parent", {}, pulumi.ResourceOptions(protect=True))
    StreamKey("live", CHANNEL, opts=pulumi.ResourceOptions(parent=parent))


def protected_by_a_transformation():
    def protect(args):
        options = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True))
        return pulumi.ResourceTransformationResult(args.props, options)

    StreamKey("live", CHANNEL, opts=pulumi.ResourceOptions(transformations=[protect]))


@pytest.mark.parametrize("program", [protected_by_options, protected_by_its_parent, protected_by_a_transformation])
def test_the_provider_receives_protect_from_each_source(program):
    request = registration(program)
    assert request.protect
    assert request.object["protect"] is True
    assert "deletion_protection" not in request.object


def test_protect_false_overrides_the_parents_protection():
    def program():
        parent = pulumi.ComponentResource("test:index:Parent", "parent", {}, pulumi.ResourceOptions(protect=True))
        StreamKey("live", CHANNEL, opts=pulumi.ResourceOptions(parent=parent, protect=False))

    assert "protect" not in registration(program).object


def provider(package):
    return pulumi.ProviderResource(package, "elsewhere")


DECLARATIONS = pytest.mark.parametrize(
    "declare",
    [lambda options: StreamKey("live", CHANNEL, opts=options), lambda options: StreamKey.get("live", KEY, options)],
    ids=["declared", "read"],
)


@DECLARATIONS
@pytest.mark.parametrize(
    ("option", "given"),
    [
        ("provider", lambda: {"provider": provider("aws")}),
        ("providers", lambda: {"providers": [provider("aws")]}),
        ("providers", lambda: {"providers": {"aws": provider("aws")}}),
    ],
    ids=["provider", "list", "mapping"],
)
def test_an_aws_provider_is_refused_with_a_hint_to_connection(declare, option, given):
    message = rf"^StreamKey 'live': expected no option {option}, got one for the package 'aws': .* Pass connection= "
    with pytest.raises(ValueError, match=message):
        run(lambda: declare(pulumi.ResourceOptions(**given())) and None)


@DECLARATIONS
def test_the_import_option_is_refused_with_a_hint_to_the_import_command(declare):
    with pytest.raises(
        ValueError, match=r"^StreamKey 'live': expected no option import_, got one: .*ivs_stream_key import"
    ):
        run(lambda: declare(pulumi.ResourceOptions(import_=KEY)) and None)


@pytest.mark.parametrize("given", [lambda p: {"provider": p}, lambda p: {"providers": [p]}], ids=["provider", "list"])
def test_a_provider_for_dynamic_resources_is_accepted(given):
    def program():
        StreamKey("live", CHANNEL, opts=pulumi.ResourceOptions(**given(provider("pulumi-python"))))

    engine, _ = run(program)
    (request,) = [request for request in engine.registered if request.type == TYPE]
    assert "pulumi:providers:pulumi-python::elsewhere::" in request.provider


def test_an_inherited_aws_provider_is_ignored():
    def program():
        parent = pulumi.ComponentResource(
            "test:index:Parent", "parent", {}, pulumi.ResourceOptions(providers=[provider("aws")])
        )
        StreamKey("live", CHANNEL, opts=pulumi.ResourceOptions(parent=parent))

    engine, _ = run(program)
    (request,) = [request for request in engine.registered if request.type == TYPE]
    assert request.provider == ""


def test_options_of_another_type_are_refused_as_by_any_resource():
    with pytest.raises(TypeError, match="ResourceOptions"):
        run(lambda: StreamKey("live", CHANNEL, opts={"protect": True}) and None)


async def coroutine_of(value):
    return value


def test_every_input_may_be_a_coroutine():
    given = {
        "tags": {"a": "b"},
        "rotation_triggers": {"season": "1"},
        "rotation_days": 30,
        "existing_key": "adopt",
        "when_live": "stop",
    }

    def declared(wrap):
        request = registration(
            lambda: StreamKey("live", wrap(CHANNEL), **{name: wrap(value) for name, value in given.items()}) and None
        )
        return json_format.MessageToDict(request.object)

    assert declared(coroutine_of) == declared(lambda value: value)


def test_a_connection_and_its_values_may_be_coroutines():
    def connection(given):
        request = registration(lambda: StreamKey("live", CHANNEL, connection=given()) and None)
        return json_format.MessageToDict(request.object)["connection"]

    with_secrets = {"profile": "vod", "secret_key": {**SECRET, "value": "s"}}
    assert connection(lambda: coroutine_of({"profile": "vod", "secret_key": "s"})) == with_secrets
    assert connection(lambda: {"profile": coroutine_of("vod"), "secret_key": coroutine_of("s")}) == with_secrets
    assert connection(lambda: coroutine_of('{"profile": "vod"}')) == {**SECRET, "value": '{"profile": "vod"}'}


def test_with_mocks_that_return_only_inputs_computed_outputs_are_none():
    _, found = run(lambda: outputs_of(StreamKey("live", CHANNEL)), outputs={})
    assert (found["arn"][0], found["value"], found["channel_arn"][0]) == (None, (None, True, True), CHANNEL)


def test_the_programs_options_are_kept_and_not_modified():
    options = pulumi.ResourceOptions(protect=True, ignore_changes=["tags"])
    request = registration(lambda: StreamKey("live", CHANNEL, opts=options) and None)
    assert request.protect
    assert list(request.ignoreChanges) == ["tags"]
    assert options.additional_secret_outputs is None
    assert options.delete_before_replace is None


def test_inputs_may_be_outputs_of_other_resources():
    def program():
        channel = pulumi.Output.from_input(CHANNEL)
        StreamKey("live", channel, tags={"a": channel}, existing_key=pulumi.Output.from_input("adopt"))

    properties = registration(program).object
    assert properties["channel_arn"] == properties["tags"]["a"] == CHANNEL


def outputs_of(key):
    names = (
        *("arn", "value", "channel_arn", "tags", "created_at", "rotation_days", "rotation_due_at"),
        *("rotation_triggers", "existing_key", "when_live", "id"),
    )
    return {name: getattr(key, name) for name in names}


def test_the_outputs_are_those_of_the_engine_and_only_the_value_is_secret():
    _, found = run(lambda: outputs_of(StreamKey("live", CHANNEL, tags={"a": "b"})))
    assert {name: value for name, (value, _, _) in found.items()} == {
        "arn": KEY,
        "value": "a password",
        "channel_arn": CHANNEL,
        "tags": {"a": "b"},
        "created_at": "2026-01-01T00:00:00Z",
        "rotation_days": None,
        "rotation_due_at": None,
        "rotation_triggers": None,
        "existing_key": None,
        "when_live": "keep",
        "id": KEY,
    }
    assert [name for name, (_, _, secret) in found.items() if secret] == ["value"]


def test_the_value_is_secret_and_unknown_in_a_preview():
    _, found = run(lambda: outputs_of(StreamKey("live", CHANNEL)), outputs={}, preview=True)
    assert found["value"] == (None, False, True)
    assert found["arn"][1] is False
    assert found["channel_arn"] == (CHANNEL, True, False)


def test_values_derived_from_the_value_are_secret():
    def program():
        key = StreamKey("live", CHANNEL)
        return {"url": pulumi.Output.concat("rtmps://ingest/app/", key.value)}

    _, found = run(program)
    assert found["url"] == ("rtmps://ingest/app/a password", True, True)


def test_get_reads_by_the_arn_and_registers_nothing():
    engine, found = run(
        lambda: outputs_of(StreamKey.get("existing", KEY)),
        outputs={**OUTPUTS, "channel_arn": CHANNEL, "created_at": None},
    )
    assert engine.registered == []
    (request,) = engine.read
    assert (request.type, request.name, request.id) == (TYPE, "existing", KEY)
    assert list(request.properties) == ["__provider"]
    assert list(request.additionalSecretOutputs) == ["value"]
    assert found["value"] == ("a password", True, True)
    assert found["channel_arn"][0] == CHANNEL
    assert found["created_at"][0] is None


def test_get_accepts_an_output_as_arn_and_options():
    def program():
        parent = pulumi.ComponentResource("test:index:Parent", "parent")
        options = pulumi.ResourceOptions(parent=parent, additional_secret_outputs=["arn"])
        StreamKey.get("existing", pulumi.Output.from_input(KEY), options)

    engine, _ = run(program)
    (request,) = engine.read
    assert request.id == KEY
    assert request.parent.endswith("test:index:Parent::parent")
    assert set(request.additionalSecretOutputs) == {"value", "arn"}


def test_the_value_is_not_in_the_repr_of_the_resource():
    shown = []
    run(lambda: shown.append(repr(StreamKey("live", CHANNEL))))
    assert "a password" not in shown[0]


SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}


def test_the_credentials_of_a_connection_reach_the_engine_as_secrets_and_the_rest_as_it_is():
    connection = Connection(profile="vod", access_key="AKIA", secret_key="s3cret", max_retries=3)
    request = registration(lambda: StreamKey("live", CHANNEL, connection=connection) and None)
    assert json_format.MessageToDict(request.object)["connection"] == {
        "profile": "vod",
        "max_retries": 3.0,
        "access_key": {**SECRET, "value": "AKIA"},
        "secret_key": {**SECRET, "value": "s3cret"},
    }


def test_get_reads_through_a_connection():
    engine, _ = run(lambda: StreamKey.get("existing", KEY, connection={"profile": "vod"}) and None)
    (request,) = engine.read
    assert json_format.MessageToDict(request.properties)["connection"] == {"profile": "vod"}


@pulumi.input_type
class ProviderAssumeRoleArgs:
    """A copy of the class in pulumi_aws, which takes seconds to import."""

    def __init__(self, role_arn):
        pulumi.set(self, "role_arn", role_arn)

    @property
    @pulumi.getter(name="roleArn")
    def role_arn(self) -> pulumi.Input[str]:
        return pulumi.get(self, "role_arn")


def test_argument_classes_of_pulumi_aws_work_in_a_connection():
    role = "arn:aws:iam::123456789012:role/vod"

    def program():
        StreamKey("live", CHANNEL, connection={"assume_roles": [ProviderAssumeRoleArgs(role)]})

    connection = json_format.MessageToDict(registration(program).object)["connection"]
    assert connection == {"assume_roles": [{"roleArn": role}]}
    assert [found.arn for found in read(connection_values(connection)).roles] == [role]


@pytest.mark.parametrize(
    ("given", "secret"),
    [
        (lambda secret: {}, None),
        (lambda secret: {"tags": {"a": "b"}, "rotation_days": 3, "when_live": "stop"}, None),
        (lambda secret: {"tags": {"a": secret("b")}, "connection": {"secret_key": "s"}}, None),
        (lambda secret: {"existing_key": pulumi.Output.from_input("adopt")}, None),
        (lambda secret: {"when_live": secret("stop"), "rotation_days": secret(3)}, ["rotation_days", "when_live"]),
        (lambda secret: {"tags": secret({"a": "b"}), "connection": secret("{}")}, ["tags", "connection"]),
        (
            lambda secret: {"channel_arn": secret("x"), "rotation_triggers": secret({"a": 1})},
            ["channel_arn", "rotation_triggers"],
        ),
        (lambda secret: {"existing_key": coroutine_of(secret("adopt"))}, ["existing_key"]),
    ],
)
@pytest.mark.parametrize("preview", [False, True])
def test_the_provider_receives_the_names_of_secret_inputs(given, secret, preview):
    def program():
        inputs = {"channel_arn": CHANNEL, **given(pulumi.Output.secret)}
        StreamKey("live", **inputs)

    registered = json_format.MessageToDict(registration(program, preview=preview).object)
    assert registered.get("secret_inputs") == secret


def test_a_failed_input_fails_only_its_resource():
    def fail(_):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        run(lambda: StreamKey("live", CHANNEL, when_live=pulumi.Output.from_input(1).apply(fail)) and None)
