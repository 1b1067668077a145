"""An update changes only the tags of its own key, and adds a missing owner tag."""

import pytest

from ivs_stream_key import errors
from ivs_stream_key.ivs.ownership import OWNER_TAG_KEY, Owner, owner_tag_for, parse_owner_tag
from ivs_stream_key.provider import StreamKeyProvider
from owners import OWNER, owner

FULL = {f"tag-{n}": "" for n in range(50)}


def inputs(channel, **given):
    return {"channel_arn": channel, "existing_key": "replace", "when_live": "keep", "owner": OWNER, **given}


@pytest.fixture
def create_key(cloud):
    """Return a function that creates a key and returns its ARN, its outputs and its inputs."""

    def make(**given):
        declared = inputs(cloud.channel(), **given)
        result = StreamKeyProvider().create(declared)
        cloud.clear_calls()
        return result.id, result.outs, declared

    return make


def test_the_owner_is_read_once(cloud, create_key):
    key, outputs, declared = create_key(tags={"a": "1"})
    updated = StreamKeyProvider().update(key, outputs, {**declared, "tags": {"a": "2"}}).outs
    assert cloud.calls == ["ListStreamKeys", "TagResource"]
    assert updated["owner_tag"] == outputs["owner_tag"]


def test_a_key_that_another_stack_has_taken_over_keeps_its_tags(cloud, create_key):
    key, outputs, declared = create_key(tags={"a": "1"})
    cloud.client.tag_resource(
        resourceArn=key, tags=owner_tag_for(Owner.of(owner(stack="dev")), {}, "2026-01-31T23:59:59Z")
    )
    before = cloud.key(declared["channel_arn"])
    cloud.clear_calls()
    with pytest.raises(errors.KeyExists, match="taken over by another stack"):
        StreamKeyProvider().update(key, outputs, {**declared, "tags": FULL})
    assert cloud.calls == ["ListStreamKeys"]
    assert cloud.key(declared["channel_arn"]) == before


def test_a_key_without_an_owner_tag_gets_that_of_its_state(cloud, create_key):
    key, outputs, declared = create_key(tags=FULL)
    assert outputs["owner_tag"] == ""
    updated = StreamKeyProvider().update(key, outputs, {**declared, "tags": {}}).outs
    tag = cloud.key(declared["channel_arn"])["tags"][OWNER_TAG_KEY]
    assert (updated["owner_tag"], parse_owner_tag(tag).time) == (tag, outputs["created_at"])


def test_an_imported_key_without_an_owner_gets_no_owner_tag(cloud, create_key):
    key, outputs, declared = create_key(tags=FULL)
    for properties in (outputs, declared):
        del properties["owner"]
    updated = StreamKeyProvider().update(key, outputs, {**declared, "tags": {}}).outs
    assert updated["owner_tag"] == ""
    assert cloud.key(declared["channel_arn"])["tags"] == {}


def test_a_manually_written_owner_tag_stays(cloud, create_key):
    key, outputs, declared = create_key()
    cloud.client.tag_resource(resourceArn=key, tags={OWNER_TAG_KEY: "by hand"})
    updated = StreamKeyProvider().update(key, outputs, {**declared, "tags": {"a": "1"}}).outs
    assert cloud.key(declared["channel_arn"])["tags"] == {"a": "1", OWNER_TAG_KEY: "by hand"}
    assert updated["owner_tag"] == outputs["owner_tag"]


def test_a_reverted_move_restores_the_owner_tag_with_the_next_update(cloud, create_key):
    key, outputs, declared = create_key()
    cloud.client.tag_resource(resourceArn=key, tags=owner_tag_for(Owner.of(owner("other")), {}, "2026-01-31T23:59:59Z"))
    updated = StreamKeyProvider().update(key, outputs, {**declared, "tags": {"a": "1"}}).outs
    assert cloud.key(declared["channel_arn"])["tags"] == {"a": "1", OWNER_TAG_KEY: outputs["owner_tag"]}
    assert updated["owner_tag"] == outputs["owner_tag"]


@pytest.mark.parametrize("gone", ["key", "channel"])
def test_a_deleted_key_is_an_error_that_recommends_a_refresh(cloud, create_key, gone):
    key, outputs, declared = create_key()
    if gone == "key":
        cloud.client.delete_stream_key(arn=key)
    else:
        cloud.client.delete_channel(arn=declared["channel_arn"])
    with pytest.raises(errors.NotFound) as caught:
        StreamKeyProvider().update(key, outputs, {**declared, "tags": {"a": "1"}})
    assert "pulumi refresh" in caught.value.remedy
