"""The maximum nesting of values in a state, which is the same on all versions of Python."""

import pytest

from rehearsal.state.nesting import MOST_LEVELS, is_too_deep


def nested(levels, wrap, innermost=1):
    value = innermost
    for _ in range(levels):
        value = wrap(value)
    return value


@pytest.mark.parametrize("wrap", [lambda inner: [inner], lambda inner: {"a": inner}])
def test_the_maximum_depth_is_allowed_and_one_more_is_not(wrap):
    assert not is_too_deep(nested(MOST_LEVELS, wrap))
    assert is_too_deep(nested(MOST_LEVELS + 1, wrap))


@pytest.mark.parametrize("innermost", [[], {}])
def test_an_empty_list_or_object_counts_as_a_level(innermost):
    assert not is_too_deep(nested(MOST_LEVELS - 1, lambda inner: [inner], innermost))
    assert is_too_deep(nested(MOST_LEVELS, lambda inner: [inner], innermost))


def test_a_depth_beyond_the_recursion_limit_is_detected():
    assert is_too_deep(nested(100_000, lambda inner: [inner]))


@pytest.mark.parametrize("value", [None, "text", 1, [], {}, [[1], {"a": [2]}]])
def test_plain_data_is_not_too_deep(value):
    assert not is_too_deep(value)
