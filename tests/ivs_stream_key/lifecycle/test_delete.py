"""A delete keeps a key that another owner has taken over, and deletes any other."""

import pytest

from ivs_stream_key.ivs.ownership import OWNER_TAG_KEY, Owner, owner_tag_for
from ivs_stream_key.provider import StreamKeyProvider
from owners import OWNER, owner

MADE = "2026-01-31T23:59:59Z"


def inputs(channel, **given):
    return {"channel_arn": channel, "existing_key": "replace", "when_live": "keep", "owner": OWNER, **given}


@pytest.fixture
def created_key(cloud):
    """Create a key; return its ARN, its outputs and its channel."""
    channel = cloud.channel()
    result = StreamKeyProvider().create(inputs(channel))
    cloud.clear_calls()
    return result.id, result.outs, channel


def set_owner_tag(cloud, key, owner_tag):
    cloud.client.tag_resource(resourceArn=key, tags=owner_tag)
    cloud.clear_calls()


@pytest.mark.slow("creates and deletes a key in moto")
@pytest.mark.parametrize(
    "other",
    [owner("other"), owner(parents="ivs:index:LiveChannel$"), owner(stack="dev")],
    ids=["renamed", "moved", "stack"],
)
def test_a_key_with_another_resources_owner_tag_is_kept_without_another_call(cloud, created_key, other, capfd):
    key, outputs, channel = created_key
    set_owner_tag(cloud, key, owner_tag_for(Owner.of(other), {}, MADE))
    StreamKeyProvider().delete(key, outputs)
    assert cloud.calls == ["ListStreamKeys"]
    assert cloud.key(channel)["arn"] == key
    assert "is kept: it was taken over by 'shop/" in capfd.readouterr().err


def test_a_key_with_an_owner_tag_of_a_later_version_is_kept(cloud, created_key):
    key, outputs, channel = created_key
    set_owner_tag(cloud, key, {OWNER_TAG_KEY: "v2 whatever"})
    StreamKeyProvider().delete(key, outputs)
    assert cloud.key(channel)["arn"] == key


@pytest.mark.slow("creates and deletes a key in moto")
@pytest.mark.parametrize("tag", ["gone", "by hand", Owner.of(owner("other")).old_owner_tag])
def test_a_key_without_a_takeovers_owner_tag_is_deleted(cloud, created_key, tag):
    key, outputs, channel = created_key
    if tag == "gone":
        cloud.client.untag_resource(resourceArn=key, tagKeys=[OWNER_TAG_KEY])
    else:
        set_owner_tag(cloud, key, {OWNER_TAG_KEY: tag})
    StreamKeyProvider().delete(key, outputs)
    assert cloud.keys(channel) == []


@pytest.mark.slow("creates and deletes a key in moto")
@pytest.mark.parametrize("tag", [None, Owner.of(OWNER).old_owner_tag], ids=["no owner tag", "earlier version"])
def test_a_key_of_a_state_without_the_output_owner_tag_is_deleted(cloud, created_key, tag):
    key, outputs, channel = created_key
    cloud.client.untag_resource(resourceArn=key, tagKeys=[OWNER_TAG_KEY])
    if tag:
        set_owner_tag(cloud, key, {OWNER_TAG_KEY: tag})
    del outputs["owner_tag"]
    StreamKeyProvider().delete(key, {**outputs, "owner": "shop/prod/live"})
    assert cloud.keys(channel) == []


def test_a_key_of_a_state_without_the_output_owner_tag_is_kept_after_a_takeover(cloud, created_key):
    key, outputs, channel = created_key
    del outputs["owner_tag"]
    StreamKeyProvider().delete(key, {**outputs, "owner": "shop/prod/live"})
    assert cloud.key(channel)["arn"] == key


@pytest.mark.slow("creates and deletes a key in moto")
def test_a_resources_own_key_is_deleted_for_any_output_owner_tag(cloud, created_key):
    key, outputs, channel = created_key
    for known in ({}, {"owner_tag": ""}):
        older_outputs = {name: value for name, value in outputs.items() if name != "owner_tag"} | known
        cloud.clear_calls()
        StreamKeyProvider().delete(key, older_outputs)
        assert cloud.keys(channel) == []
        again = StreamKeyProvider().create(inputs(channel))
        key, outputs = again.id, again.outs


@pytest.mark.slow("creates and deletes a key in moto")
def test_a_key_is_deleted_after_its_stack_was_renamed(cloud, created_key):
    key, outputs, channel = created_key
    StreamKeyProvider().delete(key, {**outputs, "owner": owner(stack="renamed")})
    assert cloud.keys(channel) == []


@pytest.mark.slow("creates and deletes a key in moto")
def test_an_imported_key_is_deleted_unless_it_was_taken_over(cloud, created_key):
    key, _, channel = created_key
    read = StreamKeyProvider().read(key, {"arn": key}).outs
    set_owner_tag(cloud, key, owner_tag_for(Owner.of(owner("other")), {}, MADE))
    StreamKeyProvider().delete(key, read)
    assert cloud.key(channel)["arn"] == key
    set_owner_tag(cloud, key, {OWNER_TAG_KEY: read["owner_tag"]})
    StreamKeyProvider().delete(key, read)
    assert cloud.keys(channel) == []


@pytest.mark.slow("creates and deletes a key in moto")
def test_an_update_to_50_tags_removes_the_owner_tag(cloud, created_key):
    key, outputs, channel = created_key
    tags = {f"tag-{n}": "" for n in range(50)}
    updated = StreamKeyProvider().update(key, outputs, inputs(channel, tags=tags)).outs
    assert updated["owner_tag"] == ""
    tags_with_room = {name: value for name, value in tags.items() if name != "tag-0"}
    cloud.client.untag_resource(resourceArn=key, tagKeys=["tag-0"])
    assert cloud.key(channel)["tags"] == tags_with_room
    StreamKeyProvider().delete(key, updated)
    assert cloud.keys(channel) == []


def test_a_deleted_channel_is_no_error_and_causes_no_message(cloud, created_key, capfd):
    key, outputs, channel = created_key
    cloud.client.delete_channel(arn=channel)
    StreamKeyProvider().delete(key, outputs)
    assert "is kept" not in capfd.readouterr().err
