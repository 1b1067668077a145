import pytest
from botocore.stub import Stubber

from ivs_stream_key.aws.service_model import limits
from ivs_stream_key.errors import NotFound, QuotaExceeded
from ivs_stream_key.ivs.ownership import OWNER_TAG_KEY, Owner, owner_tag_for
from ivs_stream_key.ivs.stream_keys import Ivs, Key, Listed, Stream
from moto_ivs import go_live
from owners import owner

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"
NO_CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/nonexistent0"
MADE = "2026-01-31T23:59:59Z"
OWNER_TAGS = owner_tag_for(Owner.of(owner()), {}, MADE)
NO_KEY = "arn:aws:ivs:us-west-2:123456789012:stream-key/nonexistent0"


@pytest.fixture
def ivs(cloud):
    return Ivs(cloud.client)


def test_a_created_key_can_be_read(cloud, ivs):
    channel = cloud.channel(with_key=False)
    made = ivs.create(channel, {"team": "live"}, OWNER_TAGS)
    assert made.channel_arn == channel
    assert made.tags == {"team": "live"}
    assert made.value == cloud.key(channel)["value"]
    assert ivs.get(made.arn) == made
    assert ivs.keys_of(channel) == [Listed(made.arn, {"team": "live"}, OWNER_TAGS[OWNER_TAG_KEY])]


def test_a_second_key_on_a_channel_is_refused(cloud, ivs):
    with pytest.raises(QuotaExceeded):
        ivs.create(cloud.channel(), {}, OWNER_TAGS)


def test_reading_a_missing_key_gives_none(ivs):
    assert ivs.get(NO_KEY) is None


def test_deleting_a_missing_key_is_no_error(cloud, ivs):
    channel = cloud.channel()
    arn = cloud.key(channel)["arn"]
    ivs.delete(arn)
    assert cloud.keys(channel) == []
    ivs.delete(arn)


def test_listing_the_keys_of_a_channel_that_is_missing_is_an_error(ivs):
    with pytest.raises(NotFound, match="no channel"):
        ivs.keys_of(NO_CHANNEL)


@pytest.mark.parametrize(
    ("new", "calls"),
    [
        ({"a": "1", "b": "2"}, []),
        ({"a": "1", "b": "2", "c": "3"}, ["TagResource"]),
        ({"a": "1"}, ["UntagResource"]),
        ({"a": "1", "b": "0"}, ["TagResource"]),
        ({"c": "3"}, ["UntagResource", "TagResource"]),
        ({}, ["UntagResource"]),
    ],
)
def test_unchanged_tags_cause_no_call(cloud, ivs, new, calls):
    old = {"a": "1", "b": "2"}
    arn = ivs.create(cloud.channel(with_key=False), old, OWNER_TAGS).arn
    cloud.clear_calls()
    ivs.retag(arn, old, new)
    assert cloud.calls == calls
    assert ivs.get(arn).tags == new


def test_a_key_with_50_tags_can_get_other_tags(cloud, ivs):
    old = {f"tag-{n}": "" for n in range(limits().most_tags)}
    new = {f"other-{n}": "" for n in range(limits().most_tags)}
    arn = ivs.create(cloud.channel(with_key=False), old, OWNER_TAGS).arn
    ivs.retag(arn, old, new)
    assert ivs.get(arn).tags == new


@pytest.fixture
def stubbed(new_client):
    def stubbed(operation, *responses):
        client = new_client()
        stubber = Stubber(client)
        for parameters, response in responses:
            stubber.add_response(operation, response, parameters)
        stubber.activate()
        return Ivs(client), stubber

    return stubbed


def test_all_pages_of_a_list_are_read_with_the_largest_page_size(stubbed):
    most = limits().largest_page
    ivs, stubber = stubbed(
        "list_stream_keys",
        ({"channelArn": CHANNEL, "maxResults": most}, {"streamKeys": [{"arn": f"{NO_KEY}1"}], "nextToken": "more"}),
        ({"channelArn": CHANNEL, "maxResults": most, "nextToken": "more"}, {"streamKeys": [], "nextToken": "last"}),
        ({"channelArn": CHANNEL, "maxResults": most, "nextToken": "last"}, {"streamKeys": [{"arn": f"{NO_KEY}2"}]}),
    )
    assert [key.arn for key in ivs.keys_of(CHANNEL)] == [f"{NO_KEY}1", f"{NO_KEY}2"]
    stubber.assert_no_pending_responses()


def test_aws_tags_are_not_among_a_keys_tags(stubbed):
    response = {
        "arn": NO_KEY,
        "channelArn": CHANNEL,
        "value": "a password",
        "tags": {"aws:cloudformation:stack-id": "x", "team": "live", "by-aws:": "y"},
    }
    ivs, _ = stubbed("get_stream_key", ({"arn": NO_KEY}, {"streamKey": response}))
    assert ivs.get(NO_KEY).tags == {"team": "live", "by-aws:": "y"}


