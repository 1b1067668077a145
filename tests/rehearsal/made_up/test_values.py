import re
from collections.abc import Mapping, Sequence

import pulumi
import pytest

import pulumi_toys
from rehearsal.made_up.declarations import Member
from rehearsal.made_up.values import Maker, similar_id, split_name
from rehearsal.provider import UNKNOWN


def make_value(name, kind=str, doc="", ask=lambda *_: None, seed="seed"):
    maker = Maker(seed, "rob-1234567", ask)
    return maker.complete({}, {name: Member(kind, optional=False, doc=doc)})[name]


@pytest.mark.parametrize(
    ("name", "doc", "form"),
    [
        ("name", "", r"rob-1234567"),
        ("robotId", "", r"[0-9a-f]{16}"),
        ("homeUrl", "", r"https://[0-9a-f]{12}\.example\.com/"),
        ("endpoint", "", r"https://[0-9a-f]{12}\.example\.com"),
        ("dnsName", "", r"[0-9a-f]{12}\.example\.com"),
        ("publicIp", "", r"192\.0\.2\.\d+"),
        ("authorizationToken", "Credentials in base64, of a user and a password", r"dXNlcj[A-Za-z0-9+/=]+"),
        ("ipv6Address", "", r"fd00::[0-9a-f]{4}"),
        ("cidrBlock", "", r"10\.0\.0\.0/16"),
        ("email", "", r"[a-z0-9]{8}@example\.com"),
        ("createdAt", "", r"2026-01-01T00:00:00Z"),
        ("seen", "When, in RFC3339 format", r"2026-01-01T00:00:00Z"),
        ("status", "", r"ACTIVE"),
        ("mode", "Valid values: `fast`, `slow`.", r"fast"),
        ("mode", "How. Defaults to `slow`. Valid values: `fast`, `slow`.", r"slow"),
        ("adminPassword", "", r"[a-z0-9]{40}"),
        ("fingerprint", "", r"[0-9a-f]{40}"),
        ("policy", "", r"\{\}"),
        ("latestVersion", "", r"1"),
        ("somethingElse", "", r"something-else-[0-9a-f]{8}"),
    ],
)
def test_strings_are_plausible_for_their_names(name, doc, form):
    assert re.fullmatch(form, make_value(name, doc=doc))


def test_values_have_their_declared_types():
    assert make_value("count", int) == 1
    assert make_value("port", int) == 443
    assert make_value("size", int, "Defaults to `5`.") == 5
    assert make_value("open", bool) is False
    assert make_value("open", bool, "The default is `true`.") is True
    assert make_value("weight", float, "Defaults to `much`.") == 1.0
    assert make_value("mode", pulumi_toys.Mode) == "calm"
    assert make_value("parts", Mapping[str, str]) == {}
    by_key = make_value("uris", Mapping[str, str], 'Its addresses, such as `uris["GRAPHQL"]` and `uris["REALTIME"]`.')
    assert by_key.keys() == {"GRAPHQL", "REALTIME"}
    assert make_value("home", pulumi_toys.Part).keys() == {"label", "createdAt"}
    (part,) = make_value("parts", Sequence[pulumi_toys.Part])
    assert part["createdAt"] == "2026-01-01T00:00:00Z"


def test_the_same_seed_has_the_same_values_and_another_has_others():
    assert make_value("robotId") == make_value("robotId") != make_value("robotId", seed="another")
    assert make_value("robotId") != make_value("otherId")


def test_a_cloud_can_override_values_by_name_and_path():
    asked = []
    kinds = {"zoneIds": Member(Sequence[str], optional=False), "home": Member(pulumi_toys.Part, optional=False)}
    maker = Maker("seed", "rob", lambda name, path: asked.append((name, path)) or f"better-{name}", several=2)
    assert maker.complete({}, kinds) == {
        "zoneIds": ["better-zoneId", "better-zoneId"],
        "home": {"label": "better-label", "createdAt": "better-createdAt"},
    }
    assert asked[0] == ("zoneId", ".zoneIds[0]")
    assert asked[-1] == ("createdAt", ".home.createdAt")


def test_given_values_stay_and_missing_parts_are_made_up():
    kinds = {
        "home": Member(pulumi_toys.Part, optional=False),
        "parts": Member(Sequence[pulumi_toys.Part], optional=True),
        "note": Member(str, optional=True),
    }
    given = {"home": {"label": "here", "more": 1}, "parts": [{"label": UNKNOWN}, UNKNOWN], "other": [1]}
    found = Maker("seed", "rob", lambda *_: None).complete(given, kinds)
    assert found == {
        "home": {"label": "here", "more": 1, "createdAt": "2026-01-01T00:00:00Z"},
        "parts": [{"label": UNKNOWN, "createdAt": "2026-01-01T00:00:00Z"}, UNKNOWN],
        "other": [1],
    }


@pulumi.output_type
class Record(dict):
    """An output type whose members are all optional, as SDKs often declare members that are always present."""

    def __init__(self, *, name=None, rank=None, part=None):
        pulumi.set(self, "name", name)
        pulumi.set(self, "rank", rank)
        pulumi.set(self, "part", part)

    @property
    @pulumi.getter
    def name(self) -> str | None:
        return pulumi.get(self, "name")

    @property
    @pulumi.getter
    def rank(self) -> int | None:
        return pulumi.get(self, "rank")

    @property
    @pulumi.getter
    def part(self) -> pulumi_toys.Part | None:
        return pulumi.get(self, "part")


def test_an_object_with_only_optional_members_has_its_scalar_members():
    (record,) = make_value("records", Sequence[Record])
    assert record.keys() == {"name", "rank"}
    assert record["name"].startswith("rob-1234567")


@pytest.mark.parametrize(
    ("example", "form"),
    [
        ("robot-a01106c2", r"robot-[0-9a-f]{8}"),
        ("E74FTE3EXAMPLE", r"[A-Z0-9]{14}"),
        ("7e7a28d2-163f-4b8f-b9cd-822f96c08d6a", r"[0-9a-f-]{36}"),
        ("rtb-656c65616e6f72/10.42.0.0/16", r"rtb-[0-9a-f]{14}/10\.42\.0\.0/16"),
    ],
)
def test_an_id_has_the_format_of_its_example(example, form):
    assert re.fullmatch(form, similar_id(example, "seed"))
    assert similar_id(example, "seed") not in {example, similar_id(example, "another")}


def test_strings_are_converted_to_the_declared_type():
    kinds = {"open": Member(bool, optional=True), "size": Member(int, optional=True), "odd": Member(int, optional=True)}
    found = Maker("seed", "rob", lambda *_: None).complete({"open": "true", "size": "3", "odd": "x"}, kinds)
    assert found == {"open": True, "size": 3, "odd": "x"}


def test_an_example_id_without_digits_is_unchanged():
    assert similar_id("my-cluster", "seed") == "my-cluster"


def test_camel_case_names_are_split_into_words():
    assert split_name("ingestEndpointURL2") == ["ingest", "endpoint", "url", "2"]
