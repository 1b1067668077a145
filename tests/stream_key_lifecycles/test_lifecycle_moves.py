"""A StreamKey that gets another URN without an alias: the channel has one key, which is in the state.

The engine creates the resource with the new URN. Then it deletes the resource with the old URN, which has the same key.
"""

import pulumi
import pytest
from pulumi_aws import ivs

import moto_ivs
from ivs_channel import LiveChannel
from ivs_stream_key import StreamKey
from provider_startup import STARTUP
from rehearsal.state.property_values import Secret
from rehearsal.testing import OperationFailed

POLICIES = [None, "adopt", "fail"]
KEEPING = ["adopt", "fail"]
every_policy = pytest.mark.parametrize("existing_key", POLICIES)


class Studio(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("vod:index:Studio", name)


class Stage(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("vod:index:Stage", name)


PLACES = {
    "stack": lambda: ("key", None),
    "renamed": lambda: ("other", None),
    "component": lambda: ("key", Studio("studio")),
    "type changed": lambda: ("key", Stage("studio")),
    "parent renamed": lambda: ("other", Studio("hall")),
}
MOVES = [
    ("stack", "renamed"),
    ("stack", "component"),
    ("component", "stack"),
    ("component", "type changed"),
    ("component", "parent renamed"),
]


class Move:
    """A StreamKey that moves to another place in the program. `own_channel`: the program declares the channel too."""

    def __init__(self, rehearse, *, own_channel=False, **inputs):
        self.ivs = rehearse.cloud.boto3("ivs")
        self.own_channel, self.place, self.inputs = own_channel, "stack", inputs
        if not own_channel:
            made = self.ivs.create_channel(name="studio")
            self.channel = made["channel"]["arn"]
            self.ivs.delete_stream_key(arn=made["streamKey"]["arn"])
        self.stack = rehearse(self._program, check_pickle=False, provider_startup=STARTUP)

    def _program(self):
        channel = ivs.Channel("channel").arn if self.own_channel else self.channel
        name, parent = PLACES[self.place]()
        inputs = {argument: given() if callable(given) else given for argument, given in self.inputs.items()}
        StreamKey(name, channel, **inputs, opts=pulumi.ResourceOptions(parent=parent))

    def start(self, place):
        self.place = place
        if self.own_channel:
            # IVS creates a key with the program's channel, which "fail" refuses. Replace that key first.
            inputs, self.inputs = self.inputs, {**self.inputs, "existing_key": "replace"}
            self.stack.up()
            self.inputs = inputs
        self.stack.up()
        return self.key_in_state()

    def keys(self):
        return [state for state in self.stack.resources() if state.type.endswith("StreamKey")]

    def key_in_state(self):
        """Return the key, after checking that the state has one key, which is the channel's only key."""
        (state,) = self.keys()
        channel = state.outputs["channel_arn"]
        (listed,) = self.ivs.list_stream_keys(channelArn=channel)["streamKeys"]
        key = self.ivs.get_stream_key(arn=listed["arn"])["streamKey"]
        assert isinstance(state.outputs["value"], Secret)
        assert (state.id, state.outputs["value"].value) == (key["arn"], key["value"])
        return key

    def urn_at(self, place):
        """Return the URN that the key has at a place."""
        types = {
            "component": "vod:index:Studio$",
            "parent renamed": "vod:index:Studio$",
            "type changed": "vod:index:Stage$",
        }
        name = "other" if place in ("renamed", "parent renamed") else "key"
        kind = f"{types.get(place, '')}pulumi-python:dynamic/ivs:StreamKey"
        (stack,) = [state.urn for state in self.stack.resources() if state.type == "pulumi:pulumi:Stack"]
        return "::".join([*stack.split("::")[:2], kind, name])

    def finish(self):
        """Check that a refresh changes nothing, destroy the stack, and check that no key is left."""
        key_in_state = self.key_in_state()
        self.stack.refresh(expect_no_changes=True)
        self.stack.destroy()
        channel = key_in_state["channelArn"]
        if not self.own_channel:
            assert self.ivs.list_stream_keys(channelArn=channel)["streamKeys"] == []


@pytest.fixture
def new_move(rehearse):
    return lambda **given: Move(rehearse, **given)


# Each kind of move with "adopt", and one kind with each other choice.
@pytest.mark.slow("a lifecycle for each kind of move")
@pytest.mark.parametrize(
    ("existing_key", "source", "target"),
    [*(("adopt", *move) for move in MOVES), *((key, "stack", "component") for key in (None, "replace", "fail"))],
)
def test_a_move_in_one_run_keeps_a_working_key_in_the_state(new_move, existing_key, source, target):
    move = new_move(existing_key=existing_key, rotation_triggers={"season": 1})
    before = move.start(source)
    move.place = target
    move.stack.up()
    assert (move.key_in_state()["value"] == before["value"]) is (existing_key in KEEPING)
    move.finish()


@pytest.mark.slow("a lifecycle for each choice")
@pytest.mark.parametrize(
    "existing_key",
    [
        *(policy for policy in POLICIES if policy != "adopt"),
        pytest.param("adopt", marks=pytest.mark.real("a move without an alias creates before it deletes")),
    ],
)
def test_a_move_on_a_channel_of_the_same_program_works(new_move, existing_key):
    move = new_move(existing_key=existing_key, own_channel=True)
    before = move.start("stack")
    move.place = "component"
    move.stack.up()
    assert (move.key_in_state()["value"] == before["value"]) is (existing_key in KEEPING)
    move.finish()


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.parametrize("existing_key", KEEPING)
def test_a_key_can_move_out_of_a_live_channel(rehearse, existing_key):
    ivs_client = rehearse.cloud.boto3("ivs")
    moved = []

    def program():
        if not moved:
            LiveChannel("live", existing_key="replace")
            return
        channel = ivs.Channel("live", opts=pulumi.ResourceOptions(aliases=[moved[0]]))
        StreamKey("key", channel.arn, existing_key=existing_key)

    stack = rehearse(program)
    stack.up()
    before = stack.resource("StreamKey::live")
    moved.append(stack.resource("Channel::live").urn)
    stack.up()
    after = stack.resource("StreamKey::key")
    assert (after.id, after.outputs["value"]) == (before.id, before.outputs["value"])
    assert ivs_client.get_stream_key(arn=after.id)["streamKey"]["channelArn"] == after.outputs["channel_arn"]


@pytest.mark.slow("a crash under each choice")
@every_policy
def test_a_run_interrupted_before_the_old_entry_is_deleted_continues_in_the_next(new_move, existing_key):
    move = new_move(existing_key=existing_key)
    before = move.start("stack")
    move.place = "renamed"
    move.stack.up(target=[move.urn_at("renamed")])
    assert len(move.keys()) == 2
    move.stack.up()
    assert (move.key_in_state()["value"] == before["value"]) is (existing_key in KEEPING)
    move.finish()


@pytest.mark.slow("a lifecycle for each choice")
@every_policy
@pytest.mark.parametrize("when_live", ["fail", "stop"])
def test_deleting_the_old_entry_keeps_a_broadcast_with_the_new_key(new_move, existing_key, when_live):
    move = new_move(existing_key=existing_key, when_live=when_live)
    move.start("stack")
    move.place = "renamed"
    move.stack.up(target=[move.urn_at("renamed")])
    moto_ivs.go_live(move.channel)
    move.stack.up()
    assert len(move.ivs.list_streams()["streams"]) == 1
    moto_ivs.go_offline(move.channel)
    move.finish()


@pytest.mark.slow("a crash under each choice")
@every_policy
def test_a_run_interrupted_before_the_new_entry_is_written_continues_in_the_next(new_move, existing_key):
    move = new_move(existing_key=existing_key)
    before = move.start("stack")
    move.place = "renamed"
    call = "TagResource" if existing_key in KEEPING else "CreateStreamKey"
    move.stack.faults.crash_after(call)
    with pytest.raises(OperationFailed, match="process ended during Create"):
        move.stack.up()
    move.stack.up()
    assert (move.key_in_state()["value"] == before["value"]) is (existing_key in KEEPING)
    move.finish()


@pytest.mark.slow("a lifecycle for each choice")
@pytest.mark.parametrize(
    ("existing_key", "operation"), [(None, "up"), ("adopt", "up"), ("adopt", "destroy"), ("fail", "destroy")]
)
def test_the_old_entry_can_be_deleted_in_a_run_without_the_new_one(new_move, existing_key, operation):
    move = new_move(existing_key=existing_key)
    move.start("stack")
    move.place = "renamed"
    move.stack.up(target=[move.urn_at("renamed")])
    getattr(move.stack, operation)(target=[move.urn_at("stack")])
    assert move.key_in_state()
    move.finish()


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.parametrize("existing_key", KEEPING)
def test_a_move_reverted_before_its_end_keeps_the_key(new_move, existing_key):
    move = new_move(existing_key=existing_key)
    before = move.start("stack")
    move.place = "renamed"
    move.stack.up(target=[move.urn_at("renamed")])
    move.place = "stack"
    move.stack.up()
    assert move.key_in_state()["value"] == before["value"]
    move.finish()


@pytest.mark.slow("a lifecycle for each choice")
@pytest.mark.parametrize(
    ("existing_key", "secret"), [(None, False), ("adopt", False), ("fail", False), ("adopt", True)]
)
def test_a_move_with_other_rotation_triggers_rotates(new_move, existing_key, secret):
    def triggers(season):
        return lambda: {"season": pulumi.Output.secret(season) if secret else season}

    move = new_move(existing_key=existing_key, rotation_triggers=triggers(1))
    before = move.start("stack")
    move.place, move.inputs["rotation_triggers"] = "component", triggers(2)
    move.stack.up()
    after = move.key_in_state()
    assert after["value"] != before["value"]
    with pytest.raises(move.ivs.exceptions.ResourceNotFoundException):
        move.ivs.get_stream_key(arn=before["arn"])
    move.finish()


@pytest.mark.slow("a lifecycle for each choice")
@pytest.mark.parametrize("existing_key", KEEPING)
def test_a_move_keeps_the_age_and_rotates_a_key_that_is_due(new_move, existing_key, pass_days):
    move = new_move(existing_key=existing_key, rotation_days=30)
    before = move.start("stack")
    pass_days(20)
    move.place = "component"
    move.stack.up()
    assert move.key_in_state()["value"] == before["value"]
    assert move.keys()[0].outputs["created_at"] == "2026-01-01T00:00:00Z"
    pass_days(20)
    move.place = "renamed"
    move.stack.up()
    assert move.key_in_state()["value"] != before["value"]
    move.finish()


@pytest.mark.slow("a lifecycle for each choice")
@pytest.mark.parametrize("existing_key", KEEPING)
def test_a_key_without_room_for_an_owner_tag_moves_in_one_or_two_runs(new_move, existing_key):
    move = new_move(existing_key=existing_key, tags={f"tag-{n}": "" for n in range(50)})
    move.start("stack")
    move.place = "component"
    move.stack.up()
    assert move.key_in_state()
    move.place = "stack"
    move.stack.up(target=[move.urn_at("stack")])
    move.stack.up()
    assert move.key_in_state()
    move.finish()


@pytest.mark.slow("a lifecycle for each choice")
@pytest.mark.parametrize("existing_key", [None, "adopt"])
def test_a_move_with_an_alias_changes_nothing(new_move, existing_key, monkeypatch):
    move = new_move(existing_key=existing_key)
    before = move.start("stack")
    urn = move.urn_at("stack")
    declare = StreamKey.__init__

    def init_with_alias(self, name, channel, **given):
        given["opts"] = pulumi.ResourceOptions.merge(given["opts"], pulumi.ResourceOptions(aliases=[urn]))
        declare(self, name, channel, **given)

    monkeypatch.setattr(StreamKey, "__init__", init_with_alias)
    move.place = "component"
    assert [call.operation for call in move.stack.up().calls] == []
    assert move.key_in_state() == before
    move.inputs["rotation_triggers"] = {"season": 2}
    move.stack.up()
    assert move.key_in_state()["value"] != before["value"]
    move.finish()
