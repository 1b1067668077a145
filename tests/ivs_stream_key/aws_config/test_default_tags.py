import json

import pytest
from pulumi.output import UNKNOWN, Unknown

from ivs_stream_key.aws_config.default_tags import Tagging, tagging
from ivs_stream_key.aws_config.settings import config_values
from ivs_stream_key.errors import BadSettings

DEFAULTS = Tagging(default={"team": "live", "env": "prod"})
IGNORING = Tagging(ignored=frozenset({"cost"}), ignored_prefixes=("kubernetes.io/",))


def read(**values):
    return tagging(config_values({f"aws:{name}": json.dumps(value) for name, value in values.items()}.get))


def test_without_settings_tags_are_what_they_are():
    assert read() == Tagging()
    assert Tagging().wanted({"a": "b"}) == Tagging().merged({"a": "b"}) == {"a": "b"}
    assert Tagging().wanted(None) == {}
    assert Tagging().own({"a": "b"}, {}) == {"a": "b"}


def test_the_keys_own_tags_win_over_default_tags():
    assert DEFAULTS.merged({"team": "vod", "season": "1"}) == {"team": "vod", "env": "prod", "season": "1"}
    assert DEFAULTS.wanted({}) == {"team": "live", "env": "prod"}


def test_a_tag_without_a_value_is_no_tag():
    assert DEFAULTS.merged({"team": None}) == {"team": "live", "env": "prod"}


def test_ignored_tags_are_set_at_creation_and_looked_at_by_nobody():
    tags = {"cost": "1", "kubernetes.io/cluster": "x", "a": "b"}
    assert IGNORING.merged(tags) == tags
    assert IGNORING.wanted(tags) == IGNORING.visible(tags) == {"a": "b"}


def test_a_default_tag_that_is_found_is_not_the_keys_own_unless_it_was_declared_as_such():
    found = {"team": "live", "env": "prod", "season": "1"}
    assert DEFAULTS.own(found, {"season": "1"}) == {"season": "1"}
    assert DEFAULTS.own(found, {"season": "1", "env": "prod"}) == {"season": "1", "env": "prod"}


def test_a_default_tag_that_was_changed_behind_pulumis_back_is_seen():
    assert DEFAULTS.own({"team": "theirs", "env": "prod"}, {}) == {"team": "theirs"}


def test_an_ignored_tag_that_was_declared_stays_declared_whatever_became_of_it():
    assert IGNORING.own({"cost": "theirs", "a": "b"}, {"cost": "1"}) == {"cost": "1", "a": "b"}
    assert IGNORING.own({"a": "b"}, {"cost": "1"}) == {"cost": "1", "a": "b"}


def test_nothing_seems_changed_on_a_key_that_is_as_it_was_made():
    both = Tagging({"team": "live", "cost": "9"}, frozenset({"cost"}), ("x/",))
    declared = {"team": "vod", "x/y": "1", "a": "b"}
    found = both.merged(declared)
    assert both.own(found, declared) == declared
    assert both.visible(found) == both.wanted(declared)


def test_what_is_not_known_yet_makes_the_rest_unknown():
    for tags in (DEFAULTS.merged(UNKNOWN), IGNORING.visible(UNKNOWN), DEFAULTS.wanted(UNKNOWN)):
        assert isinstance(tags, Unknown)
    assert DEFAULTS.wanted({"a": UNKNOWN}) == {"team": "live", "env": "prod", "a": UNKNOWN}
    unknown = tagging(config_values({"aws:defaultTags": {"tags": {"a": UNKNOWN}}}.get))
    assert isinstance(unknown.wanted({"a": "b"}), Unknown)
    assert isinstance(unknown.visible({"a": "b"}), Unknown)


def test_the_settings_are_pulumi_awss():
    assert read(
        defaultTags={"tags": {"team": "live"}}, ignoreTags={"keys": ["a", "b"], "keyPrefixes": ["c"]}
    ) == Tagging({"team": "live"}, frozenset({"a", "b"}), ("c",))


def test_the_environment_counts_as_it_does_for_pulumi_aws(monkeypatch):
    monkeypatch.setenv("TF_AWS_DEFAULT_TAGS_team", "environment")
    monkeypatch.setenv("TF_AWS_DEFAULT_TAGS_env", "prod")
    monkeypatch.setenv("TF_AWS_IGNORE_TAGS_KEYS", "a, b")
    monkeypatch.setenv("TF_AWS_IGNORE_TAGS_KEY_PREFIXES", "c,")
    assert read(defaultTags={"tags": {"team": "config"}}, ignoreTags={"keys": ["d"]}) == Tagging(
        {"team": "config", "env": "prod"}, frozenset({"a", "b", "d"}), ("c",)
    )


@pytest.mark.parametrize(
    "tags", [{"aws:team": "live"}, {"AWS:team": "live"}, {"": "live"}, {"k" * 129: ""}, {"a": "v" * 257}, {"a": "é#"}]
)
def test_a_default_tag_that_ivs_does_not_take_is_an_error_that_names_the_setting(tags):
    with pytest.raises(BadSettings, match=r"aws:defaultTags\.tags "):
        read(defaultTags={"tags": tags})
