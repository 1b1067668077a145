"""Two StreamKeys on one channel: refused before one deletes the other's key, in the preview already."""

import pytest

from ivs_stream_key import StreamKey
from rehearsal.testing import OperationFailed

REFUSED = "expected a channel of its own for each StreamKey, got that of StreamKey '(one|two)'"


@pytest.fixture
def declared(rehearse):
    """Return the stack of a program that declares these StreamKeys, by name, on these channels."""
    inputs = {}
    ivs = rehearse.cloud.boto3("ivs")
    inputs["one"] = ivs.create_channel()["channel"]["arn"]
    return rehearse(lambda: [StreamKey(name, channel) for name, channel in inputs.items()]), inputs, ivs


@pytest.mark.slow("a stack's preview")
def test_the_preview_reports_two_keys_on_one_channel(declared):
    stack, inputs, _ = declared
    inputs["two"] = inputs["one"]
    for operation in (stack.preview, stack.up):
        with pytest.raises(OperationFailed, match=REFUSED):
            operation()


@pytest.mark.slow("several operations of a stack with a key")
def test_the_existing_key_is_kept(declared):
    stack, inputs, ivs = declared
    stack.up()
    inputs["two"] = inputs["one"]
    with pytest.raises(OperationFailed, match=REFUSED):
        stack.up()
    (key,) = ivs.list_stream_keys(channelArn=inputs["one"])["streamKeys"]
    assert key["arn"] == stack.resource("one").id
    del inputs["two"]
    stack.up(expect_no_changes=True)


@pytest.mark.slow("several operations of a stack with a key")
def test_two_stream_keys_can_swap_their_channels(declared):
    stack, inputs, ivs = declared
    inputs["two"] = ivs.create_channel()["channel"]["arn"]
    stack.up()
    inputs |= {"one": inputs["two"], "two": inputs["one"]}
    stack.up()
    for name, channel in inputs.items():
        (key,) = ivs.list_stream_keys(channelArn=channel)["streamKeys"]
        assert key["arn"] == stack.resource(name).id
