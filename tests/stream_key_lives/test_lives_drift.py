"""Changes of the key by others: a refresh finds them, the next up repairs them."""

import pytest

from ivs_stream_key.properties import EXISTING_KEY_CHOICES


def gone(refresh):
    return refresh.summary.resource_changes["delete"] == 1


@pytest.mark.real("refresh compares what read returns by the provider's own diff")
def test_drift_of_tags_is_found_and_repaired(life):
    life.wish["tags"] = {"team": "live", "stage": "main"}
    life.up()
    before = life.held()
    life.ivs.tag_resource(resourceArn=before["arn"], tags={"team": "finance", "extra": "1"})
    life.ivs.untag_resource(resourceArn=before["arn"], tagKeys=["stage"])
    refresh = life.stack.refresh()
    assert refresh.summary.resource_changes["update"] == 1
    assert life.stack.resource("key").outputs["tags"] == {"team": "finance", "extra": "1"}
    up = life.up()
    assert up.plan == {"key": "update"}
    assert life.tags() == {"team": "live", "stage": "main"}
    assert life.held()["value"] == before["value"]


@pytest.mark.slow("several operations of a stack with a key")
def test_tags_in_ignore_changes_keep_their_external_values(life):
    life.wish["tags"] = {"team": "live"}
    life.opts["ignore_changes"] = ["tags"]
    life.up()
    life.ivs.tag_resource(resourceArn=life.held()["arn"], tags={"team": "finance"})
    life.stack.refresh()
    life.up(expect_no_changes=True)
    assert life.tags() == {"team": "finance"}


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.parametrize("existing_key", EXISTING_KEY_CHOICES)
def test_an_externally_deleted_key_is_recreated(life, existing_key):
    life.wish["existing_key"] = existing_key
    life.up()
    before = life.held()
    life.ivs.delete_stream_key(arn=before["arn"])
    assert gone(life.stack.refresh())
    assert life.up().creates("key")
    assert life.held()["arn"] != before["arn"]


@pytest.mark.slow("several operations of a stack with a key")
@pytest.mark.real("a read that finds nothing, and the create after it")
@pytest.mark.parametrize(("existing_key", "keeps"), [("replace", False), ("adopt", True)])
def test_an_externally_rotated_key_is_handled_like_any_existing_key(life, existing_key, keeps):
    life.wish["existing_key"] = existing_key
    life.up()
    theirs = life.replaced_behind_our_back()
    assert gone(life.stack.refresh())
    life.up()
    assert (life.held()["value"] == theirs["value"]) is keeps


@pytest.mark.slow("several operations of a stack with a key")
def test_with_fail_an_externally_rotated_key_is_kept(life):
    life.wish["existing_key"] = "fail"
    life.up()
    theirs = life.replaced_behind_our_back()
    life.stack.refresh()
    assert theirs["arn"] in life.refuses(life.up, "KeyExists")
    assert [key["arn"] for key in life.on_channel()] == [theirs["arn"]]
    life.ivs.delete_stream_key(arn=theirs["arn"])
    life.up()
    assert life.held()


@pytest.mark.slow("several operations of a stack with a key")
def test_a_destroy_keeps_another_owners_key(life):
    life.up()
    theirs = life.replaced_behind_our_back()
    life.stack.destroy()
    assert [key["arn"] for key in life.on_channel()] == [theirs["arn"]]
    life.ivs.delete_stream_key(arn=theirs["arn"])


@pytest.mark.slow("several operations of a stack with a key")
def test_changing_tags_of_a_deleted_key_recommends_a_refresh(life):
    life.up()
    life.ivs.delete_stream_key(arn=life.held()["arn"])
    life.wish["tags"] = {"team": "live"}
    error = life.refuses(life.up, "NotFound")
    assert "run `pulumi refresh` and then `pulumi up`, which creates a new one" in error
    life.stack.refresh()
    life.up()
    assert life.tags() == {"team": "live"}


@pytest.mark.slow("several operations of a stack with a key")
def test_a_destroy_after_the_channel_was_deleted_succeeds(life):
    life.up()
    life.ivs.delete_channel(arn=life.channel)
    life.stack.destroy()


@pytest.mark.slow("several operations of a stack with a key")
def test_an_up_reports_a_deleted_channel(life):
    life.up()
    life.ivs.delete_channel(arn=life.channel)
    assert gone(life.stack.refresh())
    assert f"There is no channel {life.channel}." in life.refuses(life.up, "NotFound")
