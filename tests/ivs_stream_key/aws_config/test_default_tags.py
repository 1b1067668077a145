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


def test_without_settings_tags_are_unchanged():
    assert read() == Tagging()
    assert Tagging().wanted({"a": "b"}) == Tagging().merged({"a": "b"}) == {"a": "b"}
    assert Tagging().wanted(None) == {}
    assert Tagging().own({"a": "b"}, {}) == {"a": "b"}


def test_the_keys_own_tags_win_over_default_tags():
    assert DEFAULTS.merged({"team": "vod", "season": "1"}) == {"team": "vod", "env": "prod", "season": "1"}
    assert DEFAULTS.wanted({}) == {"team": "live", "env": "prod"}


def test_a_tag_without_a_value_is_dropped():
    assert DEFAULTS.merged({"team": None}) == {"team": "live", "env": "prod"}


def test_ignored_tags_are_set_at_creation_and_not_compared():
    tags = {"cost": "1", "kubernetes.io/cluster": "x", "a": "b"}
    assert IGNORING.merged(tags) == tags
    assert IGNORING.wanted(tags) == IGNORING.visible(tags) == {"a": "b"}


def test_a_default_tag_on_the_key_is_its_own_only_if_declared():
    found = {"team": "live", "env": "prod", "season": "1"}
    assert DEFAULTS.own(found, {"season": "1"}) == {"season": "1"}
    assert DEFAULTS.own(found, {"season": "1", "env": "prod"}) == {"season": "1", "env": "prod"}


def test_drift_of_a_default_tag_is_found():
    assert DEFAULTS.own({"team": "changed", "env": "prod"}, {}) == {"team": "changed"}


def test_a_declared_ignored_tag_stays_declared():
    assert IGNORING.own({"cost": "changed", "a": "b"}, {"cost": "1"}) == {"cost": "1", "a": "b"}
    assert IGNORING.own({"a": "b"}, {"cost": "1"}) == {"cost": "1", "a": "b"}


def test_an_unchanged_key_has_no_diff():
    both = Tagging({"team": "live", "cost": "9"}, frozenset({"cost"}), ("x/",))
    declared = {"team": "vod", "x/y": "1", "a": "b"}
    found = both.merged(declared)
    assert both.own(found, declared) == declared
    assert both.visible(found) == both.wanted(declared)


def test_an_unknown_tag_makes_all_tags_unknown():
    for tags in (DEFAULTS.merged(UNKNOWN), IGNORING.visible(UNKNOWN), DEFAULTS.wanted(UNKNOWN)):
        assert isinstance(tags, Unknown)
    assert DEFAULTS.wanted({"a": UNKNOWN}) == {"team": "live", "env": "prod", "a": UNKNOWN}
    unknown = tagging(config_values({"aws:defaultTags": {"tags": {"a": UNKNOWN}}}.get))
    assert isinstance(unknown.wanted({"a": "b"}), Unknown)
    assert isinstance(unknown.visible({"a": "b"}), Unknown)


def test_the_settings_have_the_names_of_pulumi_aws():
    assert read(
        defaultTags={"tags": {"team": "live"}}, ignoreTags={"keys": ["a", "b"], "keyPrefixes": ["c"]}
    ) == Tagging({"team": "live"}, frozenset({"a", "b"}), ("c",))


def test_environment_variables_work_as_for_pulumi_aws(monkeypatch):
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
def test_an_invalid_default_tag_is_an_error_that_names_the_setting(tags):
    with pytest.raises(BadSettings, match=r"aws:defaultTags\.tags "):
        read(defaultTags={"tags": tags})
