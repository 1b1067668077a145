"""Another stack's key: refused, taken over on request, and then kept by its previous owner."""

import json

import pulumi
import pytest
from pulumi.automation import Deployment

import moto_ivs
from ivs_stream_key import StreamKey
from ivs_stream_key.ivs.ownership import OWNER_TAG_KEY, parse_owner_tag
from provider_startup import STARTUP
from rehearsal.testing import OperationFailed

TAKEOVER_CHOICES = ["adopt", "replace"]
# 50 tags leave no room for an owner tag.
FULL = {f"tag-{n}": "" for n in range(50)}
OTHER_FULL = {f"other-{n}": "" for n in range(50)}
FEW = {"team": "live"}


class Stacks:
    """One channel, and stacks that each declare the StreamKey `live` on it."""

    def __init__(self, rehearse):
        self.rehearse = rehearse
        self.ivs = rehearse.cloud.boto3("ivs")
        made = self.ivs.create_channel(name="studio")
        self.channel, self.default_key = made["channel"]["arn"], made["streamKey"]

    def stack(self, name, **inputs):
        def program():
            pulumi.export("arn", StreamKey("live", self.channel, **inputs).arn)

        stack = self.rehearse(program, stack=name, project="shop", check_pickle=False, provider_startup=STARTUP)
        stack.inputs = inputs
        return stack

    def key(self):
        (listed,) = self.ivs.list_stream_keys(channelArn=self.channel)["streamKeys"]
        return self.ivs.get_stream_key(arn=listed["arn"])["streamKey"]


@pytest.fixture
def stacks(rehearse):
    return Stacks(rehearse)


@pytest.mark.slow("several operations of a stack with a key")
def test_the_owner_tag_has_owner_and_time(stacks, pass_days):
    stack = stacks.stack("prod")
    stack.up()
    owner_tag = parse_owner_tag(stacks.key()["tags"][OWNER_TAG_KEY])
    assert (owner_tag.name, owner_tag.made) == ("shop/prod/live", "2026-01-01T00:00:00Z")
    assert stack.resource("live").outputs["owner_tag"] == owner_tag.text


@pytest.mark.real("two stacks on one channel")
def test_another_stacks_key_is_refused_in_preview_and_up_with_its_owner(stacks):
    stacks.stack("prod").up()
    before = stacks.key()
    dev = stacks.stack("dev")
    for operation in (dev.preview, dev.up):
        with pytest.raises(OperationFailed, match="belongs to another StreamKey") as failure:
            operation()
        assert "'shop/prod/live' manages, in another stack" in str(failure.value)
        assert "existing_key='adopt'" in str(failure.value)
        assert "Traceback" not in str(failure.value)
    assert stacks.key() == before


@pytest.mark.slow("several operations of a stack with a key")
def test_fail_refuses_another_stacks_key_with_its_owner(stacks):
    stacks.stack("prod").up()
    before = stacks.key()
    with pytest.raises(OperationFailed, match="'shop/prod/live' manages, in another stack"):
        stacks.stack("dev", existing_key="fail").preview()
    assert stacks.key() == before


@pytest.mark.slow("several operations of a stack with a key")
def test_an_old_owner_tag_of_another_resource_is_refused_without_a_name(stacks):
    stacks.ivs.tag_resource(
        resourceArn=stacks.default_key["arn"], tags={OWNER_TAG_KEY: "c701de384ae5bc7e64a10226e52d41a0"}
    )
    with pytest.raises(OperationFailed, match="does not say which"):
        stacks.stack("dev").preview()
    # Earlier versions wrote this owner tag for shop/prod/live.
    stacks.stack("prod").up()
    assert stacks.key()["arn"] != stacks.default_key["arn"]


@pytest.mark.slow("two lifecycles for each choice")
@pytest.mark.parametrize("takeover", TAKEOVER_CHOICES)
def test_an_explicit_choice_takes_the_key_over_and_the_first_stack_keeps_it(stacks, takeover):
    prod = stacks.stack("prod", rotation_triggers={"season": 1})
    prod.up()
    before = stacks.key()
    dev = stacks.stack("dev", existing_key=takeover)
    dev.up()
    taken_over = stacks.key()
    assert (taken_over["value"] == before["value"]) is (takeover == "adopt")
    assert parse_owner_tag(taken_over["tags"][OWNER_TAG_KEY]).name == "shop/dev/live"

    prod.inputs["rotation_triggers"] = {"season": 2}
    for choice in (None, *TAKEOVER_CHOICES):
        prod.inputs["existing_key"] = choice
        for operation in (prod.preview, prod.up):
            with pytest.raises(OperationFailed, match="taken over by another stack") as failure:
                operation()
            assert "'shop/dev/live'" in str(failure.value)
    with pytest.raises(OperationFailed, match="taken over by another stack"):
        prod.up(replace=[prod.resource("live").urn])
    assert stacks.key() == taken_over
    prod.destroy()
    assert stacks.key() == taken_over
    dev.up(expect_no_changes=True)
    dev.destroy()
    assert stacks.ivs.list_stream_keys(channelArn=stacks.channel)["streamKeys"] == []


