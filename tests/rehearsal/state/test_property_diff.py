import pytest

from rehearsal.provider import UNKNOWN, DiffResult, Provider
from rehearsal.providers.secret_guard import GuardedProvider
from rehearsal.state.property_diff import differences
from rehearsal.state.property_values import ResourceReference, Secret


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ({}, {}, {}),
        ({"a": 1}, {"a": 1}, {}),
        ({"a": 1}, {"a": 2}, {"a": "update"}),
        ({}, {"a": 1}, {"a": "add"}),
        ({"a": 1}, {}, {"a": "delete"}),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3, 4]}}, {"a.b[1]": "update", "a.b[2]": "add"}),
        ({"a": [1, 2]}, {"a": [1]}, {"a[1]": "delete"}),
        ({"a.b": 1}, {"a.b": 2}, {'["a.b"]': "update"}),
        ({"a": {}}, {"a": []}, {"a": "update"}),
        ({"a": 1}, {"a": UNKNOWN}, {"a": "update"}),
        ({"a": Secret(1)}, {"a": 1}, {}),
    ],
)
def test_differences_are_found_by_path(old, new, found):
    assert differences(old, new) == found


class Undecided(Provider):
    """A provider whose diff is undecided, and which records its arguments."""

    def diff(self, urn, id, old_inputs, old_outputs, news):
        self.diff_arguments = (old_inputs, news)
        return DiffResult(changes=None)


def test_an_undecided_diff_is_decided_by_the_inputs():
    guarded = GuardedProvider(Undecided())
    result = guarded.diff("u", "id", {"a": 1, "b": 1}, {}, {"a": 2, "b": 2}, ["b"])
    assert (result.changes, result.detailed) == (True, {"a": "update"})
    assert guarded.diff("u", "id", {"a": 1}, {}, {"a": 2}, ["a"]).changes is False


def test_no_secret_and_no_reference_reaches_a_provider():
    provider = Undecided()
    GuardedProvider(provider).diff(
        "u", "id", {"a": [Secret({"b": Secret(1)})]}, {}, {"r": ResourceReference("urn", "i")}
    )
    assert provider.diff_arguments == ({"a": [{"b": 1}]}, {"r": "i"})
