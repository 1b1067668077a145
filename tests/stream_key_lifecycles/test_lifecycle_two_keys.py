"""Two StreamKeys on one channel are refused, in the preview too, before one deletes the other's key."""

import pytest

from ivs_stream_key import StreamKey
from rehearsal.testing import OperationFailed

REFUSED = "expected a channel of its own for each StreamKey, got that of StreamKey '(one|two)'"


@pytest.fixture
def two_keys(rehearse):
    """Return a stack with a StreamKey for each name in a mapping of names to channels, the mapping, and a client."""
    channels = {}
    ivs = rehearse.cloud.boto3("ivs")
    channels["one"] = ivs.create_channel()["channel"]["arn"]
    return rehearse(lambda: [StreamKey(name, channel) for name, channel in channels.items()]), channels, ivs


@pytest.mark.slow("a stack's preview")
def test_the_preview_reports_two_keys_on_one_channel(two_keys):
    stack, channels, _ = two_keys
    channels["two"] = channels["one"]
    for operation in (stack.preview, stack.up):
        with pytest.raises(OperationFailed, match=REFUSED):
            operation()


@pytest.mark.slow("several operations of a stack with a key")
def test_the_existing_key_is_kept(two_keys):
    stack, channels, ivs = two_keys
    stack.up()
    channels["two"] = channels["one"]
    with pytest.raises(OperationFailed, match=REFUSED):
        stack.up()
    (key,) = ivs.list_stream_keys(channelArn=channels["one"])["streamKeys"]
    assert key["arn"] == stack.resource("one").id
    del channels["two"]
    stack.up(expect_no_changes=True)


@pytest.mark.slow("several operations of a stack with a key")
def test_two_stream_keys_can_swap_their_channels(two_keys):
    stack, channels, ivs = two_keys
    channels["two"] = ivs.create_channel()["channel"]["arn"]
    stack.up()
    channels |= {"one": channels["two"], "two": channels["one"]}
    stack.up()
    for name, channel in channels.items():
        (key,) = ivs.list_stream_keys(channelArn=channel)["streamKeys"]
        assert key["arn"] == stack.resource(name).id