@pytest.mark.slow("several operations of a stack with a key")
def test_a_destroy_reports_a_kept_key_with_its_owner(stacks, messages):
    prod = stacks.stack("prod")
    prod.up()
    stacks.stack("dev", existing_key="adopt").up()
    assert "is kept: it was taken over by 'shop/dev/live'" in messages(prod.destroy())


@pytest.mark.slow("two lifecycles for each choice")
@pytest.mark.parametrize("takeover", TAKEOVER_CHOICES)
@pytest.mark.parametrize("when_live", ["keep", "fail", "stop"])
def test_a_destroy_keeps_the_broadcast_of_the_new_owner(stacks, takeover, when_live, messages):
    prod = stacks.stack("prod", when_live=when_live)
    prod.up()
    dev = stacks.stack("dev", existing_key=takeover)
    dev.up()
    taken_over = stacks.key()
    moto_ivs.go_live(stacks.channel)
    assert "is live" not in messages(prod.destroy())
    assert len(stacks.ivs.list_streams()["streams"]) == 1
    assert stacks.key() == taken_over


@pytest.mark.slow("two lifecycles")
def test_a_key_taken_over_with_50_tags_is_not_touched_by_its_previous_owner(stacks):
    prod = stacks.stack("prod", rotation_triggers={"season": 1})
    prod.up()
    stacks.stack("dev", existing_key="adopt", tags={f"tag-{n}": "" for n in range(50)}).up()
    taken_over = stacks.key()
    assert OWNER_TAG_KEY not in taken_over["tags"]
    prod.inputs["rotation_triggers"] = {"season": 2}
    with pytest.raises(OperationFailed, match="taken over by another stack"):
        prod.up()
    assert stacks.key() == taken_over
    prod.destroy()
    assert stacks.key() == taken_over


@pytest.mark.slow("two lifecycles for each set of tags")
@pytest.mark.parametrize(
    ("tags", "new_owner_tags", "refreshed"),
    [(FEW, {}, False), (FULL, {}, True), (FEW, OTHER_FULL, True), (FULL, OTHER_FULL, False)],
    ids=["few", "full", "few, new owner full", "full, new owner full"],
)
def test_the_previous_owner_does_not_change_the_tags(stacks, tags, new_owner_tags, refreshed):
    prod = stacks.stack("prod")
    prod.up()
    dev = stacks.stack("dev", existing_key="adopt", tags=new_owner_tags)
    dev.up()
    taken_over = stacks.key()
    prod.inputs["tags"] = tags
    if refreshed:
        prod.refresh()
    with pytest.raises(OperationFailed, match="taken over by another stack") as failure:
        prod.up()
    assert "Traceback" not in str(failure.value)
    assert stacks.key() == taken_over
    prod.destroy()
    assert stacks.key() == taken_over
    dev.up(expect_no_changes=True)


@pytest.mark.slow("several operations of a stack with a key")
def test_a_key_whose_50_tags_become_fewer_gets_its_owner_tag(stacks, pass_days):
    stack = stacks.stack("prod", tags=FULL, rotation_triggers={"season": 1})
    stack.up()
    before = stacks.key()
    assert OWNER_TAG_KEY not in before["tags"]
    pass_days(3)
    stack.inputs["tags"] = {"team": "live"}
    stack.up()
    owner_tag = parse_owner_tag(stacks.key()["tags"][OWNER_TAG_KEY])
    assert (owner_tag.name, owner_tag.made, owner_tag.time) == ("shop/prod/live", None, "2026-01-01T00:00:00Z")
    assert stack.resource("live").outputs["owner_tag"] == owner_tag.text
    assert stacks.key()["value"] == before["value"]
    stack.refresh(expect_no_changes=True)
    with pytest.raises(OperationFailed, match="belongs to another StreamKey"):
        stacks.stack("dev").preview()
    stack.destroy()
    assert stacks.ivs.list_stream_keys(channelArn=stacks.channel)["streamKeys"] == []


@pytest.mark.slow("a crash at each call")
@pytest.mark.parametrize(
    ("call", "end"),
    [("UntagResource", "up"), ("TagResource", "up"), ("TagResource", "destroy"), ("TagResource", "rotate")],
)
def test_an_update_interrupted_while_writing_the_owner_tag_loses_no_key(stacks, call, end):
    stack = stacks.stack("prod", tags=FULL, rotation_triggers={"season": 1})
    stack.up()
    before = stacks.key()
    stack.inputs["tags"] = {"team": "live"}
    stack.faults.crash_after(call)
    with pytest.raises(OperationFailed, match="process ended during Update"):
        stack.up()
    if end == "rotate":
        stack.inputs["rotation_triggers"] = {"season": 2}
    if end != "destroy":
        stack.up()
        assert (stacks.key()["value"] == before["value"]) is (end == "up")
        assert stack.resource("live").outputs["owner_tag"] == stacks.key()["tags"][OWNER_TAG_KEY]
        assert stacks.key()["tags"]["team"] == "live"
        stack.refresh(expect_no_changes=True)
    stack.destroy()
    assert stacks.ivs.list_stream_keys(channelArn=stacks.channel)["streamKeys"] == []


