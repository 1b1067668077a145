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
def test_one_star_matches_within_a_part_and_two_across_parts(pattern, matches):
    assert Targets([pattern]).names(KEY) is matches


def test_a_pattern_does_not_match_other_types():
    assert CHANNEL not in Targets(["**pulumi-python:dynamic/ivs:StreamKey::**"])


def test_without_targets_everything_is_targeted():
    targets = Targets()
    assert not targets
    assert KEY in targets
    assert not targets.names(KEY)


def test_a_name_may_contain_line_breaks():
    assert "urn:pulumi:dev::p::t::a\nb" in Targets(["**::t::**"])


def test_only_full_urns_are_reported_as_missing():
    assert Targets([KEY, "**nothing**"]).missing([CHANNEL]) == [KEY]
    assert Targets([KEY]).missing([KEY]) == []
