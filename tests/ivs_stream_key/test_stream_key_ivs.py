import pytest
from botocore.stub import Stubber

from ivs_stream_key.errors import NotFound, QuotaExceeded
from ivs_stream_key.ivs import Ivs, Key
from ivs_stream_key.service import limits

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"
NO_CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/nonexistent0"
NO_KEY = "arn:aws:ivs:us-west-2:123456789012:stream-key/nonexistent0"


@pytest.fixture
def ivs(cloud):
    return Ivs(cloud.client)


def test_the_key_that_is_made_is_the_one_that_is_read(cloud, ivs):
    channel = cloud.channel(with_key=False)
    made = ivs.create(channel, {"team": "live"})
    assert made.channel_arn == channel
    assert made.tags == {"team": "live"}
    assert made.value == cloud.key(channel)["value"]
    assert ivs.get(made.arn) == made
    assert ivs.keys_of(channel) == [made.arn]


def test_a_second_key_on_a_channel_is_refused(cloud, ivs):
    with pytest.raises(QuotaExceeded):
        ivs.create(cloud.channel(), {})


def test_reading_a_key_that_is_gone_gives_none(ivs):
    assert ivs.get(NO_KEY) is None


def test_deleting_a_key_that_is_gone_is_no_error(cloud, ivs):
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
def test_tags_change_with_no_call_for_what_is_the_same(cloud, ivs, new, calls):
    old = {"a": "1", "b": "2"}
    arn = ivs.create(cloud.channel(with_key=False), old).arn
    cloud.forget()
    ivs.retag(arn, old, new)
    assert cloud.calls == calls
    assert ivs.get(arn).tags == new


def test_a_key_with_all_the_tags_it_can_have_gets_other_tags(cloud, ivs):
    old = {f"tag-{n}": "" for n in range(limits().most_tags)}
    new = {f"other-{n}": "" for n in range(limits().most_tags)}
    arn = ivs.create(cloud.channel(with_key=False), old).arn
    ivs.retag(arn, old, new)
    assert ivs.get(arn).tags == new


@pytest.fixture
def stubbed(new_client):
    def stubbed(operation, *answers):
        client = new_client()
        stubber = Stubber(client)
        for parameters, answer in answers:
            stubber.add_response(operation, answer, parameters)
        stubber.activate()
        return Ivs(client), stubber

    return stubbed


def test_the_pages_of_a_list_are_followed_and_are_as_large_as_the_service_makes_them(stubbed):
    most = limits().largest_page
    ivs, stubber = stubbed(
        "list_stream_keys",
        ({"channelArn": CHANNEL, "maxResults": most}, {"streamKeys": [{"arn": f"{NO_KEY}1"}], "nextToken": "more"}),
        ({"channelArn": CHANNEL, "maxResults": most, "nextToken": "more"}, {"streamKeys": [], "nextToken": "last"}),
        ({"channelArn": CHANNEL, "maxResults": most, "nextToken": "last"}, {"streamKeys": [{"arn": f"{NO_KEY}2"}]}),
    )
    assert ivs.keys_of(CHANNEL) == [f"{NO_KEY}1", f"{NO_KEY}2"]
    stubber.assert_no_pending_responses()


def test_tags_that_aws_gives_are_not_among_a_keys_tags(stubbed):
    answer = {
        "arn": NO_KEY,
        "channelArn": CHANNEL,
        "value": "a password",
        "tags": {"aws:cloudformation:stack-id": "x", "team": "live", "by-aws:": "y"},
    }
    ivs, _ = stubbed("get_stream_key", ({"arn": NO_KEY}, {"streamKey": answer}))
    assert ivs.get(NO_KEY).tags == {"team": "live", "by-aws:": "y"}


def test_a_key_without_tags_in_the_answer_has_none(stubbed):
    answer = {"arn": NO_KEY, "channelArn": CHANNEL, "value": "a password"}
    ivs, _ = stubbed("get_stream_key", ({"arn": NO_KEY}, {"streamKey": answer}))
    assert ivs.get(NO_KEY).tags == {}


def test_the_value_is_in_no_repr():
    key = Key(NO_KEY, CHANNEL, "a password", {})
    assert "a password" not in f"{key!r} {key!s} {[key]}"
