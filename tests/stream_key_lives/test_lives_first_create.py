"""The first create on a channel that exists: what is said of the key that it deletes, and how many calls it takes."""

import pytest
from pulumi_aws import ivs

from ivs_stream_key import StreamKey
from rehearsal.testing import OperationFailed

CALLS = ["ListStreamKeys", "GetStream", "DeleteStreamKey", "CreateStreamKey"]


def operations(result):
    return [call.operation for call in result.calls]


def test_preview_and_up_name_the_replaced_key_and_mention_adopt(life_with_key, said):
    life = life_with_key
    for operation in (life.preview, life.up):
        text = said(operation())
        line = f"StreamKey 'key' replaces {life.first['arn']}, which has no owner tag. "
        assert text.count(line) == 1
        assert "set existing_key='adopt'" in text
        assert "warning: " not in text
    assert said(life.up(expect_no_changes=True)) == ""


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.parametrize(
    ("when_live", "consequence"), [("keep", "its encoder needs the new key"), ("stop", "ends that broadcast")]
)
def test_a_live_channel_is_a_warning_with_stream_and_start_in_preview_and_up(
    life_with_key, said, when_live, consequence
):
    life = life_with_key
    life.wish["when_live"] = when_live
    life.go_live()
    for operation in (life.preview, life.up):
        text = said(operation())
        assert text.count("warning: ") == 1
        assert f"replaces {life.first['arn']} of {life.channel}, which is live (stream st-" in text
        assert ", live since 20" in text
        assert consequence in text
    assert life.is_live() is (when_live == "keep")
    life.go_offline()


@pytest.mark.slow("several operations of a stack with a key")
def test_fail_refuses_a_live_channel_in_the_preview(life_with_key):
    life = life_with_key
    life.wish["when_live"] = "fail"
    life.go_live()
    for operation in (life.preview, life.up):
        life.refuses(operation, "OnAir")
    assert [key["arn"] for key in life.on_channel()] == [life.first["arn"]]
    life.go_offline()


@pytest.mark.slow("several operations of a stack with a key")
def test_adopted_keys_and_channels_without_a_key_cause_no_warning(life_with_key, said):
    life = life_with_key
    life.wish["existing_key"] = "adopt"
    life.go_live()
    assert said(life.preview()) == ""
    assert said(life.up()) == ""
    life.go_offline()
    said(life.stack.destroy())
    assert said(life.up()) == ""


@pytest.mark.slow("several operations of a stack with a key")
def test_a_channel_of_the_same_program_causes_no_warning(rehearse, said):
    stack = rehearse(lambda: StreamKey("key", ivs.Channel("live").arn))
    assert operations(stack.preview()) == []
    up = stack.up()
    text = said(up)
    assert "warning: " not in text
    assert text.count("\n") == 1
    assert [call for call in operations(up) if "Stream" in call] == CALLS


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.parametrize("when_live", ["keep", "fail", "stop"])
def test_create_reuses_the_list_of_check(life_with_key, when_live):
    life = life_with_key
    life.wish["when_live"] = when_live
    assert operations(life.up()) == [*CALLS, *(["StopStream"] if when_live == "stop" else [])]


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.parametrize(("when_live", "more"), [("keep", []), ("fail", []), ("stop", ["StopStream"])])
def test_a_channel_without_a_key_takes_two_or_three_calls(life, when_live, more):
    life.wish["when_live"] = when_live
    assert operations(life.up()) == ["ListStreamKeys", "CreateStreamKey", *more]


@pytest.mark.slow("several operations of a stack with a key")
def test_adoption_takes_four_calls_at_most(life_with_key):
    life = life_with_key
    life.ivs.tag_resource(resourceArn=life.first["arn"], tags={"by": "hand"})
    life.wish |= {"existing_key": "adopt", "tags": {"team": "live"}}
    assert operations(life.up()) == ["ListStreamKeys", "GetStreamKey", "UntagResource", "TagResource"]


@pytest.mark.slow("a life for each way to rotate")
@pytest.mark.parametrize("rotate", ["triggers", "--replace", "retained"])
def test_a_rotation_is_not_reported_as_a_create(life_with_key, said, rotate):
    life = life_with_key
    life.wish["rotation_triggers"] = {"season": 1}
    life.opts["retain_on_delete"] = rotate == "retained"
    said(life.up())
    before = life.held()
    replace = [life.stack.resource("key").urn] if rotate == "--replace" else []
    life.wish["rotation_triggers"] = {"season": 1 if replace else 2}
    assert said(life.preview(replace=replace)) == ""
    assert said(life.up(replace=replace)) == ""
    assert life.held()["value"] != before["value"]
    life.opts["retain_on_delete"] = False
    life.up()


@pytest.mark.slow("a life for each refusal")
@pytest.mark.parametrize(
    ("code", "reason"),
    [("AccessDeniedException", "does not allow ivs:ListStreamKeys"), ("ExpiredTokenException", "does not accept")],
)
def test_a_preview_without_permission_warns_once_and_continues(rehearse, said, code, reason):
    client = rehearse.cloud.boto3("ivs")
    channels = [client.create_channel()["channel"]["arn"] for _ in range(3)]
    stack = rehearse(lambda: [StreamKey(f"key-{n}", arn) for n, arn in enumerate(channels)])
    rehearse.faults.error("ListStreamKeys", code, "no", times=None)
    text = said(stack.preview())
    assert text.count("\n") == 1
    assert reason in text
    assert "replaces a key that its channel has" in text
    with pytest.raises(OperationFailed, match=reason):
        stack.up()
    rehearse.faults.clear()
    stack.up()


def test_a_preview_without_credentials_warns_once_and_continues(life_with_key, said):
    life = life_with_key
    life.wish["connection"] = {"profile": "nobody-has-it", "skip_credentials_validation": True}
    text = said(life.preview())
    assert text.count("\n") == 1
    assert "could not be found out" in text
    assert life.on_channel()
