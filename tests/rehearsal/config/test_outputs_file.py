"""Files with outputs by name, in JSON or YAML."""

import json

import pytest

from rehearsal.config.outputs_file import read_outputs
from rehearsal.errors import ConfigError

FORM = 'outputs by types, such as {"a:b:C": {"name": "it"}}'


@pytest.mark.parametrize(
    ("name", "text"),
    [("it.json", json.dumps({"a:b:C": {"d": [1]}})), ("it.yaml", "a:b:C: {d: [1]}")],
)
def test_json_and_yaml_are_read(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert read_outputs(tmp_path / name, "--it", FORM) == {"a:b:C": {"d": [1]}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "can't be read: "),
        ("{", "is neither JSON nor YAML"),
        ("[1]", f": expected {FORM}"),
        ('{"a": 1}', f": expected {FORM}"),
        ("1: {a: b}", f": expected {FORM}"),
    ],
)
def test_an_invalid_file_is_refused_with_its_name_and_the_expected_form(tmp_path, text, said):
    path = tmp_path / "it.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        read_outputs(path, "--it", FORM)
    assert str(refused.value).startswith(f"--it: {path}")
    assert said in str(refused.value)


@pytest.mark.parametrize("name", ["it.json", "it.yaml"])
@pytest.mark.parametrize(
    "text",
    ["a: !!bool hunter2", "a: !!timestamp hunter2", "a: *hunter2", "a: &a [*a]", "[" * 600, "a: " + "[" * 150],
    ids=lambda text: text[:20],
)
def test_a_malicious_file_gives_one_line_that_quotes_nothing(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError) as refused:
        read_outputs(tmp_path / name, "--it", FORM)
    assert str(refused.value) == f"--it: {tmp_path / name} is neither JSON nor YAML"


def test_an_alias_bomb_is_refused_without_expanding_it(tmp_path):
    lines = ["a0: &a0 {k: [x, x, x, x, x, x, x, x, x, x]}"]
    lines += [f"a{i}: &a{i} {{l: [{', '.join([f'*a{i - 1}'] * 10)}]}}" for i in range(1, 10)]
    (tmp_path / "it.yaml").write_text("\n".join(lines))
    with pytest.raises(ConfigError, match="is neither JSON nor YAML"):
        read_outputs(tmp_path / "it.yaml", "--it", FORM)
