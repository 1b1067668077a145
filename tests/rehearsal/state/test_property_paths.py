import pytest

from rehearsal.errors import RehearsalError
from rehearsal.state.property_paths import contains, ignore_changes, parse_path, write_path
from rehearsal.state.property_values import Secret


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("root", ("root",)),
        ("root.nested", ("root", "nested")),
        ('root["nested"]', ("root", "nested")),
        ("root.array[0].nested", ("root", "array", 0, "nested")),
        ("root[0][1]", ("root", 0, 1)),
        ('root["key with \\"quotes\\""]', ("root", 'key with "quotes"')),
        ('["a.b"][100]', ("a.b", 100)),
        ("array[*].field", ("array", "*", "field")),
        ('array["*"]', ("array", "*")),
        ("foo-bar", ("foo-bar",)),
        ("*", ("*",)),
    ],
)
def test_paths_are_parsed_as_by_pulumi(text, path):
    assert parse_path(text) == path


@pytest.mark.parametrize("text", [".a", "a.", "a[", "a[x]", 'a["x', "a..b"])
def test_an_invalid_path_is_refused(text):
    with pytest.raises(RehearsalError, match=r"is not a property path; expected something like 'tags.Name'"):
        parse_path(text)


@pytest.mark.parametrize("path", [("a",), ("a", "b", 0), ("a.b", "c"), ('q"q',), ("a", "*")])
def test_paths_round_trip(path):
    assert parse_path(write_path(path)) == path


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("a", "a", True),
        ("a", "a.b[0]", True),
        ("a.b", "a", False),
        ("a[*].c", "a[3].c.d", True),
        ("*", "anything.at[0]", True),
        ("a", "b", False),
    ],
)
def test_a_pattern_contains_its_path_and_those_below(pattern, path, expected):
    assert contains(parse_path(pattern), parse_path(path)) is expected


@pytest.mark.parametrize(
    ("old", "new", "path", "expected", "refused"),
    [
        ({"a": 1}, {"a": 2}, "a", {"a": 1}, False),
        ({"a": 1}, {}, "a", {"a": 1}, False),
        ({}, {"a": 2}, "a", {}, False),
        ({"a": {"b": 1}}, {"a": {"b": 2, "c": 3}}, "a.b", {"a": {"b": 1, "c": 3}}, False),
        ({"a": {"b": 1}}, {}, "a.b", {}, True),  # missing parents of the path are not created
        ({}, {"a": {"b": 1}}, "a.b", {"a": {}}, False),
        ({}, {}, "a.b", {}, False),
        ({"a": [1, 2]}, {"a": [3, 4]}, "a[1]", {"a": [3, 2]}, False),
        ({"a": [1]}, {"a": [3, 4]}, "a[1]", {"a": [3, 4]}, True),
        ({"a": [1, 2]}, {"a": [3]}, "a[*]", {"a": [1]}, True),
        ({"a": [1]}, {"a": [2]}, "a[-1]", {"a": [2]}, True),
        ({"a": [{"x": 1}, {"x": 2}]}, {"a": [{"x": 5}, {"x": 6}]}, "a[*].x", {"a": [{"x": 1}, {"x": 2}]}, False),
        (
            {"a": {"k": {"x": 1}}},
            {"a": {"k": {"x": 5}, "l": {"x": 6}}},
            "a[*].x",
            {"a": {"k": {"x": 1}, "l": {"x": 6}}},
            False,
        ),
        ({"a": 1}, {"a": {"b": 2}}, "a.b", {"a": {}}, False),
        ({"a": {"b": 1}}, {"a": 2}, "a.b", {"a": 2}, True),
        ({"a": 1, "b": 2}, {"b": 3, "c": 4}, "*", {"a": 1, "b": 2}, False),
        ({"a": 1}, {"a": 2}, "a..", {"a": 2}, True),
    ],
)
def test_ignored_paths_are_unchanged(old, new, path, expected, refused):
    assert ignore_changes(new, old, [path]) == (expected, [path] if refused else [])


def test_restored_secrets_stay_secret():
    restored, _ = ignore_changes({"a": {"b": 2}}, {"a": Secret({"b": 1})}, ["a.b"])
    assert isinstance(restored["a"]["b"], Secret)
    restored, _ = ignore_changes({"a": Secret({"b": 2})}, {"a": Secret({"b": 1})}, ["a.b"])
    assert restored["a"].value == {"b": 1}


def test_arguments_are_not_modified():
    old, new = {"a": {"b": [1]}}, {"a": {"b": [2]}}
    restored, _ = ignore_changes(new, old, ["a.b"])
    restored["a"]["b"].append(3)
    assert (old, new) == ({"a": {"b": [1]}}, {"a": {"b": [2]}})
