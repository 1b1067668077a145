"""A protected LiveChannel: its key rotates, and refused operations change neither channel nor key."""

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import Alias, ResourceOptions

from ivs_channel import LiveChannel
from ivs_stream_key import StreamKey
from rehearsal.testing import OperationFailed


def live_channel(name="live", **given):
    # The channel's name does not depend on the resource's name.
    LiveChannel(name, **{"name": "studio", **given})


def by_options(protect=True, **given):
    live_channel(opts=ResourceOptions(protect=protect), **given)


def by_a_parent(protect=True, **given):
    parent = pulumi.ComponentResource("test:index:Platform", "all", {}, ResourceOptions(protect=protect))
    live_channel(opts=ResourceOptions(parent=parent), **given)


def by_a_transformation(protect=True, **given):
    def transformation(args):
        if not args.type_.startswith("aws:ivs/"):
            return None
        options = ResourceOptions.merge(args.opts, ResourceOptions(protect=protect))
        return pulumi.ResourceTransformationResult(args.props, options)

    live_channel(opts=ResourceOptions(transformations=[transformation]), **given)


def by_deletion_protection_alone(protect=True, **given):
    live_channel(deletion_protection=protect, **given)


class Lifecycle:
    """A stack with a LiveChannel that `declare` protects, and its channel and key in the cloud."""

    def __init__(self, rehearse, declare=by_options):
        self.declare = declare
        self.given = {}
        self.stack = rehearse(self.program)
        self.stack.up()
        self.ivs = self.stack.cloud.boto3("ivs")
        self.channel, self.key = self.ids()

    def program(self):
        self.declare(**self.given)

    def ids(self):
        return [self.stack.resource(f"{kind}::live").id for kind in ("Channel", "StreamKey")]

    def up(self, **given):
        self.given = {**self.given, **given}
        return self.stack.up()

    def keys(self):
        return [key["arn"] for key in self.ivs.list_stream_keys(channelArn=self.channel)["streamKeys"]]

    def assert_rotated(self, operation):
        assert operation().plan == {"StreamKey::live": "replace"}
        (key,) = self.keys()
        assert self.ids() == [self.channel, key]
        assert key != self.key
        self.key = key

    def assert_refused(self, operation, *messages):
        with pytest.raises(OperationFailed) as failure:
            operation()
        for text in messages:
            assert text in str(failure.value)
        assert self.keys() == [self.key]
        assert self.ids() == [self.channel, self.key]

    def assert_destroyed_after_unprotecting(self):
        assert self.up(protect=False).plan == {"StreamKey::live": "update"}
        assert self.keys() == [self.key]
        self.assert_destroyed()

    def assert_destroyed(self):
        self.stack.destroy()
        assert self.ivs.list_channels()["channels"] == []


@pytest.fixture
def lifecycle(rehearse):
    return Lifecycle(rehearse)


@pytest.mark.slow("a lifecycle for each way to protect", quick="by_options")
@pytest.mark.parametrize("declare", [by_options, by_a_parent, by_a_transformation, by_deletion_protection_alone])
def test_the_key_rotates_and_destroy_deletes_neither_channel_nor_key(rehearse, declare):
    lifecycle = Lifecycle(rehearse, declare)
    lifecycle.assert_rotated(lambda: lifecycle.up(rotation_triggers={"season": 2}))
    lifecycle.assert_refused(lifecycle.stack.destroy, "DeletionProtected: ", "run `pulumi up`")
    lifecycle.stack.refresh()
    lifecycle.assert_refused(lifecycle.stack.destroy, "DeletionProtected: ")
    lifecycle.assert_destroyed_after_unprotecting()


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_a_rotation_requested_on_the_command_line_succeeds(lifecycle):
    lifecycle.assert_rotated(lambda: lifecycle.stack.up(replace=["**StreamKey::live"]))
    lifecycle.assert_destroyed_after_unprotecting()


