"""The lifecycle of a LiveChannel in rehearsal: the effects of its options, and what a broadcast prevents."""

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import Alias, ResourceOptions

import moto_ivs
from ivs_channel import LiveChannel, LiveChannelArgs
from ivs_stream_key import Connection
from rehearsal.testing import OperationFailed


class Program:
    """A stack whose program calls `declare`."""

    def __init__(self, rehearse, **options):
        self.declare = lambda: None
        self.stack = rehearse(self._run, **options)

    def _run(self):
        self.declare()

    def up(self, declare):
        self.declare = declare
        return self.stack.up()


@pytest.fixture
def program(rehearse):
    return Program(rehearse)


@pytest.mark.real("the component's whole lifecycle")
def test_a_lifecycle_of_create_update_and_destroy(program):
    up = program.up(lambda: LiveChannel("live", latency_mode="LOW", tags={"a": "1"}))
    assert up.plan == {"LiveChannel::live": "create", "Channel::live": "create", "StreamKey::live": "create"}
    key = program.stack.resource("StreamKey::live").id
    up = program.up(lambda: LiveChannel("live", LiveChannelArgs(latency_mode="NORMAL", tags={"a": "2"})))
    assert up.plan == {"Channel::live": "update", "StreamKey::live": "update"}
    assert program.stack.resource("StreamKey::live").id == key
    (component,) = [r for r in program.stack.resources() if r.type == "ivs:index:LiveChannel"]
    assert program.stack.is_secret(component.urn, "stream_key")
    assert component.outputs["ingest_url"] == f"rtmps://{component.outputs['ingest_endpoint']}:443/app/"


@pytest.mark.slow("several operations of a stack with LiveChannels")
@pytest.mark.real("an explicit provider with secrets in its configuration")
@pytest.mark.parametrize("option", ["provider", "providers", "providers by name"])
def test_an_explicit_provider_sets_the_region_of_channel_and_key(program, option):
    def declare():
        west = aws.Provider(
            "west", region="eu-west-1", access_key="a", secret_key="b", skip_credentials_validation=True
        )
        given = {"provider": west} if option == "provider" else {"providers": [west]}
        given = {"providers": {"aws": west}} if option == "providers by name" else given
        connection = Connection(access_key="a", secret_key="b")
        LiveChannel("live", connection=connection, opts=ResourceOptions(**given))

    program.up(declare)
    channel, key = program.stack.resource("Channel::live"), program.stack.resource("StreamKey::live")
    assert "::west::" in channel.provider
    assert channel.id.split(":")[3] == key.id.split(":")[3] == "eu-west-1"


