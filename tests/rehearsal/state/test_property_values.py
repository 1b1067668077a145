import json

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.provider import UNKNOWN
from rehearsal.state.property_values import (
    OUTPUT_SIGNATURE,
    SIGNATURE,
    ResourceReference,
    Secret,
    contains_secret,
    contains_unknown,
    from_state,
    from_wire,
    identical,
    keep_secrets,
    make_secret,
    map_leaves,
    properties_from_wire,
    properties_to_wire,
    reveal,
    same_value,
    secrets_in,
    to_state,
    to_wire,
)

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**52), 2**52) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
VALUES = st.recursive(
    PLAIN | st.just(UNKNOWN) | st.builds(ResourceReference, st.just("urn:x"), st.sampled_from([None, "", "id"])),
    lambda inner: (
        st.builds(Secret, inner.filter(lambda v: not isinstance(v, Secret)))
        | st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.slow("many generated cases")
@given(VALUES)
def test_a_value_comes_back_from_the_wire_as_it_went(value):
    assert from_wire(to_wire(value)) == value


@pytest.mark.slow("many generated cases")
@given(VALUES)
def test_a_value_comes_back_from_the_state_as_it_went_through_json(value):
    assert from_state(json.loads(json.dumps(to_state(value)))) == value


@pytest.mark.slow("many generated cases")
@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=3))
def test_a_bag_comes_back_from_the_wire_as_it_went(bag):
    assert properties_from_wire(properties_to_wire(bag)) == bag


@pytest.mark.slow("many generated cases")
@given(VALUES)
def test_nothing_is_secret_in_what_is_revealed(value):
    assert not contains_secret(reveal(value))
    assert contains_secret(value) is any(True for _ in secrets_in(value))
    assert same_value(value, reveal(value))


def test_a_number_that_is_whole_is_an_integer_and_a_large_one_stays_as_it_came():
    assert from_wire(struct_pb2.Value(number_value=3.0)) == 3
    assert isinstance(from_wire(struct_pb2.Value(number_value=3.0)), int)
    assert isinstance(from_wire(struct_pb2.Value(number_value=2.0**60)), float)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({"value": 1}, 1), ({"value": 1, "secret": True}, Secret(1)), ({}, UNKNOWN), ({"secret": True}, Secret(UNKNOWN))],
)
def test_an_output_value_is_known_or_not_and_secret_or_not(fields, expected):
    assert from_wire(to_wire({SIGNATURE: OUTPUT_SIGNATURE, **fields})) == expected


def test_a_secret_does_not_show_and_is_made_once():
    assert repr(Secret("hunter2")) == "[secret]"
    assert "hunter2" not in f"{[Secret('hunter2')]}{ {'a': Secret('hunter2')} }"
    assert make_secret(make_secret(1)) == Secret(1)


def test_an_unknown_is_neither_true_nor_false():
    with pytest.raises(TypeError, match="neither true nor false"):
        bool(UNKNOWN)
    assert contains_unknown({"a": [Secret(UNKNOWN)]})
    assert not contains_unknown({"a": [1]})


@pytest.mark.parametrize(
    ("outs", "ins", "kept"),
    [
        ({"a": 1}, {"a": Secret(1)}, {"a": Secret(1)}),
        ({"a": 1}, {"b": Secret(1)}, {"a": 1}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"x": Secret(1)}}, {"a": {"x": Secret(1), "y": 2}}),
        ({"a": [1, 2]}, {"a": [1, Secret(2)]}, {"a": Secret([1, 2])}),  # lists may be sets to a provider
        ({"a": {"x": 1}}, {"a": Secret({"x": 1})}, {"a": Secret({"x": 1})}),
        ({"a": 1}, {"a": {"x": Secret(1)}}, {"a": Secret(1)}),
    ],
)
def test_what_went_in_secret_comes_out_secret(outs, ins, kept):
    assert keep_secrets(outs, ins) == kept


@pytest.mark.parametrize(("id_", "reduced"), [(None, "urn:x"), ("id", "id")])
def test_a_reference_is_an_id_or_a_urn_to_those_who_know_none(id_, reduced):
    assert ResourceReference("urn:x", id_).reduced() == reduced


def test_what_pulumi_has_no_form_for_is_refused():
    with pytest.raises(TypeError, match="a property holds a set, which Pulumi has no wire form for"):
        to_wire({1})


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ({"x": None}, {}, True),
        ({"x": Secret("s")}, {"x": Secret("s")}, True),
        ({"x": Secret("s")}, {"x": "s"}, False),
        ([{"x": 1}], [{"x": 1.0}], True),
        ([1], [1, 2], False),
        (True, 1, False),
        (UNKNOWN, UNKNOWN, True),
        (UNKNOWN, "x", False),
        (ResourceReference("u", "1", "7.0.0"), ResourceReference("u", "1", "8.0.0"), True),
        (ResourceReference("u", "1"), ResourceReference("u", "2"), False),
    ],
)
def test_what_is_identical_is_secret_in_the_same_places(a, b, same):
    assert identical(a, b) is identical(b, a) is same


def test_leaves_are_all_but_objects_and_lists_and_a_secret_is_one():
    value = {"a": [1, {"b": Secret([2])}], "c": None}
    seen = []
    assert map_leaves(value, lambda leaf: seen.append(leaf) or "x") == {"a": ["x", {"b": "x"}], "c": "x"}
    assert seen == [1, Secret([2]), None]
    assert value == {"a": [1, {"b": Secret([2])}], "c": None}
