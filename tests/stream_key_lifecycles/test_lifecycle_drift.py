"""External changes of the key: a refresh finds them, the next up repairs them."""

import pytest

from ivs_stream_key.properties import EXISTING_KEY_CHOICES


def removed_from_state(refresh):
    return refresh.summary.resource_changes["delete"] == 1


@pytest.mark.real("a refresh compares the result of read with the provider's diff")
@pytest.mark.slow("a lifecycle")
def test_drift_of_tags_is_found_and_repaired(lifecycle):
    lifecycle.inputs["tags"] = {"team": "live", "stage": "main"}
    lifecycle.up()
    before = lifecycle.key_in_state()
    lifecycle.ivs.tag_resource(resourceArn=before["arn"], tags={"team": "finance", "extra": "1"})
    lifecycle.ivs.untag_resource(resourceArn=before["arn"], tagKeys=["stage"])
    refresh = lifecycle.stack.refresh()
    assert refresh.summary.resource_changes["update"] == 1
    assert lifecycle.stack.resource("key").outputs["tags"] == {"team": "finance", "extra": "1"}
    up = lifecycle.up()
    assert up.plan == {"key": "update"}
    assert lifecycle.tags() == {"team": "live", "stage": "main"}
    assert lifecycle.key_in_state()["value"] == before["value"]


@pytest.mark.slow("several operations of a stack with a key")
def test_tags_in_ignore_changes_keep_their_external_values(lifecycle):
    lifecycle.inputs["tags"] = {"team": "live"}
    lifecycle.opts["ignore_changes"] = ["tags"]
    lifecycle.up()
    lifecycle.ivs.tag_resource(resourceArn=lifecycle.key_in_state()["arn"], tags={"team": "finance"})
    lifecycle.stack.refresh()
    lifecycle.up(expect_no_changes=True)
    assert lifecycle.tags() == {"team": "finance"}


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.parametrize("existing_key", EXISTING_KEY_CHOICES)
def test_an_externally_deleted_key_is_recreated(lifecycle, existing_key):
    lifecycle.inputs["existing_key"] = existing_key
    lifecycle.up()
    before = lifecycle.key_in_state()
    lifecycle.ivs.delete_stream_key(arn=before["arn"])
    assert removed_from_state(lifecycle.stack.refresh())
    assert lifecycle.up().creates("key")
    assert lifecycle.key_in_state()["arn"] != before["arn"]


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.real("a read that finds no key, and the create after it")
@pytest.mark.parametrize(("existing_key", "adopted"), [("replace", False), ("adopt", True)])
def test_an_externally_rotated_key_is_handled_like_any_existing_key(lifecycle, existing_key, adopted):
    lifecycle.inputs["existing_key"] = existing_key
    lifecycle.up()
    new_key = lifecycle.replace_key_externally()
    assert removed_from_state(lifecycle.stack.refresh())
    lifecycle.up()
    assert (lifecycle.key_in_state()["value"] == new_key["value"]) is adopted


@pytest.mark.slow("several operations of a stack with a key")
def test_with_fail_an_externally_rotated_key_is_kept(lifecycle):
    lifecycle.inputs["existing_key"] = "fail"
    lifecycle.up()
    new_key = lifecycle.replace_key_externally()
    lifecycle.stack.refresh()
    assert new_key["arn"] in lifecycle.assert_refused(lifecycle.up, "KeyExists")
    assert [key["arn"] for key in lifecycle.keys_on_channel()] == [new_key["arn"]]
    lifecycle.ivs.delete_stream_key(arn=new_key["arn"])
    lifecycle.up()
    assert lifecycle.key_in_state()


@pytest.mark.slow("several operations of a stack with a key")
def test_a_destroy_keeps_another_owners_key(lifecycle):
    lifecycle.up()
    new_key = lifecycle.replace_key_externally()
    lifecycle.stack.destroy()
    assert [key["arn"] for key in lifecycle.keys_on_channel()] == [new_key["arn"]]
    lifecycle.ivs.delete_stream_key(arn=new_key["arn"])


@pytest.mark.slow("several operations of a stack with a key")
def test_changing_tags_of_a_deleted_key_recommends_a_refresh(lifecycle):
    lifecycle.up()
    lifecycle.ivs.delete_stream_key(arn=lifecycle.key_in_state()["arn"])
    lifecycle.inputs["tags"] = {"team": "live"}
    error = lifecycle.assert_refused(lifecycle.up, "NotFound")
    assert "run `pulumi refresh` and then `pulumi up`, which creates a new one" in error
    lifecycle.stack.refresh()
    lifecycle.up()
    assert lifecycle.tags() == {"team": "live"}


@pytest.mark.slow("several operations of a stack with a key")
def test_a_destroy_after_the_channel_was_deleted_succeeds(lifecycle):
    lifecycle.up()
    lifecycle.ivs.delete_channel(arn=lifecycle.channel)
    lifecycle.stack.destroy()


@pytest.mark.slow("several operations of a stack with a key")
def test_an_up_reports_a_deleted_channel(lifecycle):
    lifecycle.up()
    lifecycle.ivs.delete_channel(arn=lifecycle.channel)
    assert removed_from_state(lifecycle.stack.refresh())
    assert f"There is no channel {lifecycle.channel}." in lifecycle.assert_refused(lifecycle.up, "NotFound")
