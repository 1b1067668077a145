import pytest

from rehearsal.config.yaml_file import mapping_in, read_mapping, text_in
from rehearsal.errors import ProjectError


@pytest.fixture
def read(tmp_path):
    def read(text):
        (tmp_path / "file.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_mapping(tmp_path / "file.yaml")

    return read


def test_scalars_are_parsed_as_by_pulumi(read):
    """The expected values are the output of ``pulumi config`` 3.274.1."""
    given = "{day: 2026-12-01, time: 2026-12-01T10:00:00Z, yes: yes, on: on, true: true, int: 5, oct: 010, nul: null}"
    assert read(given) == {
        "day": "2026-12-01 00:00:00 +0000 UTC",
        "time": "2026-12-01 10:00:00 +0000 UTC",
        "yes": "yes",
        "on": "on",
        True: True,
        "int": 5,
        "oct": 8,
        "nul": None,
    }
    assert read("") == {}


def bomb(merge):
    lines = ["a0: &a0 {k: [x, x, x, x, x, x, x, x, x, x]}"]
    for i in range(1, 10):
        uses = ", ".join([f"*a{i - 1}"] * 10)
        lines.append(f"a{i}: &a{i} " + (f"{{<<: [{uses}]}}" if merge else f"[{uses}]"))
    return "\n".join(lines)


@pytest.mark.slow("files of megabytes, and very deep ones", quick="a: *")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (bomb(merge=False), "it is more than 100000 values with its aliases written out"),
        (bomb(merge=True), "it is more than 100000 values with its aliases written out"),
        ("a: &a [*a]", "it is nested more than 100 levels deep"),
        ("a: &a {b: *a, c: *a}", "it is nested more than 100 levels deep"),
        ("a: " + "[" * 150 + "]" * 150, "it is nested more than 100 levels deep"),
        ("a: " + "[" * 50_000, "it is nested too deep"),
        ("a: !!set {b}", "got a value of type set"),
        ("a: !!binary aGk=", "got a value of type bytes"),
        ("a: !!python/object/apply:os.system [true]", "could not determine a constructor"),
        ("? [a]\n: b", "found unhashable key"),
        (b"a: \0", "unacceptable character"),
        ("a: 9999-99-99", "a date, or what has a tag such as !!int, is none"),
    ],
)
def test_a_malicious_file_is_one_line(read, text, reason):
    with pytest.raises(ProjectError) as caught:
        read(text)
    assert reason in str(caught.value)
    assert "file.yaml is not YAML: " in str(caught.value)
    assert "\n" not in str(caught.value)


def test_content_of_a_malformed_file_is_not_quoted(read):
    with pytest.raises(ProjectError) as caught:
        read("pin: hunter2: x\n")
    assert str(caught.value).endswith("is not YAML: mapping values are not allowed here (line 1, column 13)")


@pytest.mark.parametrize(
    "text",
    [
        "*hunter2",
        "!hunter2",
        "!hunter2 x",
        "!hunter2!x y",
        "&hunter2 [*hunter2x]",
        "!<hunter2> x",
        "!!hunter2 x",
        "!!int hunter2",
        "!!float hunter2",
        "!!bool hunter2",
        "!!timestamp hunter2",
        "!!binary hünter2hunter2",
        "[&hunter2 a, &hunter2 b, *hunter2'\"",
        "%hunter2",
        "@hunter2",
        "`hunter2",
        "!%68unter2 hunter2",
    ],
)
def test_a_password_that_is_special_yaml_is_not_quoted(read, text):
    with pytest.raises(ProjectError) as caught:
        read(f"pin: {text}\n")
    assert "file.yaml is not YAML: " in str(caught.value)
    assert "nter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_invalid_field_is_named(tmp_path):
    path = tmp_path / "file.yaml"
    for data, message in [({"a": [1]}, "a: expected a mapping, got list"), ({"a": {5: 1}}, "expected keys of text")]:
        with pytest.raises(ProjectError, match=message):
            mapping_in(path, data, "a")
    for value in (5, ["a"], "a\0b"):
        with pytest.raises(ProjectError, match="a: expected text, got "):
            text_in(path, {"a": value}, "a", "")
    assert (mapping_in(path, {"a": None}, "a"), text_in(path, {}, "a", "d")) == ({}, "d")
