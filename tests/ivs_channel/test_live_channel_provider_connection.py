"""An explicit provider serves a LiveChannel's key as well as its channel: the key's connection is derived from it."""

import json

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import ResourceOptions
from pulumi.runtime.mocks import MockMonitor

from any_mocks import mocks
from ivs_channel import LiveChannel, LiveChannels, PlaybackRestriction
from ivs_channel.provider_connection import connection_of
from mocked_engine import resolve_outputs

ROLE = "arn:aws:iam::123456789012:role/studio"
ARGUMENTS = {
    "access_key": "a-user",
    "secret_key": "of-the-user",
    "token": "123",
    "region": "eu-west-1",
    "default_tags": {"tags": {"team": "video"}},
    "max_retries": 3,
    "skip_credentials_validation": True,
}


def provider(name="west", **given):
    return aws.Provider(name, region="eu-west-1", skip_credentials_validation=True, **given)


@pytest.mark.slow("starts processes")
@pytest.mark.real("the outputs that the engine returns for a provider, in previews too")
def test_a_key_uses_its_channels_provider_arguments_and_the_first_preview_knows_them(rehearse):
    def program():
        west = aws.Provider("west", **{**ARGUMENTS, "max_retries": pulumi.Output.secret(3)})
        LiveChannel("live", insecure_ingest=True, opts=ResourceOptions(providers=[west]))

    stack = rehearse(program)
    stack.preview()
    stack.up()
    key = stack.resource("StreamKey::live")
    assert key.id.split(":")[3] == "eu-west-1"
    assert key.outputs["tags_all"] == {"team": "video"}
    found = key.outputs["connection"]
    assert {name: getattr(found[name], "value", found[name]) for name in ARGUMENTS} == ARGUMENTS
    assert {name for name in found if str(found[name]) == "[secret]"} == {
        "access_key",
        "max_retries",
        "secret_key",
        "token",
    }
    assert "version" not in key.outputs["connection"]
    assert stack.resource("ChannelSettings::live").outputs["connection"] == key.outputs["connection"]
    # The key does not depend on the provider, so a change of the provider does not affect the order of steps.
    assert stack.resource("west").urn not in key.dependencies


@pytest.mark.slow("a lifecycle of a stack")
def test_provider_arguments_that_are_unknown_in_a_preview_are_known_in_the_up(rehearse):
    def program():
        team = aws.ssm.Parameter("team", type="String", value="video", opts=ResourceOptions())
        west = provider(default_tags={"tags": {"team": team.arn}})
        LiveChannel("live", opts=ResourceOptions(provider=west))

    stack = rehearse(program)
    stack.up()
    team = stack.resource("Parameter::team").outputs["arn"]
    assert stack.resource("StreamKey::live").outputs["tags_all"] == {"team": team}


@pytest.mark.slow("a lifecycle of a stack")
def test_an_explicit_connection_takes_precedence_and_an_empty_one_means_the_environment(rehearse):
    given = {}

    def program():
        west = provider(default_tags={"tags": {"team": "video"}})
        LiveChannel("live", **given, opts=ResourceOptions(providers=[west]))

    given["connection"] = {"default_tags": {"tags": {"team": "audio"}}}
    stack = rehearse(program)
    stack.up()
    assert stack.resource("StreamKey::live").outputs["tags_all"] == {"team": "audio"}
    given["connection"] = {}
    stack.up()
    assert stack.resource("StreamKey::live").outputs["tags_all"] == {}
    # Another connection does not replace the key.
    key = stack.resource("StreamKey::live").id
    del given["connection"]
    assert stack.up().plan == {"StreamKey::live": "update"}
    assert stack.resource("StreamKey::live").id == key


@pytest.mark.slow("a lifecycle of a stack")
def test_shared_resources_of_a_fleet_use_its_provider_too(rehearse):
    def program():
        west = provider(default_tags={"tags": {"team": "video"}})
        LiveChannels(
            "studios",
            {"north": {}},
            ResourceOptions(provider=west),
            defaults={"playback_restriction": PlaybackRestriction(allowed_countries=["CH"])},
        )

    stack = rehearse(program)
    stack.up()
    for name in ("PlaybackRestrictionPolicy::studios", "StreamKey::north", "Channel::north"):
        resource = stack.resource(name)
        assert (resource.outputs.get("tags_all") or resource.outputs["tagsAll"]) == {"team": "video"}
        assert resource.id.split(":")[3] == "eu-west-1"


def resolved_connection(program, mocked=None):
    """Return a connection under mocks: its value, whether it is known, and whether it is secret as a whole."""
    found = resolve_outputs(
        lambda: {"connection": program()}, MockMonitor(mocked or mocks(lambda args: (args.name, args.inputs)))
    )
    return found["connection"]


def test_roles_and_other_nested_arguments_are_passed_on_unchanged():
    value, known, secret = resolved_connection(
        lambda: connection_of(
            provider(assume_roles=[{"role_arn": ROLE, "external_id": "x"}], endpoints=[{"ivs": "https://ivs"}]), "x"
        )
    )
    assert (known, secret) == (True, False)
    assert value["assume_roles"] == [{"role_arn": ROLE, "external_id": "x"}]
    assert value["endpoints"] == [{"ivs": "https://ivs"}]
    assert value["skip_credentials_validation"] is True


def test_the_arguments_of_a_provider_are_requested_once():
    def program():
        west = provider()
        assert connection_of(west, "one") is connection_of(west, "two")
        return connection_of(west, "one")

    assert resolved_connection(program)[0]["region"] == "eu-west-1"


def test_an_argument_with_invalid_json_is_left_to_the_connections_checks():
    mocked = mocks(lambda args: (args.name, {**args.inputs, "maxRetries": "many", "profile": "7", "insecure": True}))
    value = resolved_connection(lambda: connection_of(provider(max_retries=1), "x"), mocked)[0]
    assert (value["max_retries"], value["profile"], value["insecure"]) == ("many", "7", True)


def test_mocks_without_provider_outputs_give_an_empty_connection():
    assert resolved_connection(lambda: connection_of(provider(), "x"), mocks(lambda args: (args.name, {})))[0] == {}


def test_an_unknown_provider_is_an_error_with_a_remedy():
    class UnknownProvider(MockMonitor):
        def Invoke(self, request):
            raise RuntimeError(json.dumps({"unknown": request.tok, "secretKey": "of-the-user"}))

    with pytest.raises(pulumi.RunError) as raised:
        resolve_outputs(
            lambda: {"connection": connection_of(provider(secret_key="of-the-user"), "LiveChannel 'live'")},
            UnknownProvider(mocks(lambda args: (args.name, args.inputs))),
        )
    text = str(raised.value)
    assert text.startswith("LiveChannel 'live': the connection of its stream key cannot be derived from the provider")
    assert "Give connection= with the arguments of that provider" in text
    assert "of-the-user" not in text