def test_a_response_without_tags_means_no_tags(stubbed):
    response = {"arn": NO_KEY, "channelArn": CHANNEL, "value": "a password"}
    ivs, _ = stubbed("get_stream_key", ({"arn": NO_KEY}, {"streamKey": response}))
    assert ivs.get(NO_KEY).tags == {}


def test_the_value_is_in_no_repr():
    key = Key(NO_KEY, CHANNEL, "a password", {"a": "a secret tag"})
    assert "a password" not in f"{key!r} {key!s} {[key]}"
    assert "a secret tag" not in repr(key)


def tags_to_the_limit(name):
    return {f"{name}-{n}": "" for n in range(limits().most_tags)}


def test_the_owner_tag_is_not_among_the_keys_tags(cloud, ivs):
    channel = cloud.channel(with_key=False)
    ivs.create(channel, {"team": "live"}, OWNER_TAGS)
    assert cloud.key(channel)["tags"] == {"team": "live", **OWNER_TAGS}


def test_the_owner_tag_is_left_out_if_there_is_no_room_for_it(cloud, ivs):
    channel = cloud.channel(with_key=False)
    ivs.create(channel, tags_to_the_limit("tag"), OWNER_TAGS)
    (listed,) = ivs.keys_of(channel)
    assert listed.owner_tag is None
    assert listed.was_created_with(OWNER_TAGS, tags_to_the_limit("tag"))
    assert not listed.was_created_with(OWNER_TAGS, tags_to_the_limit("other"))


def test_the_owner_tag_identifies_the_owner_regardless_of_other_tags():
    listed = Listed(NO_KEY, {"a": "b"}, OWNER_TAGS[OWNER_TAG_KEY])
    assert listed.was_created_with(OWNER_TAGS, {"c": "d"})
    assert not listed.was_created_with(owner_tag_for(Owner.of(owner(stack="dev")), {}, MADE), {"a": "b"})
    assert not Listed(NO_KEY, {"a": "b"}, None).was_created_with(OWNER_TAGS, {"a": "b"})
    assert not Listed(NO_KEY, {}, None).was_created_with(OWNER_TAGS, {})


def test_the_owner_tag_is_removed_for_50_other_tags(cloud, ivs):
    channel = cloud.channel(with_key=False)
    arn = ivs.create(channel, {"a": "b"}, OWNER_TAGS).arn
    ivs.retag(arn, {"a": "b"}, tags_to_the_limit("tag"))
    assert cloud.key(channel)["tags"] == tags_to_the_limit("tag")
    cloud.clear_calls()
    ivs.retag(arn, tags_to_the_limit("tag"), tags_to_the_limit("tag"))
    assert cloud.calls == []


def test_a_new_owner_tag_is_written_with_the_other_tags_in_one_call(cloud, ivs):
    channel = cloud.channel(with_key=False)
    arn = ivs.create(channel, {"a": "b"}, OWNER_TAGS).arn
    other = owner_tag_for(Owner.of(owner("other")), {}, MADE)
    cloud.clear_calls()
    ivs.retag(arn, {"a": "b"}, {"a": "c"}, other)
    assert cloud.calls == ["TagResource"]
    assert cloud.key(channel)["tags"] == {"a": "c", **other}
    assert ivs.get(arn).owner_tag == other[OWNER_TAG_KEY]


def test_an_owner_tag_without_room_is_not_written(cloud, ivs):
    channel = cloud.channel(with_key=False)
    arn = ivs.create(channel, {"a": "b"}, OWNER_TAGS).arn
    ivs.retag(arn, {"a": "b"}, tags_to_the_limit("tag"), OWNER_TAGS)
    assert cloud.key(channel)["tags"] == tags_to_the_limit("tag")


def test_a_running_broadcast_is_reported_with_its_id_and_start(cloud, ivs):
    channel = cloud.channel()
    assert ivs.stream(channel) is None
    go_live(channel)
    seen = cloud.client.get_stream(channelArn=channel)["stream"]
    since = seen["startTime"].strftime("%Y-%m-%dT%H:%M:%SZ")
    assert ivs.stream(channel) == Stream(seen["streamId"], since)


def test_stopping_ends_the_broadcast_and_returns_whether_there_was_one(cloud, ivs):
    channel = cloud.channel()
    assert ivs.stop_stream(channel) is False
    go_live(channel)
    assert ivs.stop_stream(channel) is True
    assert ivs.stream(channel) is None


def test_a_deleted_channel_is_not_live(ivs):
    assert ivs.stream(NO_CHANNEL) is None
    assert ivs.stop_stream(NO_CHANNEL) is False


@pytest.mark.parametrize(
    ("response", "seen"), [({"state": "OFFLINE", "channelArn": CHANNEL}, None), ({"state": "LIVE"}, Stream("", ""))]
)
def test_an_offline_stream_is_none_and_a_stream_without_details_counts(stubbed, response, seen):
    ivs, _ = stubbed("get_stream", ({"channelArn": CHANNEL}, {"stream": response}))
    assert ivs.stream(CHANNEL) == seen
