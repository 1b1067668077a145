"""The tests that the documents name exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md")])
TESTS = {path: path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py")}

each_document = pytest.mark.parametrize(
    "text", [pytest.param(path.read_text(encoding="utf-8"), id=str(path.relative_to(ROOT))) for path in DOCUMENTS]
)


@each_document
def test_every_test_that_a_document_names_exists(text):
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    for name in re.findall(r"`(?:[\w/]*/)?(test_\w+(?:\.py)?)`", prose):
        if name.endswith(".py"):
            assert name in {path.name for path in TESTS}
        else:
            assert any(f"def {name}(" in test for test in TESTS.values()), name


def test_the_documents_name_tests():
    reliability = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    assert len(set(re.findall(r"`test_\w+`", reliability))) > 15
