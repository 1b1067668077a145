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
def test_values_round_trip_through_protobuf(value):
    assert from_wire(to_wire(value)) == value


@pytest.mark.slow("many generated cases")
@given(VALUES)
def test_values_round_trip_through_the_state(value):
    assert from_state(json.loads(json.dumps(to_state(value)))) == value


@pytest.mark.slow("many generated cases")
@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=3))
def test_property_maps_round_trip_through_protobuf(bag):
    assert properties_from_wire(properties_to_wire(bag)) == bag


@pytest.mark.slow("many generated cases")
@given(VALUES)
def test_revealed_values_contain_no_secrets(value):
    assert not contains_secret(reveal(value))
    assert contains_secret(value) is any(True for _ in secrets_in(value))
    assert same_value(value, reveal(value))


def test_whole_numbers_are_integers_and_large_ones_are_unchanged():
    assert from_wire(struct_pb2.Value(number_value=3.0)) == 3
    assert isinstance(from_wire(struct_pb2.Value(number_value=3.0)), int)
    assert isinstance(from_wire(struct_pb2.Value(number_value=2.0**60)), float)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({"value": 1}, 1), ({"value": 1, "secret": True}, Secret(1)), ({}, UNKNOWN), ({"secret": True}, Secret(UNKNOWN))],
)
def test_output_values_can_be_unknown_or_secret(fields, expected):
    assert from_wire(to_wire({SIGNATURE: OUTPUT_SIGNATURE, **fields})) == expected


def test_a_secret_hides_its_value_and_is_not_nested():
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
        # A provider may treat the list as a set, and reorder it.
        ({"a": [1, 2]}, {"a": [1, Secret(2)]}, {"a": Secret([1, 2])}),
        ({"a": {"x": 1}}, {"a": Secret({"x": 1})}, {"a": Secret({"x": 1})}),
        ({"a": 1}, {"a": {"x": Secret(1)}}, {"a": Secret(1)}),
    ],
)
def test_secret_inputs_give_secret_outputs(outs, ins, kept):
    assert keep_secrets(outs, ins) == kept


@pytest.mark.parametrize(("id_", "reduced"), [(None, "urn:x"), ("id", "id")])
def test_a_reference_is_an_id_or_a_urn_without_reference_support(id_, reduced):
    assert ResourceReference("urn:x", id_).reduced() == reduced


def test_unsupported_types_are_refused():
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
def test_identical_values_have_the_same_secrets(a, b, same):
    assert identical(a, b) is identical(b, a) is same


def test_leaves_are_scalars_and_secrets():
    value = {"a": [1, {"b": Secret([2])}], "c": None}
    seen = []
    assert map_leaves(value, lambda leaf: seen.append(leaf) or "x") == {"a": ["x", {"b": "x"}], "c": "x"}
    assert seen == [1, Secret([2]), None]
    assert value == {"a": [1, {"b": Secret([2])}], "c": None}
