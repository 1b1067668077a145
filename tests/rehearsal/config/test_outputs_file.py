"""Files of outputs by names."""

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
def test_another_file_is_refused_with_its_name_and_what_was_expected(tmp_path, text, said):
    path = tmp_path / "it.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        read_outputs(path, "--it", FORM)
    assert str(refused.value).startswith(f"--it: {path}")
    assert said in str(refused.value)
