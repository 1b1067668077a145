import pytest

from ivs_stream_key import errors
from ivs_stream_key.aws.arns import CHANNEL, parse
from ivs_stream_key.ivs.channels import Channels

NO_CHANNEL = parse("arn:aws:ivs:us-west-2:123456789012:channel/nonexistent0", CHANNEL)


def test_a_channel_is_found_by_its_arn_with_name_and_tags(cloud):
    made = cloud.client.create_channel(name="studio", tags={"team": "live"})["channel"]["arn"]
    found = Channels(cloud.client).get(parse(made, CHANNEL))
    assert (found.arn.text, found.name, found.tags) == (made, "studio", {"team": "live"})
    assert made.endswith(f"/{found.id}")


def test_a_missing_channel_is_named(cloud):
    with pytest.raises(errors.NotFound, match="There is no channel") as caught:
        Channels(cloud.client).get(NO_CHANNEL)
    assert caught.value.resource == NO_CHANNEL.text


def test_channels_are_found_by_all_of_their_tags(cloud):
    for tags in ({"team": "live"}, {"team": "live", "env": "prod"}, {"env": "prod"}, {}):
        cloud.client.create_channel(name="-".join(tags.values()), tags=tags)
    channels = Channels(cloud.client)
    assert sorted(found.name for found in channels.tagged({"team": "live"})) == ["live", "live-prod"]
    assert [found.name for found in channels.tagged({"team": "live", "env": "prod"})] == ["live-prod"]
    assert [found.name for found in channels.tagged({"team": "vod"})] == []
    assert len(list(channels.tagged({}))) == 4


@pytest.mark.slow("creates 101 channels in moto")
def test_all_pages_are_read(cloud):
    for number in range(101):
        cloud.client.create_channel(name=f"{number}")
    cloud.clear_calls()
    assert len(list(Channels(cloud.client).tagged({}))) == 101
    assert cloud.calls == ["ListChannels", "ListChannels"]