@pytest.mark.slow("several operations of a stack with LiveChannels")
@pytest.mark.real("a destroy and a removal that protection refuses")
def test_neither_removal_from_the_program_nor_a_targeted_destroy_deletes_the_key(lifecycle):
    declare, lifecycle.declare = lifecycle.declare, lambda **_: None
    lifecycle.assert_refused(lifecycle.stack.up, "DeletionProtected: ")
    lifecycle.assert_refused(lambda: lifecycle.stack.destroy(target=["**StreamKey::live"]), "DeletionProtected: ")
    lifecycle.declare = declare
    lifecycle.assert_destroyed_after_unprotecting()


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_replacing_the_channel_is_refused_by_the_engine_and_the_key_stays(lifecycle):
    lifecycle.assert_refused(lambda: lifecycle.up(region="eu-west-1"), "unable to replace")
    # An up that also removes the protection replaces the channel and the key.
    up = lifecycle.up(region="eu-west-1", protect=False)
    assert (up.plan["Channel::live"], up.plan["StreamKey::live"]) == ("replace", "replace")
    lifecycle.assert_destroyed()


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_renaming_without_an_alias_keeps_the_old_resources(lifecycle):
    with pytest.raises(OperationFailed, match="DeletionProtected: "):
        lifecycle.up(name="main")
    assert lifecycle.keys() == [lifecycle.key]
    assert lifecycle.ids() == [lifecycle.channel, lifecycle.key]
    with pytest.raises(OperationFailed, match="DeletionProtected: "):
        lifecycle.stack.destroy()
    lifecycle.declare = lambda **_: [by_options(protect=False), by_options(protect=False, name="main")]
    lifecycle.stack.up()
    lifecycle.assert_destroyed()


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_an_alias_keeps_the_protection(lifecycle):
    def renamed(**given):
        live_channel("main", opts=ResourceOptions(protect=True, aliases=[Alias(name="live")]), **given)

    lifecycle.declare = renamed
    assert lifecycle.stack.up().has_no_replacements()
    with pytest.raises(OperationFailed, match="DeletionProtected: "):
        lifecycle.stack.destroy()
    assert lifecycle.keys() == [lifecycle.key]
    assert lifecycle.up(rotation_triggers={"season": 2}).plan == {"StreamKey::main": "replace"}
    lifecycle.declare = lambda **given: live_channel("main", **given)
    lifecycle.stack.up()
    lifecycle.assert_destroyed()


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_a_key_moved_out_of_the_component_has_its_newly_declared_protection(lifecycle):
    (component,) = [
        resource.urn for resource in lifecycle.stack.resources() if resource.type == "ivs:index:LiveChannel"
    ]

    def declare_separately(**given):
        options = ResourceOptions(aliases=[Alias(parent=component)])
        channel = aws.ivs.Channel("live", name="studio", opts=options)
        StreamKey("live", channel.arn, opts=options, **given)

    # Pulumi does not remove a protected component.
    lifecycle.up(protect=False)
    lifecycle.declare, lifecycle.given = declare_separately, {"deletion_protection": True}
    assert lifecycle.stack.up().has_no_replacements()
    lifecycle.assert_refused(lifecycle.stack.destroy, "DeletionProtected: ")
    assert lifecycle.up(deletion_protection=None).plan == {"StreamKey::live": "update"}
    lifecycle.assert_destroyed()


def change_state(stack, change):
    exported = stack.export_stack()
    for resource in exported.deployment["resources"]:
        change(resource)
    stack.import_stack(exported)


def test_after_state_unprotect_the_delete_is_refused_with_a_remedy_without_a_program(lifecycle):
    change_state(lifecycle.stack, lambda resource: resource.pop("protect", None))
    lifecycle.assert_refused(
        lifecycle.stack.destroy, f"`aws ivs delete-stream-key --arn {lifecycle.key}`", "`pulumi destroy --refresh`"
    )
    lifecycle.ivs.delete_stream_key(arn=lifecycle.key)
    lifecycle.stack.refresh()
    lifecycle.assert_destroyed()


@pytest.mark.slow("several operations of a stack with LiveChannels")
def test_a_state_with_a_protected_key_rotates_after_one_update_without_calls(lifecycle):
    def protect_as_before(resource):
        if resource["type"].endswith(":StreamKey"):
            resource["protect"] = True
            del resource["inputs"]["deletion_protection"], resource["outputs"]["deletion_protection"]

    change_state(lifecycle.stack, protect_as_before)
    lifecycle.assert_refused(lifecycle.stack.destroy, "is protected")
    up = lifecycle.stack.up()
    assert up.plan == {"StreamKey::live": "update"}
    assert [call.operation for call in up.calls if call.service == "ivs"] == []
    lifecycle.assert_rotated(lambda: lifecycle.up(rotation_triggers={"season": 2}))
    lifecycle.assert_destroyed_after_unprotecting()


@pytest.mark.slow("a lifecycle of several operations")
def test_protection_by_a_transform_is_enforced_by_the_engine(lifecycle):
    """The program cannot see what a transform sets, so the key is protected like any other resource."""

    def protect(args):
        options = ResourceOptions.merge(args.opts, ResourceOptions(protect=True))
        return pulumi.ResourceTransformResult(args.props, options)

    def declare(**given):
        live_channel(opts=ResourceOptions(transforms=[protect]), **given)

    lifecycle.up(protect=None)
    lifecycle.declare, lifecycle.given = declare, {}
    lifecycle.stack.up(expect_no_changes=True)
    lifecycle.assert_refused(lifecycle.stack.destroy, "is protected")
    lifecycle.assert_refused(lambda: lifecycle.up(rotation_triggers={"season": 2}), "unable to replace")
    lifecycle.declare, lifecycle.given = by_options, {"protect": None}
    lifecycle.stack.up()
    lifecycle.assert_destroyed()
