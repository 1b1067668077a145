import pytest

from ivs_stream_key.aws.service_model import limits
from ivs_stream_key.ivs.ownership import (
    OWNER_TAG_KEY,
    Owner,
    Ownership,
    has_version,
    leaves_room,
    owner_tag_for,
    owner_tag_of_takeover,
    ownership_of,
    parse_owner_tag,
)
from owners import OWNER, owner

MADE = "2026-01-31T23:59:59Z"
LATER = "2026-02-01T00:00:00Z"
LIVE = Owner.of(OWNER)
OTHERS = {
    Ownership.STACK: [owner("other"), owner(parents="ivs:index:LiveChannel$")],
    Ownership.OTHER_STACK: [owner(stack="dev"), owner(project="vod"), owner(organization="others")],
}


def text(given=OWNER, triggers=None):
    return owner_tag_for(Owner.of(given), triggers, MADE)[OWNER_TAG_KEY]


def test_the_format_of_the_owner_tag_is_stable():
    assert owner_tag_for(LIVE, {"season": 1.0}, MADE) == {
        "pulumi-ivs-stream-key:owner": "v1 stack=1edd239ab1330311924aa108 path=3aebcbf08853328a421288a4 "
        "triggers=027744879d89 "
        "made=2026-01-31T23:59:59Z name=shop/prod/live"
    }


def test_the_old_owner_tag_format_is_that_of_previous_versions():
    assert LIVE.old_owner_tag == "c701de384ae5bc7e64a10226e52d41a0"


def test_a_resource_recognizes_its_owner_tag_in_each_format():
    assert ownership_of(text(), LIVE) is Ownership.RESOURCE
    assert ownership_of(LIVE.old_owner_tag, LIVE) is Ownership.RESOURCE
    assert ownership_of(None, LIVE) is Ownership.NOBODY
    assert ownership_of("", LIVE) is Ownership.NOBODY


@pytest.mark.parametrize(
    ("ownership", "other"), [(ownership, other) for ownership, others in OTHERS.items() for other in others]
)
def test_other_resources_of_the_stack_are_distinguished_from_other_stacks(ownership, other):
    assert ownership_of(text(other), LIVE) is ownership
    assert parse_owner_tag(text(other)).name == Owner.of(other).plain


@pytest.mark.parametrize("found", [Owner.of(owner("other")).old_owner_tag, "v2 whatever", "by hand"])
def test_owner_tags_of_other_versions_belong_to_unknown_resources(found):
    assert ownership_of(found, LIVE) is Ownership.UNKNOWN
    assert parse_owner_tag(found) is None


def test_the_version_is_read_from_owner_tags_of_this_and_later_formats():
    assert has_version(text())
    assert has_version("v2 whatever")
    assert not has_version(LIVE.old_owner_tag)
    assert not has_version(None)


def test_parts_of_a_name_are_separated():
    assert (
        Owner.of(owner(project="a", stack="b-c")).stack_digest != Owner.of(owner(project="a-b", stack="c")).stack_digest
    )


def test_an_owner_tag_is_a_valid_tag_value_and_parses_for_any_names():
    given = owner("größe/$::\n\"'" * 100, stack="s" * 100, project="p" * 100)
    made = text(given)
    assert limits().tag_value.fits_length(made)
    assert limits().tag_value.matches(made)
    assert parse_owner_tag(made).name.endswith("...")
    assert parse_owner_tag(made).resource is None
    assert ownership_of(made, Owner.of(given)) is Ownership.RESOURCE
    assert "größe" in text(owner("größe"))


def test_an_owner_tag_without_an_owner_is_unique_per_create():
    assert owner_tag_for(None, {}, MADE) != owner_tag_for(None, {}, MADE)
    assert ownership_of(owner_tag_for(None, {}, MADE)[OWNER_TAG_KEY], None) is Ownership.UNKNOWN


@pytest.mark.parametrize("value", [None, "", "shop/prod/live", {"urn": "urn:pulumi:a::b"}, {"organization": "a"}])
def test_an_invalid_owner_is_none(value):
    assert Owner.of(value) is None


def test_the_urn_in_the_owner_tag_includes_the_types_of_components():
    stack = "urn:pulumi:prod::shop::pulumi:pulumi:Stack::shop-prod"
    component = Owner.urn_below(stack, "a:b:C", "x")
    assert component == "urn:pulumi:prod::shop::a:b:C::x"
    assert Owner.urn_below(component, "d:e:F", "y::z") == "urn:pulumi:prod::shop::a:b:C$d:e:F::y::z"


class TestTriggers:
    def test_equal_triggers_are_equal_after_pulumis_serialization(self):
        owner_tag = parse_owner_tag(text(triggers={"a": 1, "b": [True, None], "c": None}))
        assert owner_tag.same_triggers({"b": [True, None], "a": 1.0}, LIVE) is True

    @pytest.mark.parametrize("other", [None, {}, {"a": True}, {"a": "1"}, {"a": 2}, {"a": 1, "b": 1}])
    def test_different_triggers_are_not_equal(self, other):
        assert parse_owner_tag(text(triggers={"a": 1})).same_triggers(other, LIVE) is False

    def test_none_equals_empty_triggers(self):
        assert parse_owner_tag(text(triggers=None)).same_triggers({}, LIVE) is True

    def test_secret_triggers_are_not_published_and_not_comparable(self):
        secret = owner(secret_triggers=True)
        made = text(secret, {"pin": "1234"})
        assert made == text(secret, {"pin": "4321"})
        assert parse_owner_tag(made).same_triggers({"pin": "1234"}, LIVE) is None
        assert parse_owner_tag(text(triggers={"pin": "1234"})).same_triggers({"pin": "1234"}, Owner.of(secret)) is None


class TestTakeover:
    def test_a_key_created_elsewhere_keeps_its_age(self):
        owner_tag = parse_owner_tag(owner_tag_of_takeover(text(owner("other")), LIVE, {}, LATER)[OWNER_TAG_KEY])
        assert (owner_tag.made, owner_tag.time) == (MADE, MADE)
        assert ownership_of(owner_tag.text, LIVE) is Ownership.RESOURCE

    @pytest.mark.parametrize("found", [None, "by hand"])
    def test_another_owners_key_is_known_to_be_older(self, found):
        owner_tag = parse_owner_tag(owner_tag_of_takeover(found, LIVE, {}, LATER)[OWNER_TAG_KEY])
        assert (owner_tag.made, owner_tag.time) == (None, LATER)
        again = parse_owner_tag(
            owner_tag_of_takeover(owner_tag.text, Owner.of(owner("other")), {}, "2027-01-01T00:00:00Z")[OWNER_TAG_KEY]
        )
        assert (again.made, again.time) == (None, LATER)


def test_the_owner_tag_fits_beside_at_most_49_tags():
    assert leaves_room(dict.fromkeys(map(str, range(49)), ""))
    assert not leaves_room(dict.fromkeys(map(str, range(50)), ""))
