import pytest

from ivs_stream_key.messages.nesting import MOST_LEVELS, is_too_deep


def nested(levels, inner="x", wrap=lambda value: [value]):
    for _ in range(levels):
        inner = wrap(inner)
    return inner


@pytest.mark.parametrize("wrap", [lambda v: [v], lambda v: (v, 1), lambda v: {"a": 1, "b": v}])
def test_the_maximum_depth_passes_and_one_more_does_not(wrap):
    assert is_too_deep(nested(MOST_LEVELS, wrap=wrap)) is False
    assert is_too_deep(nested(MOST_LEVELS + 1, wrap=wrap)) is True
    assert is_too_deep(nested(100_000, wrap=wrap)) is True


@pytest.mark.parametrize("value", [None, "x" * 10**6, 1.0, [], {}, {"a": [1, {"b": 2}]}])
def test_other_values_pass(value):
    assert is_too_deep(value) is False


def test_a_self_reference_is_too_deep():
    circle = []
    circle.append({"again": circle})
    assert is_too_deep(circle) is True


def test_a_value_referenced_many_times_is_visited_once():
    assert is_too_deep(nested(MOST_LEVELS, wrap=lambda value: [value, value])) is False