@pytest.mark.slow("several operations of a stack with a key")
def test_a_removed_owner_tag_is_restored_with_the_next_change_of_tags(stacks):
    stack = stacks.stack("prod")
    stack.up()
    before = stacks.key()
    stacks.ivs.untag_resource(resourceArn=before["arn"], tagKeys=[OWNER_TAG_KEY])
    stack.inputs["tags"] = {"team": "live"}
    stack.up()
    assert stacks.key()["tags"] == {**before["tags"], "team": "live"}


@pytest.mark.slow("several operations of a stack with a key")
def test_an_update_removes_the_owner_tag_if_ignored_tags_leave_no_room(stacks, monkeypatch):
    monkeypatch.setenv("TF_AWS_IGNORE_TAGS_KEY_PREFIXES", "ops:")
    stack = stacks.stack("prod", tags={"a": "1"})
    stack.up()
    ignored = {f"ops:{n}": "" for n in range(48)}
    stacks.ivs.tag_resource(resourceArn=stacks.key()["arn"], tags=ignored)
    stack.inputs["tags"] = {"a": "1", "b": "2"}
    stack.up()
    assert stacks.key()["tags"] == {**ignored, "a": "1", "b": "2"}
    assert stack.resource("live").outputs["owner_tag"] == ""


@pytest.mark.slow("several operations of a stack with a key")
def test_a_key_without_room_for_the_owner_tag_is_adopted_without_it(stacks, monkeypatch):
    ignored = {f"ops:{n}": "" for n in range(48)}
    stacks.ivs.tag_resource(resourceArn=stacks.default_key["arn"], tags={**ignored, OWNER_TAG_KEY: "by hand"})
    monkeypatch.setenv("TF_AWS_IGNORE_TAGS_KEY_PREFIXES", "ops:")
    stack = stacks.stack("prod", existing_key="adopt", tags={"a": "1", "b": "2"})
    stack.up()
    assert stacks.key()["tags"] == {**ignored, "a": "1", "b": "2"}
    assert stack.resource("StreamKey::live").outputs["owner_tag"] == ""
    stack.up(expect_no_changes=True)
    stack.destroy()
    assert stacks.ivs.list_stream_keys(channelArn=stacks.channel)["streamKeys"] == []


def rename_stack(stacks, stack, name, **inputs):
    """Return the stack under another name, with its state, as ``pulumi stack rename`` leaves it."""
    exported = stack.export_stack()
    text = json.dumps(exported.deployment).replace(f"urn:pulumi:{stack.name}::", f"urn:pulumi:{name}::")
    text = text.replace(f"shop-{stack.name}", f"shop-{name}")
    stack.import_stack(Deployment(exported.version, {**exported.deployment, "resources": []}))
    made = stacks.stack(name, **inputs)
    made.import_stack(Deployment(exported.version, json.loads(text)))
    return made


@pytest.mark.slow("a lifecycle for each choice")
@pytest.mark.parametrize("choice", [None, "replace", "adopt", "fail"])
def test_a_renamed_stack_has_no_changes_and_can_rotate_and_destroy_its_key(stacks, choice):
    stacks.ivs.delete_stream_key(arn=stacks.default_key["arn"])
    inputs = {"existing_key": choice, "rotation_triggers": {"season": 1}}
    stack = stacks.stack("prod", **inputs)
    stack.up()
    before = stacks.key()
    renamed = rename_stack(stacks, stack, "live", **inputs)
    renamed.preview(expect_no_changes=True)
    renamed.refresh(expect_no_changes=True)
    renamed.up(expect_no_changes=True)
    renamed.inputs["rotation_triggers"] = {"season": 2}
    renamed.up()
    assert stacks.key()["value"] != before["value"]
    assert parse_owner_tag(stacks.key()["tags"][OWNER_TAG_KEY]).name == "shop/live/live"
    renamed_again = rename_stack(stacks, renamed, "night", **renamed.inputs)
    renamed_again.destroy()
    assert stacks.ivs.list_stream_keys(channelArn=stacks.channel)["streamKeys"] == []


class Studio(pulumi.ComponentResource):
    def __init__(self, kind, name):
        super().__init__(f"vod:index:{kind}", name)


@pytest.mark.slow("a lifecycle for each way")
@pytest.mark.parametrize(
    "second", [("two", None), ("one", ("Studio", "a")), ("two", ("Studio", "a"))], ids=["name", "parent", "both"]
)
def test_two_stream_keys_on_one_channel_are_refused_for_all_names_and_parents(stacks, second):
    def program():
        StreamKey("one", stacks.channel)
        name, parent = second
        opts = pulumi.ResourceOptions(parent=Studio(*parent)) if parent else None
        StreamKey(name, stacks.channel, opts=opts)

    stack = stacks.rehearse(program)
    for operation in (stack.preview, stack.up):
        with pytest.raises(OperationFailed, match="expected a channel of its own for each StreamKey"):
            operation()
