import pytest

from ivs_stream_key.aws.service_model import limits
from ivs_stream_key.ivs.ownership import (
    MARK,
    Maker,
    Owner,
    has_version,
    leaves_room,
    maker_of,
    mark_for,
    mark_of_takeover,
    parse_mark,
)
from owners import OWNER, owner

MADE = "2026-01-31T23:59:59Z"
LATER = "2026-02-01T00:00:00Z"
LIVE = Owner.of(OWNER)
OTHERS = {
    Maker.STACK: [owner("other"), owner(parents="ivs:index:LiveChannel$")],
    Maker.OTHER_STACK: [owner(stack="dev"), owner(project="vod"), owner(organization="others")],
}


def text(given=OWNER, triggers=None):
    return mark_for(Owner.of(given), triggers, MADE)[MARK]


def test_the_format_does_not_change_from_version_to_version():
    assert mark_for(LIVE, {"season": 1.0}, MADE) == {
        "pulumi-ivs-stream-key:owner": "v1 stack=1edd239ab1330311924aa108 path=3aebcbf08853328a421288a4 "
        "triggers=027744879d89 "
        "made=2026-01-31T23:59:59Z name=shop/prod/live"
    }


def test_the_old_mark_is_that_of_the_versions_before():
    assert LIVE.old_mark == "c701de384ae5bc7e64a10226e52d41a0"


def test_a_resource_knows_its_own_mark_old_or_new_and_that_of_nobody():
    assert maker_of(text(), LIVE) is Maker.RESOURCE
    assert maker_of(LIVE.old_mark, LIVE) is Maker.RESOURCE
    assert maker_of(None, LIVE) is Maker.NOBODY
    assert maker_of("", LIVE) is Maker.NOBODY


@pytest.mark.parametrize(("maker", "other"), [(maker, other) for maker, others in OTHERS.items() for other in others])
def test_other_resources_of_the_stack_are_distinguished_from_other_stacks(maker, other):
    assert maker_of(text(other), LIVE) is maker
    assert parse_mark(text(other)).name == Owner.of(other).plain


@pytest.mark.parametrize("found", [Owner.of(owner("other")).old_mark, "v2 whatever", "by hand"])
def test_marks_of_other_versions_are_of_unknown_resources(found):
    assert maker_of(found, LIVE) is Maker.UNKNOWN
    assert parse_mark(found) is None


def test_a_version_is_told_of_marks_of_this_format_and_later_ones():
    assert has_version(text())
    assert has_version("v2 whatever")
    assert not has_version(LIVE.old_mark)
    assert not has_version(None)


def test_parts_of_a_name_do_not_run_together():
    assert (
        Owner.of(owner(project="a", stack="b-c")).stack_digest != Owner.of(owner(project="a-b", stack="c")).stack_digest
    )


def test_a_mark_is_a_tag_value_that_ivs_takes_and_parses_whatever_the_names_are():
    given = owner("größe/$::\n\"'" * 100, stack="s" * 100, project="p" * 100)
    made = text(given)
    assert limits().tag_value.fits_length(made)
    assert limits().tag_value.matches(made)
    assert parse_mark(made).name.endswith("...")
    assert parse_mark(made).resource is None
    assert maker_of(made, Owner.of(given)) is Maker.RESOURCE
    assert "größe" in text(owner("größe"))


def test_the_mark_of_no_owner_is_that_of_one_create_alone():
    assert mark_for(None, {}, MADE) != mark_for(None, {}, MADE)
    assert maker_of(mark_for(None, {}, MADE)[MARK], None) is Maker.UNKNOWN


@pytest.mark.parametrize("value", [None, "", "shop/prod/live", {"urn": "urn:pulumi:a::b"}, {"organization": "a"}])
def test_what_is_no_owner_is_none(value):
    assert Owner.of(value) is None


def test_the_urn_below_the_stack_has_no_prefix_and_below_a_component_its_types():
    stack = "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod"
    component = Owner.urn_below(stack, "a:b:C", "x")
    assert component == "urn:pulumi:prod::shop::a:b:C::x"
    assert Owner.urn_below(component, "d:e:F", "y::z") == "urn:pulumi:prod::shop::a:b:C$d:e:F::y::z"


class TestTriggers:
    def test_equal_ones_are_the_same_as_pulumi_sends_them(self):
        mark = parse_mark(text(triggers={"a": 1, "b": [True, None], "c": None}))
        assert mark.same_triggers({"b": [True, None], "a": 1.0}, LIVE) is True

    @pytest.mark.parametrize("other", [None, {}, {"a": True}, {"a": "1"}, {"a": 2}, {"a": 1, "b": 1}])
    def test_others_are_not(self, other):
        assert parse_mark(text(triggers={"a": 1})).same_triggers(other, LIVE) is False

    def test_none_is_as_good_as_empty(self):
        assert parse_mark(text(triggers=None)).same_triggers({}, LIVE) is True

    def test_of_secrets_nothing_is_published_and_nothing_can_be_told(self):
        secret = owner(secret_triggers=True)
        made = text(secret, {"pin": "1234"})
        assert made == text(secret, {"pin": "4321"})
        assert parse_mark(made).same_triggers({"pin": "1234"}, LIVE) is None
        assert parse_mark(text(triggers={"pin": "1234"})).same_triggers({"pin": "1234"}, Owner.of(secret)) is None


class TestTakeover:
    def test_a_key_that_was_made_elsewhere_keeps_its_age(self):
        mark = parse_mark(mark_of_takeover(text(owner("other")), LIVE, {}, LATER)[MARK])
        assert (mark.made, mark.time) == (MADE, MADE)
        assert maker_of(mark.text, LIVE) is Maker.RESOURCE

    @pytest.mark.parametrize("found", [None, "by hand"])
    def test_of_another_it_is_known_that_it_was_made_before(self, found):
        mark = parse_mark(mark_of_takeover(found, LIVE, {}, LATER)[MARK])
        assert (mark.made, mark.time) == (None, LATER)
        again = parse_mark(mark_of_takeover(mark.text, Owner.of(owner("other")), {}, "2027-01-01T00:00:00Z")[MARK])
        assert (again.made, again.time) == (None, LATER)


def test_there_is_room_for_the_mark_beside_49_tags_and_no_more():
    assert leaves_room(dict.fromkeys(map(str, range(49)), ""))
    assert not leaves_room(dict.fromkeys(map(str, range(50)), ""))
