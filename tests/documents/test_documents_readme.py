"""The Python code of README.md works as described."""

import re
from pathlib import Path

import pytest

from rehearsal import Project, Stack

ROOT = Path(__file__).parents[2]
SNIPPETS = re.findall(
    r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
PROGRAMS = [text for text in SNIPPETS if "def test_" not in text]
TESTS = [text for text in SNIPPETS if "def test_" in text]


def project(folder, text):
    (folder / "Pulumi.yaml").write_text("name: readme\nruntime: python\n", encoding="utf-8")
    (folder / "__main__.py").write_text(text, encoding="utf-8")
    return Project.load(folder)


@pytest.mark.parametrize("text", PROGRAMS, ids=range(len(PROGRAMS)))
def test_each_program_deploys_has_no_further_changes_and_leaves_nothing_behind(text, tmp_path):
    with Stack(project(tmp_path, text)) as stack:
        up = stack.up()
        assert up.ok, up.errors
        assert up.outputs
        again = stack.preview()
        assert again.ok, again.errors
        assert set(again.changes) == {"same"}
        down = stack.destroy()
        assert down.ok, down.errors
        assert stack.export()["deployment"]["resources"] == []


@pytest.mark.slow("pytest in a process of its own, with an embedded AWS")
@pytest.mark.parametrize("text", TESTS, ids=range(len(TESTS)))
def test_each_test_passes_with_only_the_plugin(text, pytester):
    pytester.makepyfile(text)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=text.count("def test_"))


def test_the_readme_has_programs_and_tests_to_run():
    assert len(PROGRAMS) >= 2
    assert TESTS