@pytest.mark.slow("several operations of a stack with LiveChannels")
@pytest.mark.real("aliases of a component reach its children")
def test_an_alias_renames_the_component_its_channel_and_its_key(program):
    program.up(lambda: LiveChannel("live", name="studio"))
    ids = {name: program.stack.resource(f"{name}::live").id for name in ("Channel", "StreamKey")}
    up = program.up(lambda: LiveChannel("main", name="studio", opts=ResourceOptions(aliases=[Alias(name="live")])))
    assert up.has_no_replacements()
    assert {name: program.stack.resource(f"{name}::main").id for name in ids} == ids
    # The alias is not needed any more.
    program.up(lambda: LiveChannel("main", name="studio")).has_no_changes()


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_a_component_moves_below_another_with_its_key(program):
    class Studio(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("test:index:Studio", name)
            root = Alias(parent=pulumi.ROOT_STACK_RESOURCE)
            LiveChannel("live", name="studio", opts=ResourceOptions(parent=self, aliases=[root]))
            self.register_outputs({})

    program.up(lambda: LiveChannel("live", name="studio"))
    key = program.stack.resource("StreamKey::live").id
    assert program.up(lambda: Studio("studio")).has_no_replacements()
    assert program.stack.resource("StreamKey::live").id == key


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_both_wait_for_what_the_component_depends_on(program):
    def declare():
        first = aws.ssm.Parameter("first", type="String", value="x")
        LiveChannel("live", opts=ResourceOptions(depends_on=[first]))

    urns = [step.urn for step in program.up(declare).steps]
    urn = program.stack.resource("first").urn
    assert urns.index(urn) < urns.index(program.stack.resource("Channel::live").urn)
    assert urn in program.stack.resource("Channel::live").dependencies
    assert urn in program.stack.resource("StreamKey::live").dependencies


@pytest.mark.slow("several operations of a stack with LiveChannels")
@pytest.mark.real("retain_on_delete reaches the children")
def test_retained_resources_stay_in_the_cloud(rehearse):
    program = Program(rehearse, check_destroy=False)
    program.up(lambda: LiveChannel("live", opts=ResourceOptions(retain_on_delete=True)))
    channel = program.stack.resource("Channel::live").id
    program.stack.destroy()
    ivs = program.stack.cloud.boto3("ivs")
    assert len(ivs.list_stream_keys(channelArn=channel)["streamKeys"]) == 1


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_a_transform_reaches_the_key_alone(program):
    def ignore_triggers(args):
        if args.type_.endswith(":StreamKey"):
            opts = ResourceOptions.merge(args.opts, ResourceOptions(ignore_changes=["rotation_triggers"]))
            return pulumi.ResourceTransformResult(args.props, opts)
        return None

    def declare(season):
        LiveChannel("live", rotation_triggers={"season": season}, opts=ResourceOptions(transforms=[ignore_triggers]))

    program.up(lambda: declare(1))
    program.up(lambda: declare(2)).has_no_changes()


@pytest.mark.slow("several operations of a stack with LiveChannels")
@pytest.mark.real("the order of deletions, and one that fails")
def test_deleting_a_broadcasting_channel_fails_with_aws_conflict(program):
    program.up(lambda: LiveChannel("live"))
    channel = program.stack.resource("Channel::live").id
    moto_ivs.go_live(channel)
    with pytest.raises(OperationFailed, match="ConflictException"):
        program.stack.destroy()
    # The key is deleted first, so no encoder can reconnect after the broadcast is stopped.
    ivs = program.stack.cloud.boto3("ivs")
    assert ivs.list_stream_keys(channelArn=channel)["streamKeys"] == []
    ivs.stop_stream(channelArn=channel)
    program.stack.destroy()


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_with_stop_a_destroy_stops_the_broadcast(program):
    program.up(lambda: LiveChannel("live", when_live="stop"))
    moto_ivs.go_live(program.stack.resource("Channel::live").id)
    program.stack.destroy()


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_updating_a_broadcasting_channel_fails_with_aws_conflict(program):
    program.up(lambda: LiveChannel("live", latency_mode="LOW"))
    channel = program.stack.resource("Channel::live").id
    moto_ivs.go_live(channel)
    with pytest.raises(OperationFailed, match="ConflictException"):
        program.up(lambda: LiveChannel("live", latency_mode="NORMAL"))
    moto_ivs.go_offline(channel)
    program.up(lambda: LiveChannel("live", latency_mode="NORMAL"))


def test_fail_on_a_new_channel_reports_the_key_that_ivs_created(program):
    with pytest.raises(OperationFailed, match="existing_key='fail' leaves it alone"):
        program.up(lambda: LiveChannel("live", existing_key="fail"))


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_adopt_keeps_the_key_that_ivs_created_with_the_channel(program):
    up = program.up(lambda: LiveChannel("live", existing_key="adopt"))
    assert "CreateStreamKey" not in [call.operation for call in up.calls]
    program.up(lambda: LiveChannel("live", existing_key="adopt", rotation_triggers={"season": 2}))
    assert program.stack.is_secret("StreamKey::live", "value")


@pytest.mark.slow("an operation of a stack with a LiveChannel")
def test_an_exported_channel_includes_its_encoder_settings_and_published_places(rehearse):
    def program():
        live = LiveChannel("live", insecure_ingest=True)
        pulumi.export("live", live)
        pulumi.export("key", live.stream_key)

    outputs = rehearse(program).up().outputs
    assert outputs["live"].value["published"] == {}
    settings = outputs["live"].value["encoder_settings"]
    assert set(settings) == {"rtmps", "rtmp"}
    assert settings["rtmps"]["server"].startswith("rtmps://")
    assert settings["rtmps"]["stream_key"] == outputs["key"].value
    assert settings["rtmp"]["url"].endswith(outputs["key"].value)
