import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.output import Unknown

from ivs_stream_key.lifecycle.diff import changed

CHANNEL = "arn:aws:ivs:us-west-2:123456789012:channel/abcdABCDefgh"
OLD = {
    "arn": "arn:aws:ivs:us-west-2:123456789012:stream-key/abcdABCDefgh",
    "value": "a password",
    "created_at": "2026-01-01T00:00:00Z",
    "channel_arn": CHANNEL,
    "tags": {"team": "live"},
    "rotation_triggers": {"season": 1.0},
    "existing_key": "adopt",
}
NEW = {name: OLD[name] for name in ("channel_arn", "tags", "rotation_triggers", "existing_key")}

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def after_serialization(value):
    match value:
        case bool():
            return value
        case int():
            return float(value)
        case dict():
            return {k: after_serialization(v) for k, v in reversed(value.items())}
        case list():
            return [after_serialization(v) for v in value]
        case _:
            return value


def test_outputs_equal_to_the_inputs_are_unchanged():
    assert changed(OLD, NEW) == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("channel_arn", CHANNEL + "2"),
        ("tags", {"team": "vod"}),
        ("tags", {}),
        ("rotation_triggers", {"season": 2}),
        ("rotation_triggers", {"season": 1, "leak": ""}),
        ("existing_key", "fail"),
        ("rotation_days", 30),
        ("when_live", "stop"),
        ("deletion_protection", True),
    ],
)
def test_a_change_is_named_and_nothing_else(name, value):
    assert changed(OLD, {**NEW, name: value}) == (name,)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("channel_arn", Unknown()),
        ("tags", Unknown()),
        ("tags", {"team": Unknown()}),
        ("rotation_triggers", {"season": Unknown()}),
        ("rotation_triggers", {"season": [{"deep": Unknown()}]}),
        ("existing_key", Unknown()),
        ("rotation_days", Unknown()),
        ("when_live", Unknown()),
        ("deletion_protection", Unknown()),
    ],
)
def test_unknown_values_count_as_changes(name, value):
    assert changed(OLD, {**NEW, name: value}) == (name,)


def test_absent_properties_equal_their_defaults():
    read = {"channel_arn": CHANNEL, "tags": {}}
    assert changed(read, {"channel_arn": CHANNEL, "existing_key": "replace"}) == ()
    assert changed(read, {"channel_arn": CHANNEL, "rotation_triggers": {}}) == ()
    assert changed(read, {"channel_arn": CHANNEL, "when_live": "keep"}) == ()
    assert changed(read, {"channel_arn": CHANNEL, "rotation_days": None}) == ()
    assert changed(read, {"channel_arn": CHANNEL, "deletion_protection": False}) == ()
    assert changed(read, {"channel_arn": CHANNEL, "existing_key": "adopt"}) == ("existing_key",)


@pytest.mark.parametrize(
    ("old", "new"), [(1, True), (0, False), ("1", 1), ("true", True), ([], {}), ([1], [1, 2]), ({"a": 1}, [1]), ("", 0)]
)
def test_a_trigger_that_changes_its_type_has_changed(old, new):
    assert changed(OLD | {"rotation_triggers": {"t": old}}, NEW | {"rotation_triggers": {"t": new}})
    assert changed(OLD | {"rotation_triggers": {"t": new}}, NEW | {"rotation_triggers": {"t": old}})


def test_a_trigger_of_none_equals_a_missing_one():
    assert changed(OLD | {"rotation_triggers": {"t": None}}, NEW | {"rotation_triggers": {}}) == ()


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.dictionaries(st.text(), json_values, max_size=4))
def test_triggers_are_equal_after_serialization(triggers):
    old = OLD | {"rotation_triggers": after_serialization(triggers)}
    assert changed(old, NEW | {"rotation_triggers": triggers}) == ()
    assert (
        changed(OLD | {"rotation_triggers": triggers}, NEW | {"rotation_triggers": after_serialization(triggers)}) == ()
    )


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.dictionaries(st.text(max_size=2), st.integers(0, 3) | st.text(max_size=2), max_size=3), st.data())
def test_a_trigger_added_removed_or_given_another_value_has_changed(triggers, data):
    name = data.draw(st.text(max_size=2))
    other = dict(triggers)
    if name in other:
        other[name] = data.draw(st.just("another value") | st.just(17))
    else:
        other[name] = 1
    assert changed(OLD | {"rotation_triggers": triggers}, NEW | {"rotation_triggers": other})
    assert changed(OLD | {"rotation_triggers": other}, NEW | {"rotation_triggers": triggers})


def test_the_owner_is_not_compared():
    assert changed(OLD, {**NEW, "owner": "shop/prod/renamed"}) == ()


def test_rotation_days_are_equal_after_serialization():
    assert changed(OLD | {"rotation_days": 30.0}, NEW | {"rotation_days": 30}) == ()
