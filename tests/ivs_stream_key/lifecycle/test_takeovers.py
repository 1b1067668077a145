"""A takeover is recognized by comparing the key's owner tag with the one in the state."""

import pytest

from ivs_stream_key.aws import arns
from ivs_stream_key.errors import KeyExists
from ivs_stream_key.ivs.ownership import OWNER_TAG_KEY, Owner, owner_tag_for
from ivs_stream_key.ivs.stream_keys import Listed
from ivs_stream_key.lifecycle.takeovers import is_taken_over, refuse_taken_over
from owners import OWNER, owner

KEY = "arn:aws:ivs:us-west-2:123456789012:stream-key/abcdABCDefgh"
CHANNEL = arns.parse("arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh", arns.CHANNEL)
FULL = {f"tag-{n}": "" for n in range(50)}


def owner_tag(of, made="2026-01-31T23:59:59Z"):
    return owner_tag_for(Owner.of(of), {}, made)[OWNER_TAG_KEY]


OWN_TAG, LATER_OWN_TAG = owner_tag(OWNER), owner_tag(OWNER, "2026-02-01T00:00:00Z")
OTHER_STACKS_TAG, SAME_STACKS_TAG = owner_tag(owner(stack="dev")), owner_tag(owner("other"))


@pytest.mark.parametrize(
    ("tags", "tag_on_key", "tag_in_state", "taken_over"),
    [
        ({}, OWN_TAG, OWN_TAG, False),
        ({}, OTHER_STACKS_TAG, OWN_TAG, True),
        ({}, SAME_STACKS_TAG, OWN_TAG, True),
        ({}, OTHER_STACKS_TAG, "", True),
        ({}, OTHER_STACKS_TAG, None, True),
        ({}, "v2 whatever", OWN_TAG, True),
        ({}, "by hand", OWN_TAG, False),
        ({}, None, OWN_TAG, False),
        (FULL, None, OWN_TAG, True),
        (FULL, None, "", False),
        (FULL, None, None, False),
        # An update wrote the owner tag, and was interrupted before it wrote the state.
        ({}, LATER_OWN_TAG, OWN_TAG, False),
        ({}, OWN_TAG, "", False),
        ({}, OWN_TAG, None, False),
    ],
)
def test_a_key_is_taken_over_if_its_owner_tag_changed_or_was_removed_for_50_tags(
    tags, tag_on_key, tag_in_state, taken_over
):
    assert is_taken_over(Listed(KEY, tags, tag_on_key), tag_in_state, Owner.of(OWNER)) is taken_over


def test_without_a_known_owner_a_new_owner_tag_is_a_takeover():
    assert is_taken_over(Listed(KEY, {}, OWN_TAG), None, None)


def is_refused(tags, tag_on_key, tag_in_state, *, declared=FULL, old_owner=OWNER, new_owner=OWNER):
    listed = Listed(KEY, tags, tag_on_key)
    try:
        refuse_taken_over(listed, tag_in_state, (Owner.of(old_owner), Owner.of(new_owner)), declared, CHANNEL)
    except KeyExists:
        return True
    return False


def test_a_takeover_by_another_stack_is_refused_and_one_within_the_stack_is_not():
    assert is_refused({}, OTHER_STACKS_TAG, OWN_TAG)
    assert not is_refused({}, SAME_STACKS_TAG, OWN_TAG)
    assert not is_refused({}, OWN_TAG, OWN_TAG)


def test_a_renamed_stack_is_the_same_owner():
    renamed = owner(stack="live")
    assert not is_refused({}, OWN_TAG, OWN_TAG, new_owner=renamed)
    assert not is_refused({}, SAME_STACKS_TAG, OWN_TAG, new_owner=renamed)
    assert is_refused({}, OTHER_STACKS_TAG, OWN_TAG, new_owner=renamed)


def test_50_declared_tags_are_no_takeover_and_50_others_are():
    assert not is_refused(FULL, None, OWN_TAG)
    assert is_refused(FULL, None, OWN_TAG, declared={"team": "live"})
