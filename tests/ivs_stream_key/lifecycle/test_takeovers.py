"""A takeover is recognized by comparing the key's owner tag with the one in the state."""

import pytest

from ivs_stream_key.aws import arns
from ivs_stream_key.errors import KeyExists
from ivs_stream_key.ivs.ownership import MARK, Owner, mark_for
from ivs_stream_key.ivs.stream_keys import Listed
from ivs_stream_key.lifecycle.takeovers import is_taken_over, refuse_taken_over
from owners import OWNER, owner

KEY = "arn:aws:ivs:us-west-2:123456789012:stream-key/abcdABCDefgh"
CHANNEL = arns.parse("arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh", arns.CHANNEL)
FULL = {f"tag-{n}": "" for n in range(50)}


def owner_tag(of, made="2026-01-31T23:59:59Z"):
    return mark_for(Owner.of(of), {}, made)[MARK]


OWN, LATER = owner_tag(OWNER), owner_tag(OWNER, "2026-02-01T00:00:00Z")
OTHER, STACKS = owner_tag(owner(stack="dev")), owner_tag(owner("other"))


@pytest.mark.parametrize(
    ("tags", "now", "known", "taken_over"),
    [
        ({}, OWN, OWN, False),
        ({}, OTHER, OWN, True),
        ({}, STACKS, OWN, True),
        ({}, OTHER, "", True),
        ({}, OTHER, None, True),
        ({}, "v2 whatever", OWN, True),
        ({}, "by hand", OWN, False),
        ({}, None, OWN, False),
        (FULL, None, OWN, True),
        (FULL, None, "", False),
        (FULL, None, None, False),
        # An update wrote the owner tag, and was interrupted before it wrote the state.
        ({}, LATER, OWN, False),
        ({}, OWN, "", False),
        ({}, OWN, None, False),
    ],
)
def test_a_key_is_taken_over_if_its_owner_tag_changed_or_gave_way_to_50_tags(tags, now, known, taken_over):
    assert is_taken_over(Listed(KEY, tags, now), known, Owner.of(OWNER)) is taken_over


def test_without_a_known_owner_a_new_owner_tag_is_a_takeover():
    assert is_taken_over(Listed(KEY, {}, OWN), None, None)


def is_refused(tags, now, known, *, declared=FULL, was=OWNER, wanted=OWNER):
    listed = Listed(KEY, tags, now)
    try:
        refuse_taken_over(listed, known, (Owner.of(was), Owner.of(wanted)), declared, CHANNEL)
    except KeyExists:
        return True
    return False


def test_a_takeover_by_another_stack_is_refused_and_one_within_the_stack_is_not():
    assert is_refused({}, OTHER, OWN)
    assert not is_refused({}, STACKS, OWN)
    assert not is_refused({}, OWN, OWN)


def test_a_renamed_stack_is_the_same_owner():
    renamed = owner(stack="live")
    assert not is_refused({}, OWN, OWN, wanted=renamed)
    assert not is_refused({}, STACKS, OWN, wanted=renamed)
    assert is_refused({}, OTHER, OWN, wanted=renamed)


def test_50_declared_tags_are_no_takeover_and_50_others_are():
    assert not is_refused(FULL, None, OWN)
    assert is_refused(FULL, None, OWN, declared={"team": "live"})
