"""The first create on an existing channel: the messages about the key that it deletes, and the number of calls."""

import pytest
from pulumi_aws import ivs

from ivs_stream_key import StreamKey
from rehearsal.testing import OperationFailed

CALLS = ["ListStreamKeys", "GetStream", "DeleteStreamKey", "CreateStreamKey"]


def operations(result):
    return [call.operation for call in result.calls]


def test_preview_and_up_name_the_replaced_key_and_mention_adopt(lifecycle_with_key, messages):
    lifecycle = lifecycle_with_key
    for operation in (lifecycle.preview, lifecycle.up):
        text = messages(operation())
        line = f"StreamKey 'key' replaces {lifecycle.default_key['arn']}, which has no owner tag. "
        assert text.count(line) == 1
        assert "set existing_key='adopt'" in text
        assert "warning: " not in text
    assert messages(lifecycle.up(expect_no_changes=True)) == ""


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.parametrize(
    ("when_live", "consequence"), [("keep", "its encoder needs the new key"), ("stop", "ends that broadcast")]
)
def test_a_live_channel_is_a_warning_with_stream_and_start_in_preview_and_up(
    lifecycle_with_key, messages, when_live, consequence
):
    lifecycle = lifecycle_with_key
    lifecycle.inputs["when_live"] = when_live
    lifecycle.go_live()
    for operation in (lifecycle.preview, lifecycle.up):
        text = messages(operation())
        assert text.count("warning: ") == 1
        assert f"replaces {lifecycle.default_key['arn']} of {lifecycle.channel}, which is live (stream st-" in text
        assert ", live since 20" in text
        assert consequence in text
    assert lifecycle.is_live() is (when_live == "keep")
    lifecycle.go_offline()


@pytest.mark.slow("several operations of a stack with a key")
def test_fail_refuses_a_live_channel_in_the_preview(lifecycle_with_key):
    lifecycle = lifecycle_with_key
    lifecycle.inputs["when_live"] = "fail"
    lifecycle.go_live()
    for operation in (lifecycle.preview, lifecycle.up):
        lifecycle.assert_refused(operation, "OnAir")
    assert [key["arn"] for key in lifecycle.keys_on_channel()] == [lifecycle.default_key["arn"]]
    lifecycle.go_offline()


@pytest.mark.slow("several operations of a stack with a key")
def test_adopted_keys_and_channels_without_a_key_cause_no_warning(lifecycle_with_key, messages):
    lifecycle = lifecycle_with_key
    lifecycle.inputs["existing_key"] = "adopt"
    lifecycle.go_live()
    assert messages(lifecycle.preview()) == ""
    assert messages(lifecycle.up()) == ""
    lifecycle.go_offline()
    messages(lifecycle.stack.destroy())
    assert messages(lifecycle.up()) == ""


@pytest.mark.slow("several operations of a stack with a key")
def test_a_channel_of_the_same_program_causes_no_warning(rehearse, messages):
    stack = rehearse(lambda: StreamKey("key", ivs.Channel("live").arn))
    assert operations(stack.preview()) == []
    up = stack.up()
    text = messages(up)
    assert "warning: " not in text
    assert text.count("\n") == 1
    assert [call for call in operations(up) if "Stream" in call] == CALLS


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.parametrize("when_live", ["keep", "fail", "stop"])
def test_create_reuses_the_list_of_check(lifecycle_with_key, when_live):
    lifecycle = lifecycle_with_key
    lifecycle.inputs["when_live"] = when_live
    assert operations(lifecycle.up()) == [*CALLS, *(["StopStream"] if when_live == "stop" else [])]


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.parametrize(("when_live", "more"), [("keep", []), ("fail", []), ("stop", ["StopStream"])])
def test_a_channel_without_a_key_takes_two_or_three_calls(lifecycle, when_live, more):
    lifecycle.inputs["when_live"] = when_live
    assert operations(lifecycle.up()) == ["ListStreamKeys", "CreateStreamKey", *more]


@pytest.mark.slow("several operations of a stack with a key")
def test_adoption_takes_four_calls_at_most(lifecycle_with_key):
    lifecycle = lifecycle_with_key
    lifecycle.ivs.tag_resource(resourceArn=lifecycle.default_key["arn"], tags={"by": "hand"})
    lifecycle.inputs |= {"existing_key": "adopt", "tags": {"team": "live"}}
    assert operations(lifecycle.up()) == ["ListStreamKeys", "GetStreamKey", "UntagResource", "TagResource"]


@pytest.mark.slow("a lifecycle for each way to rotate")
@pytest.mark.parametrize("rotate", ["triggers", "--replace", "retained"])
def test_a_rotation_is_not_reported_as_a_create(lifecycle_with_key, messages, rotate):
    lifecycle = lifecycle_with_key
    lifecycle.inputs["rotation_triggers"] = {"season": 1}
    lifecycle.opts["retain_on_delete"] = rotate == "retained"
    messages(lifecycle.up())
    before = lifecycle.key_in_state()
    replace = [lifecycle.stack.resource("key").urn] if rotate == "--replace" else []
    lifecycle.inputs["rotation_triggers"] = {"season": 1 if replace else 2}
    assert messages(lifecycle.preview(replace=replace)) == ""
    assert messages(lifecycle.up(replace=replace)) == ""
    assert lifecycle.key_in_state()["value"] != before["value"]
    lifecycle.opts["retain_on_delete"] = False
    lifecycle.up()


@pytest.mark.slow("a lifecycle for each refusal")
@pytest.mark.parametrize(
    ("code", "reason"),
    [("AccessDeniedException", "does not allow ivs:ListStreamKeys"), ("ExpiredTokenException", "does not accept")],
)
def test_a_preview_without_permission_warns_once_and_continues(rehearse, messages, code, reason):
    client = rehearse.cloud.boto3("ivs")
    channels = [client.create_channel()["channel"]["arn"] for _ in range(3)]
    stack = rehearse(lambda: [StreamKey(f"key-{n}", arn) for n, arn in enumerate(channels)])
    rehearse.faults.error("ListStreamKeys", code, "no", times=None)
    text = messages(stack.preview())
    assert text.count("\n") == 1
    assert reason in text
    assert "replaces the key that its channel has" in text
    with pytest.raises(OperationFailed, match=reason):
        stack.up()
    rehearse.faults.clear()
    stack.up()


def test_a_preview_without_credentials_warns_once_and_continues(lifecycle_with_key, messages):
    lifecycle = lifecycle_with_key
    lifecycle.inputs["connection"] = {"profile": "nobody-has-it", "skip_credentials_validation": True}
    text = messages(lifecycle.preview())
    assert text.count("\n") == 1
    assert "Could not find out whether" in text
    assert lifecycle.keys_on_channel()
