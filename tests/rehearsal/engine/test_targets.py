import pytest

from rehearsal.engine.targets import Targets

KEY = "urn:pulumi:dev::ivs-stream-key::ivs:index:LiveChannel$pulumi-python:dynamic/ivs:StreamKey::live"
CHANNEL = "urn:pulumi:dev::ivs-stream-key::ivs:index:LiveChannel$aws:ivs/channel:Channel::live"


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        (KEY, True),
        (KEY + "2", False),
        ("**pulumi-python:dynamic/ivs:StreamKey::**", True),
        ("**StreamKey::live", True),
        ("**", True),
        ("urn:pulumi:*::ivs-stream-key::**::live", True),
        ("urn:pulumi:dev::*::live", False),  # one star does not cross a colon
        ("**StreamKey::li*", True),
        ("**StreamKey::", False),
        ("**StreamKey::l.ve", False),  # only the star is special
        ("StreamKey::**", False),  # a pattern covers the whole URN
    ],
)
def test_a_star_stays_within_a_part_and_two_cross_parts(pattern, matches):
    assert Targets([pattern]).names(KEY) is matches


def test_a_pattern_names_no_resource_of_another_type():
    assert CHANNEL not in Targets(["**pulumi-python:dynamic/ivs:StreamKey::**"])


def test_without_targets_everything_is_one_and_nothing_is_named():
    targets = Targets()
    assert not targets
    assert KEY in targets
    assert not targets.names(KEY)


def test_a_name_may_hold_line_breaks():
    assert "urn:pulumi:dev::p::t::a\nb" in Targets(["**::t::**"])


def test_only_what_is_named_in_full_can_be_missing():
    assert Targets([KEY, "**nothing**"]).missing([CHANNEL]) == [KEY]
    assert Targets([KEY]).missing([KEY]) == []
